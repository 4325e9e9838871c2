"""Replies of older, newer and broken controllers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decode import BadMessage, decode
from agent.wire import BeatReply, ExchangeReply, JoinReply

REPLY: dict[str, Any] = {
    "v": 1,
    "now": 1763978400.5,
    "epoch": 1,
    "next_seq": 2,
    "token": "t",
    "beat_token": "b",
    "beat_every": 30,
    "exchange_after": 900.0,
}


def test_an_older_controller_that_leaves_optional_fields_out_is_understood() -> None:
    reply = decode(ExchangeReply, REPLY)
    assert reply.settings is None
    assert reply.roots == []
    assert reply.beat_every == 30.0


def test_a_newer_controller_that_adds_fields_everywhere_is_understood() -> None:
    settings = {"revision": 3, "probes": {"reach": {"every": 30}}, "colour": "red"}
    measure = {"token": "t", "host": "h", "port": 1, "plain": False, "not_before": 1, "expires": 2, "more": [1]}
    reply = decode(ExchangeReply, REPLY | {"settings": settings, "measure": measure, "work_list": [{}]})
    assert reply.settings is not None
    assert reply.settings.probes == {"reach": {"every": 30}}
    assert reply.measure is not None
    assert reply.measure.not_before == 1.0


@pytest.mark.parametrize("field", sorted(REPLY))
def test_a_reply_without_a_required_field_names_it(field: str) -> None:
    with pytest.raises(BadMessage, match=f"ExchangeReply.{field}: missing"):
        decode(ExchangeReply, {name: value for name, value in REPLY.items() if name != field})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epoch", "1"),
        ("epoch", True),
        ("epoch", 1.5),
        ("now", float("nan")),
        ("now", "soon"),
        ("token", None),
        ("token", 5),
        ("roots", "PEM"),
        ("roots", [1]),
        ("settings", []),
        ("settings", {"revision": "x"}),
        ("measure", {"token": "t"}),
        ("full_inventory", 1),
    ],
)
def test_a_field_of_the_wrong_shape_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadMessage, match=field):
        decode(ExchangeReply, REPLY | {field: value})


def test_a_state_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadMessage, match="none of pending, accepted, refused"):
        decode(JoinReply, {"v": 1, "state": "maybe"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["work", "after", "now", "x"]), inner),
    )
)
def test_no_json_at_all_makes_anything_but_a_reply_or_a_bad_message(data: object) -> None:
    try:
        reply = decode(BeatReply, data)
    except BadMessage:
        return
    assert isinstance(reply.work, bool)
