"""What a line gives against what its contract promises: "no data" is never "met", and every verdict has its numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.contract import MET, NOT_ENOUGH, NOT_MET, NOT_PROMISED, Promise, SpeedTest, Verdict, judge
from monitoring.excluded import Excluded, read
from monitoring.figures import Figures, quantile
from monitoring.rules import RULES, Rule

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600.0, 86_400.0
START = 1_793_466_000.0  # Sunday, 1 November 2026, 00:00 in Viet Nam
END = START + 30 * DAY
QCVN = RULES["qcvn34-2019"]
MEDIANS = dataclasses.replace(QCVN, statistic="median")


def is_school(at: float) -> bool:
    """Seven to seventeen o'clock, every day."""
    return 7 <= (at - START) % DAY / HOUR < 17


def runs_of(rates: Sequence[float | None], every: float = 6 * HOUR, **more: Any) -> list[SpeedTest]:
    return [
        SpeedTest(at=START + number * every + 60, down_bps=rate, up_bps=rate, **more)
        for number, rate in enumerate(rates)
    ]


def window(at: float, seconds: float = HOUR, lost: int = 0, rtt: float = 0.02) -> dict[str, Any]:
    middle = rtt if lost < 60 else None
    made = {"name": "rtt_seconds", "labels": {"target": "domestic:vnix"}, "at": at, "seconds": seconds}
    return made | {"count": 60, "lost": lost, "median": middle, "p95": middle}


def month(hours: int = 24 * 30, **more: Any) -> list[dict[str, Any]]:
    return [window(START + number * HOUR, **more) for number in range(hours)]


def judged(
    tests: Sequence[SpeedTest] = (),
    windows: Sequence[dict[str, Any]] = (),
    promise: Promise | None = None,
    rule: Rule = QCVN,
) -> Verdict:
    promise = promise or Promise(down_bps=100e6, up_bps=100e6)
    hours = {"is_school_time": is_school, "is_open_time": is_school}
    return judge(promise, rule, tests, windows, start=START, end=END, **hours, zone=ZONE)


def test_nothing_measured_is_never_met_and_says_what_is_missing() -> None:
    verdict = judged()
    assert verdict.verdict == NOT_ENOUGH
    assert verdict.clause("down").more == {"tests": 10, "days": 5}
    assert verdict.clause("rtt").more == {"hours": 100}
    assert verdict.clause("availability").more == {"hours": 100}
    assert {clause.verdict for clause in verdict.clauses} == {NOT_ENOUGH}


def test_a_line_that_gives_what_it_promised_is_met_with_its_numbers() -> None:
    verdict = judged(runs_of([95e6, 85e6] * 10), month())
    assert verdict.verdict == MET
    down = verdict.clause("down")
    assert (down.required, down.figure, down.all.n, down.all.median) == (80e6, 90e6, 20, 90e6)
    assert down.all.low == pytest.approx(85e6)
    assert verdict.clause("availability").figure == 1.0
    assert verdict.clause("rtt").figure == pytest.approx(0.02)


def test_one_broken_clause_breaks_the_contract() -> None:
    verdict = judged(runs_of([95e6] * 20), month(rtt=0.07))
    assert verdict.clause("down").verdict == MET
    assert verdict.clause("rtt").verdict == NOT_MET
    assert verdict.verdict == NOT_MET


def test_the_standard_takes_the_mean_and_the_median_is_shown_beside() -> None:
    rates = [100e6] * 11 + [10e6] * 9
    assert judged(runs_of(rates), month()).clause("down").verdict == NOT_MET
    down = judged(runs_of(rates), month(), rule=MEDIANS).clause("down")
    assert (down.verdict, down.figure, down.all.low) == (MET, 100e6, 10e6)
    assert down.all.mean == pytest.approx(59.5e6)


@pytest.mark.parametrize(
    "more", [{"is_valid": False}, {"scope": "loopback"}, {"mode": "light"}], ids=["invalid", "loopback", "light"]
)
def test_what_is_no_measurement_of_the_line_is_not_counted(more: dict[str, Any]) -> None:
    verdict = judged([*runs_of([95e6] * 20), *runs_of([1e6] * 50, every=HOUR, **more)], month())
    assert verdict.tests == 20
    assert verdict.verdict == MET


def test_too_few_days_are_not_enough_however_many_tests() -> None:
    verdict = judged(runs_of([10e6] * 40, every=HOUR), month())
    assert verdict.clause("down").verdict == NOT_ENOUGH
    assert verdict.clause("down").more == {"days": 3}


def test_availability_can_be_lost_for_certain_before_enough_is_measured() -> None:
    verdict = judged(windows=[window(START + number * HOUR, lost=60) for number in range(5)])
    clause = verdict.clause("availability")
    assert (clause.verdict, clause.more, clause.figure) == (NOT_MET, {}, 0.0)
    nearly = judged(windows=[window(START + number * HOUR, lost=60) for number in range(3)])
    assert nearly.clause("availability").verdict == NOT_ENOUGH


def test_agreed_maintenance_is_neither_up_nor_down() -> None:
    windows = month()
    for number in range(0, 24 * 30, 24 * 7):  # each Sunday from 0 to 5 o'clock
        for hour in range(5):
            windows[number + hour] = window(START + (number + hour) * HOUR, lost=60)
    excluded = read([["sun", "00:00", "05:00"]], ZONE)
    promise = Promise(down_bps=100e6, up_bps=100e6, excluded=excluded)
    without, with_it = judged(windows=windows), judged(windows=windows, promise=promise)
    assert without.clause("availability").verdict == NOT_MET
    assert (with_it.clause("availability").verdict, with_it.time.excluded) == (MET, 25 * HOUR)


def test_school_hours_are_told_apart_and_can_decide() -> None:
    windows = [window(START + number * HOUR, lost=60 if 7 <= number % 24 < 9 else 0) for number in range(24 * 30)]
    verdict = judged(windows=windows)
    assert verdict.time.ratio == pytest.approx(22 / 24)
    assert verdict.school_time.ratio == pytest.approx(8 / 10)
    by_school = judged(windows=month(), rule=dataclasses.replace(QCVN, hours="school"))
    assert by_school.clause("availability").figure == 1.0


def test_a_contract_that_has_run_out_promises_nothing_and_one_that_began_late_is_judged_from_then() -> None:
    over = judged(runs_of([1e6] * 20), month(), Promise(down_bps=100e6, ends_on="2026-10-31"))
    assert (over.verdict, over.term, over.tests) == (NOT_PROMISED, "over", 0)
    ahead = judged(runs_of([1e6] * 20), month(), Promise(down_bps=100e6, starts_on="2026-12-01"))
    assert (ahead.verdict, ahead.term) == (NOT_PROMISED, "not-begun")
    late = judged(runs_of([1e6] * 8 + [95e6] * 40), month(), Promise(down_bps=100e6, starts_on="2026-11-03"))
    assert (late.clause("down").verdict, late.tests) == (MET, 40)


def test_without_a_contract_there_is_nothing_to_keep_but_the_figures_are_there() -> None:
    verdict = judged(runs_of([95e6] * 20), month(), Promise())
    assert verdict.verdict == NOT_PROMISED
    assert verdict.clause("down").all.median == 95e6


def test_the_contracts_own_bounds_go_before_the_rules() -> None:
    promise = Promise(down_bps=100e6, up_bps=100e6, rtt=0.01, availability=0.9)
    verdict = judged(runs_of([95e6] * 20), month(), promise)
    assert (verdict.clause("rtt").required, verdict.clause("rtt").verdict) == (0.01, NOT_MET)
    assert verdict.clause("availability").required == 0.9


def test_windows_that_lie_over_each_other_count_once() -> None:
    windows = [window(START, HOUR), window(START + 600, 60, lost=60), window(START + 900, HOUR)]
    verdict = judged(windows=windows)
    assert verdict.time.measured == HOUR + 900


def test_a_week_of_minutes_weighs_no_more_than_it_lasts() -> None:
    calm = [window(START + at * 900, 900, rtt=0.02) for at in range(7 * 96 - 20)]
    minutes = [window(START + 7 * DAY - 5 * HOUR + at * 60, 60, rtt=0.12) for at in range(300)]
    clause = judged(windows=[*calm, *minutes]).clause("rtt")
    assert clause.figure == pytest.approx((163 * 0.02 + 5 * 0.12) / 168)
    assert clause.verdict == MET


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30), st.integers(0, 29))
def test_a_window_cut_into_fifteen_changes_nothing(rtts: list[float], which: int) -> None:
    whole = [window(START + 6 * HOUR + at * 900, 900, rtt=rtt) for at, rtt in enumerate(rtts)]
    one = whole[which % len(whole)]
    cut = [window(one["at"] + at * 60, 60, rtt=one["median"]) for at in range(15)]
    before, after = (
        judged(windows=some).clause("rtt") for some in (whole, [*(each for each in whole if each is not one), *cut])
    )
    for name in ("all", "school"):
        figures = [dataclasses.astuple(getattr(clause, name))[1:] for clause in (before, after)]
        assert figures[0] == pytest.approx(figures[1])


def test_planned_work_is_left_out_to_the_minute() -> None:
    windows = month(48)
    windows[8] = window(START + 8 * HOUR, lost=60)
    once = Promise(down_bps=1e8, excluded=read([["2026-11-01T08:05", "2026-11-01T08:20"]], ZONE))
    weekly = Promise(down_bps=1e8, excluded=read([["sun", "08:05", "08:20"]], ZONE))
    for promise in (once, weekly):
        time = judged(windows=windows, promise=promise).time
        assert (time.excluded, time.down) == (900.0, 2700.0)


@given(st.lists(st.floats(1e5, 1e9), min_size=20, max_size=60), st.floats(1.0, 3.0))
def test_a_faster_line_is_never_judged_worse(rates: list[float], factor: float) -> None:
    order = (NOT_MET, MET)
    slow, fast = (judged(runs_of([rate * times for rate in rates])).clause("down") for times in (1.0, factor))
    assert order.index(fast.verdict) >= order.index(slow.verdict)


@given(st.lists(st.booleans(), min_size=1, max_size=720), st.integers(0, 719))
def test_one_more_hour_lost_never_makes_availability_better(lost: list[bool], which: int) -> None:
    def ratio(states: list[bool]) -> float:
        windows = [window(START + at * HOUR, lost=60 if gone else 0) for at, gone in enumerate(states)]
        return judged(windows=windows).time.ratio or 0.0

    worse = [gone or at == which % len(lost) for at, gone in enumerate(lost)]
    assert ratio(worse) <= ratio(lost)


@given(st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_lie_between_the_least_and_the_most(values: list[float], share: float) -> None:
    ordered = sorted(values)
    assert ordered[0] <= quantile(ordered, share) <= ordered[-1]
    figures = Figures.of(values)
    assert figures.low is not None
    assert figures.median is not None
    assert figures.high is not None
    assert figures.low <= figures.median <= figures.high


def test_odd_maintenance_excludes_nothing() -> None:
    odd: list[Any] = [["sun", "05:00", "00:00"], ["never", "00:00", "01:00"], ["x", "y"], [], 3, ["2026-12-02T00:00"]]
    assert read(odd, ZONE) == Excluded()
    once = read([["2026-11-01T22:00", "2026-11-02T04:00"]], ZONE)
    assert once.holds(START + 23 * HOUR, ZONE)
    assert not once.holds(START + 29 * HOUR, ZONE)
