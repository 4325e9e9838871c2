"""Sightings over time: what stays known, what gets an end, and that nothing is joined by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inventory.identity.change import GONE_AFTER, change
from inventory.identity.memory import MANY, MemoryBook
from inventory.identity.sighting import Sighting
from tests.unit.inventory.identity.machines import DAY, OTHER, TOLD, same, seen


def test_a_machine_told_twice_is_one() -> None:
    book = MemoryBook()
    first, second = book.take(same()), book.take(same(at=2 * DAY))
    assert (first.how, second.how, second.machine) == ("new", "same", first.machine)
    assert book.pairs == {}


def test_a_replaced_disk_ends_at_once_and_a_card_only_after_a_month() -> None:
    known = {("disk", "50026B7681234567"): DAY, ("mac", "00:e0:4c:68:01:db"): DAY, ("host", "phong-tin-01"): DAY}
    told = change(known, same(disk="S3Z9NB0K123456", host="lab-01", at=2 * DAY))
    assert told.closed == (("disk", "50026B7681234567"), ("host", "phong-tin-01"))
    assert told.replaced == {"host": ("phong-tin-01", "lab-01")}
    later = change(known, same(at=2 * DAY + GONE_AFTER))
    assert ("mac", "00:e0:4c:68:01:db") in later.closed


def test_an_old_word_changes_nothing_that_is_newer() -> None:
    known = {("host", "lab-01"): 5 * DAY}
    assert change(known, same(at=2 * DAY)).closed == ()


def test_a_repaired_machine_is_asked_about_once_and_then_known_by_its_new_board() -> None:
    book = MemoryBook()
    book.take(same())
    board = {kind: OTHER[kind] for kind in ("serial", "uuid", "board", "mac")}
    repaired = book.take(same(at=2 * DAY, **board))
    again = book.take(same(at=3 * DAY, **board))
    assert (repaired.how, again.how, again.machine) == ("new", "same", repaired.machine)
    assert book.pairs == {(1, 2): "open"}


def test_thirty_copies_of_one_disk_are_thirty_machines() -> None:
    book = MemoryBook()
    for number in range(30):
        book.take(
            seen(
                serial=f"5CG82{number:02}XYZ", mac=f"18:c0:4d:aa:bb:{number:02x}", disk=f"50026B76{number:08}",
                host="master", glpi="master-2026-01-05", model="HP ProDesk 400 G7",
            )
        )  # fmt: skip
    assert len(book.machines) == 30
    assert book.pairs == {}


def test_junk_that_no_list_knows_is_learned_and_looked_up_no_more() -> None:
    book = MemoryBook()
    for number in range(40):
        book.take(
            seen(
                serial="P6UJRZ309", uuid="097e81fc-2f20-4241-bb81-fd97aabf25dc", mac=f"18:c0:4d:aa:bb:{number:02x}",
                disk=f"50026B76{number:08}", host=f"pc-{number:02}", model="ECS H81H3-M4",
            )
        )  # fmt: skip
    assert len(book.machines) == 40
    assert len(book.pairs) <= MANY


def test_laptops_that_take_turns_at_a_dock_stay_apart_and_the_dock_asks_nobody() -> None:
    book = MemoryBook()
    laptops: list[dict[str, Any]] = [{**TOLD, "mac": ["18:c0:4d:aa:bb:03"]}, {**OTHER, "mac": ["18:c0:4d:11:22:33"]}]
    for turn in range(8):
        told = laptops[turn % 2]
        book.take(seen(at=turn * DAY, **{**told, "mac": [*told["mac"], "00:e0:4c:68:01:db"]}))
        book.take(seen(at=turn * DAY, source="lan", mac="00:e0:4c:68:01:db"))
    assert len(book.machines) == 2
    assert book.pairs == {}


SOME = st.lists(
    st.builds(
        lambda who, at, leave: seen(at=at * DAY, **{kind: value for kind, value in who.items() if kind not in leave}),
        st.sampled_from([TOLD, OTHER]),
        st.integers(0, 300),
        st.sets(st.sampled_from(sorted(TOLD)), max_size=3),
    ),
    max_size=12,
)


@given(SOME)
def test_whatever_is_told_of_two_machines_they_never_become_one(told: list[Sighting]) -> None:
    book = MemoryBook()
    truth: dict[int, set[str]] = {}
    for sighting in told:
        own = {value for kind in ("serial", "mac", "disk") for value in sighting.of(kind)}
        taken = book.take(sighting)
        if taken.machine and own:
            mine = {value for kind in ("serial", "mac", "disk") for value in TOLD[kind]}
            truth.setdefault(taken.machine, set()).add(
                "first" if own & {v.upper() for v in mine} | own & mine else "other"
            )
    assert all(len(who) == 1 for who in truth.values())


@given(SOME)
def test_what_was_told_last_is_known_and_nothing_is_lost(told: list[Sighting]) -> None:
    book = MemoryBook()
    for sighting in told:
        taken = book.take(sighting)
        machine = book.machines[taken.machine]
        values = {(kind, value) for kind, those in sighting.values.items() for value in those}
        assert values <= machine.now.keys()
        assert not machine.former & machine.now.keys()
