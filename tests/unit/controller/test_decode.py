"""From a batch's JSON to items: what is taken, what is set aside, what stops the whole batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import MAX_TEXT, StateChange
from controller.decode import DecodeError, clean_text, decode

STAMP = {"wall": 1.0, "mono": 2.0, "boot": "b"}
STATE: dict[str, Any] = {"kind": "state", "body": {"at": STAMP, "subject": "box", "before": "down", "after": "up"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def batch(**changes: Any) -> bytes:
    return json.dumps({"v": 1, "agent": "a", "seq": 1, "sealed": STAMP, "items": [STATE], **changes}).encode()


def test_a_good_item_becomes_the_words_dataclass() -> None:
    (item,) = decode(batch(), "a").items
    assert isinstance(item.body, StateChange)
    assert (item.index, item.body.subject, item.body.detail) == (0, "box", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 0}, "bad-shape"),
        ({"v": "1"}, "bad-shape"),
        ({"v": 2}, "version"),
        ({"agent": "b"}, "foreign-agent"),
        ({"seq": None}, "bad-shape"),
        ({"seq": True}, "bad-shape"),
        ({"items": {}}, "bad-shape"),
        ({"items": [STATE] * 2_001}, "too-large"),
        ({"sealed": {}}, "bad-shape"),
        ({"sealed": {"wall": "nan", "mono": 1, "boot": ""}}, "bad-shape"),
    ],
)
def test_a_batch_that_cannot_be_read_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(DecodeError) as refused:
        decode(batch(**changes), "a")
    assert refused.value.reason == reason


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"' + b"x" * 5_000])
def test_what_is_no_batch_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(data, "a")


@given(
    st.lists(st.fixed_dictionaries({"kind": st.sampled_from(["state", "result", "windows", "x"]), "body": JSON}) | JSON)
)
def test_whatever_the_items_are_each_is_taken_or_set_aside(items: list[Any]) -> None:
    decoded = decode(batch(items=[STATE, *items, STATE]), "a")
    indexes = sorted([item.index for item in decoded.items] + [item.index for item in decoded.bad])
    assert indexes == list(range(len(items) + 2))
    assert {0, len(items) + 1} <= {item.index for item in decoded.items}


@given(st.text())
def test_a_cleaned_text_stays_as_it_is_when_it_is_cleaned_again(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode()
    assert not any(ord(letter) < 32 for letter in once)


@given(st.integers(0, 5_000), st.integers(MAX_TEXT - 2, MAX_TEXT + 50))
def test_a_text_that_is_too_long_is_found_wherever_it_stands(before: int, length: int) -> None:
    long = {"kind": "state", "body": {**STATE["body"], "detail": "x" * length}}
    decoded = decode(batch(pad=["y"] * (before // 4), items=[long]), "a")
    assert [item.reason for item in decoded.bad] == (["too-long"] if length > MAX_TEXT else [])
    assert len(decoded.items) == (length <= MAX_TEXT)
