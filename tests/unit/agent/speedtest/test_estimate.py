"""From counted bytes to one figure, on curves whose truth is known."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bulk import Points
from agent.speedtest.estimate import STEADY_SECONDS, estimate, ramp_for

RATE = 20e6  # bits per second
RAMP = 0.7


def curve(rate: Callable[[float], float], seconds: float = 8.0, slice_: float = 0.1) -> Points:
    """Points of a line whose rate in bits per second is a function of the time."""
    points, count, now = [(0.0, 0)], 0.0, 0.0
    while now < seconds - slice_ / 2:
        count += rate(now) * slice_ / 8
        now += slice_
        points.append((now, int(count)))
    return points


def held_back(points: Points, lags: Callable[[float], float]) -> Points:
    """As an application behind TCP sees it: so many bytes are not handed over yet, and never one is taken back."""
    seen, most = [], 0
    for seconds, count in points:
        most = max(most, int(count - lags(seconds)))
        seen.append((seconds, most))
    return seen


def error(points: Points, ramp: float = RAMP) -> float:
    found = estimate(points, ramp)
    assert found is not None
    return found.bits_per_second / RATE - 1


def test_a_constant_line_is_its_rate() -> None:
    found = estimate(curve(lambda now: RATE), RAMP)
    assert found is not None
    assert found.by == "middle"
    assert found.is_steady
    assert found.bits_per_second == pytest.approx(RATE, rel=1e-4)
    assert found.mean_bits_per_second == pytest.approx(RATE, rel=1e-4)


def test_the_ramp_is_dropped() -> None:
    assert abs(error(curve(lambda now: RATE if now >= 0.6 else RATE * now))) < 1e-3


def test_a_burst_at_the_start_is_dropped() -> None:
    assert abs(error(curve(lambda now: RATE if now >= 0.4 else 10 * RATE))) < 1e-3


def test_it_is_not_steady_before_the_time() -> None:
    found = estimate(curve(lambda now: RATE, seconds=RAMP + STEADY_SECONDS - 0.2), RAMP)
    assert found is not None
    assert not found.is_steady


def test_a_few_lost_segments_do_not_move_the_figure() -> None:
    """Each holds back what follows for 0.2 s and then hands it over at once."""
    points = held_back(curve(lambda now: RATE, 4.0), lambda now: RATE / 8 * (now % 1.0) if now % 1.0 < 0.2 else 0.0)
    found = estimate(points, RAMP)
    assert found is not None
    assert found.by == "middle"
    assert found.bits_per_second == pytest.approx(RATE, rel=2e-3)


def test_a_line_that_always_holds_something_back_shows_at_its_frontier() -> None:
    chance = random.Random(7)
    points = held_back(curve(lambda now: RATE), lambda now: chance.uniform(0, 0.06) * RATE / 8)
    found = estimate(points, RAMP)
    assert found is not None
    assert found.by == "frontier"
    assert found.bits_per_second == pytest.approx(RATE, rel=0.005)
    assert abs(found.mean_bits_per_second / RATE - 1) > 0.0001


def test_what_was_held_back_before_the_window_does_not_count_as_speed() -> None:
    """A loss at the start is repaired at 2 s: 0.9 s of the line arrive at once, and the mean takes them for speed."""
    chance = random.Random(7)
    points = held_back(
        curve(lambda now: RATE), lambda now: RATE / 8 * (0.5 if 0.3 < now < 2.0 else chance.uniform(0, 0.05))
    )
    found = estimate(points, RAMP)
    assert found is not None
    assert found.mean_bits_per_second > RATE * 1.05
    assert found.bits_per_second == pytest.approx(RATE, rel=0.01)


def test_a_line_that_changes_its_rate_is_said_as_its_mean() -> None:
    points = curve(lambda now: 1.9 * RATE if int(now * 1.3) % 2 else 0.1 * RATE)
    found = estimate(points, RAMP)
    assert found is not None
    assert found.by == "mean"
    assert found.half_width > 0.05
    assert found.bits_per_second == found.mean_bits_per_second


def test_two_rates_in_equal_parts_are_not_taken_for_one() -> None:
    """Half of the slices agree to the last bit, and they are not the rule."""
    found = estimate(curve(lambda now: RATE if now < 4.8 else RATE / 4), RAMP)
    assert found is not None
    assert not found.is_steady
    assert RATE / 4 < found.bits_per_second <= RATE


def test_a_line_that_stands_still_after_a_start_is_not_divided_by_nothing() -> None:
    found = estimate([(0.0, 0), (0.7, 1_000), (0.8, 3_000), (2.0, 3_000), (3.0, 3_000), (8.0, 3_000)], RAMP)
    assert found is not None
    assert (found.by, found.is_steady) == ("mean", False)


def test_a_line_that_stops_is_not_steady() -> None:
    found = estimate(curve(lambda now: RATE if now < 2.0 else 0.0, seconds=6.0), RAMP)
    assert found is None or not found.is_steady


@pytest.mark.parametrize("points", [[], [(0.0, 1)], [(0.0, 1), (0.0, 2)]], ids=["none", "one", "one moment"])
def test_too_few_points_are_no_figure(points: Points) -> None:
    assert estimate(points, RAMP) is None


def test_two_points_are_a_figure_of_no_certainty() -> None:
    found = estimate([(0.0, 0), (0.001, 2500)], RAMP)
    assert found is not None
    assert found.bits_per_second == pytest.approx(RATE)
    assert found.half_width == 1.0
    assert not found.is_steady


def test_a_test_that_its_budget_ended_early_keeps_most_of_its_points() -> None:
    found = estimate(curve(lambda now: RATE, seconds=0.5, slice_=0.01), RAMP)
    assert found is not None
    assert found.seconds > 0.3


def test_a_longer_round_trip_has_a_longer_ramp() -> None:
    assert ramp_for(0.0) == ramp_for(0.03) < ramp_for(0.2) < ramp_for(0.4)


steps = st.tuples(st.integers(0, 10**6), st.integers(0, 10**9))  # microseconds, bytes


@given(st.lists(steps, max_size=60), st.floats(0, 5))
def test_whatever_is_counted_the_figure_is_finite_and_within_what_was_seen(
    moves: list[tuple[int, int]], ramp: float
) -> None:
    points, micros, count = [], 0, 0
    for more_micros, more_bytes in moves:
        micros, count = micros + more_micros, count + more_bytes
        points.append((micros / 1e6, count))
    found = estimate(points, ramp)
    moments = list(dict(points).items())
    if len(moments) < 2:
        assert found is None
        return
    assert found is not None
    rates = [(late[1] - early[1]) * 8 / (late[0] - early[0]) for early, late in pairwise(moments)]
    assert 0 <= found.bits_per_second <= max(rates) * 1.000001
    assert 0 <= found.half_width < float("inf")
