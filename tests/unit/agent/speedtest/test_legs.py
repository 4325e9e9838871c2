"""When a direction that is not steady has taken enough."""

from __future__ import annotations

import pytest

from agent.speedtest.engine import ON_THE_WIRE
from agent.speedtest.legs import is_dear

RAMP = 0.7


@pytest.mark.parametrize(
    ("mbps", "seconds", "expected"),
    [(20, 8.0, False), (95.6, 2.7, False), (95.6, 2.85, True), (950, 2.7, False), (950, 2.85, True)],
)
def test_a_fast_line_is_not_filled_to_the_end_of_the_time(mbps: float, seconds: float, expected: bool) -> None:
    assert is_dear([(0.0, 1_448), (seconds, int(mbps * 1e6 / 8 * seconds))], RAMP) == expected


def test_both_ways_at_100_mbit_it_stays_within_what_is_promised() -> None:
    """100 Mbit/s with all headers, looked at each 0.1 s: the first point that ends it."""
    rate = 100e6 * 1_448 / 1_514 / 8
    end = next(tick / 10 for tick in range(80) if is_dear([(tick / 10, int(rate * tick / 10))], RAMP))
    assert 2 * rate * end * ON_THE_WIRE < 75e6


def test_a_long_line_gets_its_ramp_and_the_time_after_it() -> None:
    assert not is_dear([(0.0, 0), (4.0, 400_000_000)], 3.6)


def test_nothing_counted_is_not_dear() -> None:
    assert not is_dear([], RAMP)
