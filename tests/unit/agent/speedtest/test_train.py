"""Packet trains, on lines whose rate is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speedtest.train import FRAME, LEAST, TCP_FRAME, Train, capacity

SIZE, SEGMENT = 1_448, 1_448
RATE = 20e6  # bits per second, as a shaper counts
GOODPUT = RATE * SEGMENT / (SEGMENT + TCP_FRAME)
FAST = 1e9


def train(count: int = 60, rate: float = RATE, bucket: int = 0, room: int = 10**9, sender: float = FAST) -> Train:
    """What a token bucket of so many bytes lets through of a burst from a ``sender``, with a queue of ``room``."""
    frame = SIZE + FRAME
    tokens, free_at, arrivals = float(bucket), 0.0, []
    for index in range(count):
        sent = index * frame * 8 / sender
        if (free_at - sent) * rate / 8 > room:
            continue  # no room: dropped
        if tokens >= frame:
            tokens -= frame
            arrivals.append((index, sent))
            free_at = sent
            continue
        free_at = max(free_at, sent) + frame * 8 / rate
        arrivals.append((index, free_at))
    return Train(count, count * frame * 8 / sender, arrivals)


def found(*trains: Train) -> float:
    said = capacity(trains, SIZE, SEGMENT)
    assert said is not None
    return said.bits_per_second


def test_a_train_finds_the_line_as_a_tcp_test_would() -> None:
    said = capacity([train(), train()], SIZE, SEGMENT)
    assert said is not None
    assert said.bits_per_second == pytest.approx(GOODPUT, rel=1e-3)
    assert (said.is_bound, said.trains, said.lost) == (False, 2, 0)
    assert said.half_width == 0.1


def test_a_bucket_smaller_than_half_of_it_is_not_believed() -> None:
    assert found(train(bucket=25 * (SIZE + FRAME))) == pytest.approx(GOODPUT, rel=0.01)


def test_a_bucket_larger_than_the_train_says_too_much_and_never_too_little() -> None:
    assert found(train(bucket=50 * (SIZE + FRAME))) > GOODPUT


def test_what_is_lost_for_want_of_room_does_not_change_the_distance_of_the_rest() -> None:
    said = capacity([train(count=300, room=60_000)], SIZE, SEGMENT)
    assert said is not None
    assert said.lost > 100
    assert said.bits_per_second == pytest.approx(GOODPUT, rel=0.05)


def test_a_sender_that_is_no_faster_than_the_line_finds_a_bound() -> None:
    said = capacity([train(sender=RATE * 1.05)], SIZE, SEGMENT)
    assert said is not None
    assert said.is_bound


def test_one_train_among_several_that_was_held_up_does_not_decide() -> None:
    said = capacity([train(), train(), train(rate=RATE / 8), train()], SIZE, SEGMENT)
    assert said is not None
    assert said.bits_per_second == pytest.approx(GOODPUT, rel=1e-3)
    assert said.half_width > 0.3, "and the spread is told"


def test_a_halved_line_is_half() -> None:
    assert found(train(rate=RATE / 2)) == pytest.approx(GOODPUT / 2, rel=1e-3)


@pytest.mark.parametrize("count", range(LEAST))
def test_too_few_packets_say_nothing(count: int) -> None:
    assert capacity([Train(48, 0.001, [(n, n * 0.001) for n in range(count)])], SIZE, SEGMENT) is None


def test_all_at_one_moment_says_nothing() -> None:
    assert capacity([Train(48, 0.001, [(n, 1.0) for n in range(48)])], SIZE, SEGMENT) is None


def test_no_train_says_nothing() -> None:
    assert capacity([], SIZE, SEGMENT) is None


def test_the_order_of_arrival_is_that_of_the_times() -> None:
    mixed = train()
    arrivals = list(mixed.arrivals)
    random.Random(3).shuffle(arrivals)
    assert Train(mixed.sent, mixed.sent_seconds, arrivals).rate == mixed.rate


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 10)), max_size=80), st.floats(0, 10))
def test_whatever_arrives_is_a_rate_or_nothing(arrivals: list[tuple[int, float]], seconds: float) -> None:
    said = capacity([Train(len(arrivals), seconds, arrivals)], SIZE, SEGMENT)
    assert said is None or (said.bits_per_second > 0 and 0 < said.half_width <= 1)
