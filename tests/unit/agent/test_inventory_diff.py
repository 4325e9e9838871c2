"""Inventories: full once, then differences that lead to the same thing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.encode import MAX_ITEM_BYTES, encode
from agent.inventory_diff import changes, digest
from agent.wire import Inventory, Stamp

AT = Stamp(wall=1.0, mono=2.0, boot="b")


def applied(held: dict[str, Any] | None, items: list[Inventory]) -> dict[str, Any] | None:
    """What a controller does: lay each item over the inventory whose digest is its base."""
    for item in items:
        if item.full:
            held = dict(item.sections)
        else:
            assert held is not None
            assert digest(held) == item.base
            held = {name: value for name, value in held.items() if name not in item.removed} | item.sections
        assert digest(held) == item.digest
    return held


def test_the_first_is_full_and_an_unchanged_one_is_not_sent() -> None:
    found = {"cpu": {"model": "N100"}, "memory": [{"bytes": 8}]}
    (item,) = changes(None, found, AT)
    assert item.full
    assert item.sections == found
    assert changes(found, found, AT) == []


def test_only_changed_sections_travel_and_those_gone_are_named() -> None:
    known = {"cpu": 1, "usb": ["a"], "printer": {}}
    (item,) = changes(known, {"cpu": 1, "usb": ["a", "b"]}, AT)
    assert not item.full
    assert item.sections == {"usb": ["a", "b"]}
    assert item.removed == ["printer"]
    assert item.base == digest(known)


def test_numbers_that_python_calls_equal_are_different_in_json() -> None:
    (item,) = changes({"a": [1]}, {"a": [True]}, AT)
    assert item.sections == {"a": [True]}


def test_a_large_inventory_comes_in_pieces_that_each_fit_the_wire() -> None:
    found = {f"section{number}": "x" * 50_000 for number in range(20)}
    items = changes(None, found, AT)
    assert len(items) > 1
    assert [item.full for item in items] == [True] + [False] * (len(items) - 1)
    assert applied(None, items) == found
    assert all(len(encode("inventory", item)[0]) <= MAX_ITEM_BYTES for item in items)


def test_an_empty_inventory_can_be_told_too() -> None:
    assert applied(None, changes(None, {}, AT)) == {}


SECTIONS = st.dictionaries(
    st.text(max_size=6), st.recursive(st.integers() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3))
)


@given(st.none() | SECTIONS, SECTIONS)
def test_whatever_was_known_the_items_lead_to_what_was_found(
    known: dict[str, Any] | None, found: dict[str, Any]
) -> None:
    items = json.loads(json.dumps([found]))
    assert applied(known, changes(known, items[0], AT)) == found
