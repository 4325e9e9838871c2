"""Which rung is taken, and that a month of them keeps its budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.ladder import LIGHT_BYTES, RESERVE, Known, Rung, choose, cost

GB = 1_000_000_000


def known(**more: Any) -> Known:
    usual: dict[str, Any] = {"phase": "open", "budget": 2 * GB, "used": 0, "day": 15, "days": 30}
    usual |= {"down_bps": 100e6, "up_bps": 100e6, "contract_bps": 100e6}
    return Known(**(usual | more))


@pytest.mark.parametrize(
    ("now", "mode", "reason"),
    [
        (known(), "full", "quiet"),
        (known(phase="off"), "full", "quiet"),
        (known(phase="lesson"), "light", "lesson"),
        (known(phase="break"), "light", "lesson"),
        (known(is_exam=True), "light", "exam"),
        (known(phase="lesson", is_asked=True), "light", "lesson"),
        (known(since_full=3_600.0), "short", "recent"),
        (known(since_full=3_600.0, down_bps=70e6), "full", "doubt"),
        (known(since_full=3_600.0, is_asked=True), "full", "asked"),
        (known(used=int(0.98 * GB)), "short", "pace"),  # half of the month, nearly half of the budget
        (known(used=int(0.995 * GB)), "light", "pace"),
        (known(used=int(1.9 * GB)), "light", "budget"),  # less is left than a full search takes
        (known(used=int(1.9 * GB), day=30), "short", "budget"),
        (known(used=2 * GB), "passive", "budget"),
        (known(used=int(1.97 * GB)), "passive", "budget"),  # the rest is kept for a person
        (known(used=int(1.97 * GB), is_asked=True), "short", "budget"),
        (known(used=2 * GB, is_asked=True), "passive", "budget"),
        (known(budget=0), "passive", "budget"),
        (known(medium="mobile", used=int(0.2 * GB)), "short", "pace"),  # each byte counts four times
        (known(medium="mobile", used=int(0.3 * GB)), "light", "pace"),
        (known(down_bps=None, up_bps=None, contract_bps=None), "full", "quiet"),
    ],
)
def test_the_first_rung_that_the_hour_and_the_budget_allow(now: Known, mode: str, reason: str) -> None:
    rung = choose(now)
    assert (rung.mode, rung.reason) == (mode, reason)
    assert rung.max_bytes == cost(rung.mode, now.down_bps, now.up_bps)


def test_what_a_test_may_cost() -> None:
    assert cost("full", 100e6, 100e6) == 75_000_000
    assert cost("short", 100e6, 100e6) == 20_000_000
    assert cost("light", 1e9, 1e9) == LIGHT_BYTES
    assert cost("passive", 1e9, 1e9) == 0
    assert cost("full", 1e6, 1e6) == 8_000_000  # a slow line still needs enough bytes to say anything
    assert cost("full", 10e9, 10e9) == GB


def month(budget: int, bps: float, per_day: int, medium: str = "") -> tuple[list[list[Rung]], int]:
    """A month of days with half of the tests in lessons."""
    used, days, since = 0, [], None
    for day in range(1, 31):
        rungs = []
        for number in range(per_day):
            phase = "lesson" if number % 2 else "open"
            rung = choose(
                known(
                    phase=phase, budget=budget, used=used, day=day, down_bps=bps, up_bps=bps, contract_bps=bps,
                    since_full=since, medium=medium,
                )
            )  # fmt: skip
            used += rung.max_bytes
            since = 0.0 if rung.mode == "full" else None if since is None else since + 86_400 / per_day
            rungs.append(rung)
        days.append(rungs)
    return days, used


@pytest.mark.parametrize("bps", [5e6, 20e6, 100e6, 300e6, 1e9])
def test_a_month_keeps_two_gigabytes_at_any_rate_and_never_goes_dark(bps: float) -> None:
    days, used = month(2 * GB, bps, 4)
    assert used <= 2 * GB
    for rungs in days:
        assert "passive" not in {rung.mode for rung in rungs}
    loud = [{rung.mode for rung in rungs} & {"full", "short"} for rungs in days]
    assert sum(map(bool, loud[-10:])) >= 3, "the last third of a month is measured too"


def test_a_hundred_megabits_get_a_full_search_every_few_days_and_short_ones_between() -> None:
    days, used = month(2 * GB, 100e6, 4)
    modes = [rung.mode for rungs in days for rung in rungs]
    assert 10 <= modes.count("full") <= 25
    assert modes.count("short") >= 10
    assert used >= 1.6 * GB


def test_a_mobile_line_is_measured_more_rarely() -> None:
    cable, mobile = month(2 * GB, 50e6, 4)[1], month(2 * GB, 50e6, 4, "mobile")[1]
    assert mobile < cable / 2


@given(
    budget=st.integers(0, 10 * GB),
    used=st.integers(0, 12 * GB),
    day=st.integers(1, 31),
    bps=st.one_of(st.none(), st.floats(1e3, 1e11)),
    phase=st.sampled_from(["lesson", "break", "open", "off"]),
    medium=st.sampled_from(["", "fibre", "mobile", "satellite"]),
    is_asked=st.booleans(),
    since=st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_no_rung_ever_breaks_the_budget_or_a_lesson(
    budget: int, used: int, day: int, bps: float | None, phase: str, medium: str, is_asked: bool, since: float | None
) -> None:
    rung = choose(
        known(
            budget=budget, used=used, day=day, days=31, down_bps=bps, phase=phase, medium=medium, is_asked=is_asked,
            since_full=since,
        )
    )  # fmt: skip
    assert used + rung.max_bytes <= max(budget, used)
    if not is_asked and rung.max_bytes:
        assert used + rung.max_bytes <= budget * (1 - RESERVE) + 1
    if phase in ("lesson", "break"):
        assert rung.max_bytes <= LIGHT_BYTES
