"""When a box exchanges after a cut: alone at once, among many after a random while, so that they do not come as one."""

from __future__ import annotations

import pytest

from agent.courier import RETURN_SPLAY
from agent.state import UP_AFTER
from bench.herd_boxes import LOOK_EVERY, returns, spread
from controller.beats import AT_ONCE

OUTAGE = 1_800.0
BELIEVED = UP_AFTER * LOOK_EVERY + 1.0  # seconds after which every box has seen that its line is back


@pytest.mark.parametrize("seed", range(5))
def test_a_commune_that_was_cut_off_alone_tells_as_soon_as_its_line_is_back(seed: int) -> None:
    assert returns(int(AT_ONCE), OUTAGE, seed).moments[-1] <= BELIEVED


def test_every_box_of_many_exchanges_within_the_splay_after_its_line_is_back() -> None:
    moments = returns(200, OUTAGE, seed=1).moments
    assert moments[0] >= 0.0
    assert BELIEVED < moments[-1] <= BELIEVED + RETURN_SPLAY


def test_a_province_is_spread_evenly_over_its_return() -> None:
    # Half a minute to a bin, a look's length: shorter ones of so few boxes would show chance, not the code.
    found = spread(returns(500, OUTAGE, seed=2).moments, LOOK_EVERY)
    assert found["peak_over_mean"] <= 2.0
    assert found["last_s"] - found["first_s"] > RETURN_SPLAY


def test_the_same_boxes_come_at_the_same_moments_again() -> None:
    assert returns(5, OUTAGE, seed=3) == returns(5, OUTAGE, seed=3)


def test_a_bunch_among_boxes_that_are_spread_shows() -> None:
    even = [float(second) for second in range(240)]
    assert spread(even, 10.0)["peak_over_mean"] < 1.05
    assert spread(sorted([*even, *[95.0] * 30]), 10.0)["peak_over_mean"] > 2.0
