"""Tokens, join codes and limits: what can be decided without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import limits, tokens
from controller.joincodes import JoinCodeError, decode, encode
from controller.limits import Buckets

KEY = b"k" * 32


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_exchange_token_names_the_school_for_its_own_box_and_key_alone(agent: str, school: str) -> None:
    token = tokens.exchange_token(KEY, agent, school)
    assert tokens.exchange_school(KEY, agent, token) == school
    assert tokens.exchange_school(KEY, agent + "x", token) is None
    assert tokens.exchange_school(b"x" * 32, agent, token) is None
    assert token != tokens.exchange_token(KEY, agent, school)


@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert tokens.exchange_school(KEY, "a", text) is None
    assert not tokens.is_beat_token(KEY, "a", text, 0.0)


def test_a_beat_token_is_good_for_a_day() -> None:
    token = tokens.beat_token(KEY, "a", 1000.0)
    assert tokens.is_beat_token(KEY, "a", token, 1000.0 + 86_399)
    assert not tokens.is_beat_token(KEY, "a", token, 1000.0 + 86_400)
    assert not tokens.is_beat_token(KEY, "b", token, 1000.0)


def test_a_join_code_is_one_line_and_comes_back_as_it_was() -> None:
    text = encode("https://mạng.example:8443", "ab" * 32, "01234567", "secret")
    assert text.startswith("tn1:")
    assert text.isascii()
    assert decode(f"  {text}\n") == {
        "u": "https://mạng.example:8443",
        "f": "ab" * 16,
        "i": "01234567",
        "s": "secret",
    }


@pytest.mark.parametrize("text", ["", "tn1:", "tn1:!!!!", "hello", "tn1:bnVsbA", "tn1:e30", "é" * 10])
def test_what_is_no_join_code_is_said_to_be_none(text: str) -> None:
    with pytest.raises(JoinCodeError):
        decode(text)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(rate=2.0, burst=4.0)
    assert [buckets.wait("a", 0.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.wait("b", 0.0) == 0
    assert buckets.wait("a", 0.5) == 0
    assert buckets.wait("a", 0.5) == 0.5
    assert [buckets.wait("a", 100.0) for _ in range(5)].count(0) == 4


def test_a_clock_that_is_set_back_gives_nothing_for_free() -> None:
    buckets = Buckets(rate=1.0, burst=1.0)
    assert buckets.wait("a", 100.0) == 0
    assert buckets.wait("a", 50.0) > 0


def test_buckets_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 10)
    buckets = Buckets(rate=1.0, burst=5.0)
    for number in range(100):
        buckets.wait(str(number), 0.0)
        assert len(buckets._buckets) <= 10
