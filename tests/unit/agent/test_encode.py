"""Items as JSON: whatever a probe came up with, what leaves the box is valid and within the bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.encode import MAX_ITEM_BYTES, encode, to_json
from agent.wire import RawSamples, Result, Sample, Stamp, Window

AT = Stamp(wall=1.0, mono=2.0, boot="b")


def result(**changes: Any) -> Result:
    return replace(Result(probe="lan", outcome="ok", started=AT, duration=1.0), **changes)


def test_a_small_item_is_one_piece_with_all_its_fields() -> None:
    (piece,) = encode("result", result(samples=[Sample(name="rtt_seconds", value=0.1)]))
    item = json.loads(piece)
    assert item["kind"] == "result"
    assert item["body"]["samples"] == [{"name": "rtt_seconds", "value": 0.1, "labels": {}, "at": None}]


def test_what_json_cannot_hold_becomes_null_or_text() -> None:
    told = json.loads(to_json({"nan": float("nan"), "inf": float("-inf"), "set": {1}, "object": AT, 3: "key"}))
    assert told["nan"] is None
    assert told["inf"] is None
    assert told["set"] == [1]
    assert "Stamp" in told["object"]
    assert told["3"] == "key"


def test_half_a_surrogate_pair_and_a_circle_do_no_harm() -> None:
    assert json.loads(to_json({"name": "a\udc80b"})) == {"name": "a?b"}
    circle: list[Any] = []
    circle.append(circle)
    assert json.loads(to_json(circle))


def test_vietnamese_stays_readable_and_as_it_was() -> None:
    for text in ("Trường", "Tru\u031bo\u031b\u0300ng"):
        assert to_json(text).decode() == f'"{text}"'


def test_many_windows_are_split_and_none_is_lost() -> None:
    windows = [
        Window(name="rtt_seconds", labels={"target": "x" * 500}, start=AT, seconds=60, count=number, lost=0)
        for number in range(1_000)
    ]
    pieces = encode("windows", windows)
    assert len(pieces) > 1
    assert all(len(piece) <= MAX_ITEM_BYTES for piece in pieces)
    assert [each["count"] for piece in pieces for each in json.loads(piece)["body"]] == list(range(1_000))


def test_many_samples_are_split_and_the_facts_travel_once() -> None:
    samples = [Sample(name="rtt_seconds", value=float(number)) for number in range(10_000)]
    pieces = [json.loads(piece)["body"] for piece in encode("result", result(samples=samples, facts={"a": 1}))]
    assert [each["value"] for piece in pieces for each in piece["samples"]] == [float(each) for each in range(10_000)]
    assert [piece["facts"] for piece in pieces] == [{"a": 1}] + [{}] * (len(pieces) - 1)
    raw = RawSamples(subject="target:gateway", around=AT, samples=samples)
    assert sum(len(json.loads(piece)["body"]["samples"]) for piece in encode("raw", raw)) == 10_000


def test_one_fact_that_is_too_large_is_replaced_by_its_size() -> None:
    (piece,) = encode("result", result(facts={"small": 1, "huge": "x" * 300_000}))
    assert len(piece) <= MAX_ITEM_BYTES
    assert json.loads(piece)["body"]["facts"] == {"small": 1, "huge": {"left_out_bytes": 300_002}}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(ANYTHING)
def test_anything_at_all_becomes_strict_json(value: Any) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    json.loads(to_json(value).decode("utf-8"), parse_constant=refuse)
