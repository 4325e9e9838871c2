"""When a box exchanges after a cut: urgent things wait a random while, so that a province does not come as one."""

from __future__ import annotations

from agent.courier import RETURN_SPLAY
from agent.state import UP_AFTER
from bench.herd_boxes import LOOK_EVERY, returns, spread

OUTAGE = 1_800.0


def test_every_box_exchanges_within_a_look_or_two_and_the_splay() -> None:
    moments = returns(200, OUTAGE, seed=1)
    assert moments[0] >= 0.0
    assert moments[-1] <= UP_AFTER * LOOK_EVERY + RETURN_SPLAY + 1.0


def test_a_province_is_spread_evenly_over_its_return() -> None:
    # Half a minute to a bin, a look's length: shorter ones of so few boxes would show chance, not the code.
    found = spread(returns(500, OUTAGE, seed=2), LOOK_EVERY)
    assert found["peak_over_mean"] <= 2.0
    assert found["last_s"] - found["first_s"] > RETURN_SPLAY


def test_the_same_boxes_come_at_the_same_moments_again() -> None:
    assert returns(5, OUTAGE, seed=3) == returns(5, OUTAGE, seed=3)
