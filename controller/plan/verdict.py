"""One school's month: from its contract, tests and windows to the row that pages read. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from monitoring import calendar
from monitoring.boxes import is_at_router
from monitoring.contract import MET, NOT_ENOUGH, NOT_MET, Promise, SpeedTest, Verdict, days_of, judge, within_term
from monitoring.excluded import read as read_excluded
from monitoring.figures import Figures
from monitoring.rules import Chosen, Rule, need
from monitoring.spans import DOWN, GATEWAY, INSIDE, OTHER, UP
from monitoring.triangulation import CONTRACT, Triangle, triangulate
from monitoring.upgrade import Book, Upgrade, upgrade
from monitoring.windows import Window

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The contract of the line that carries the school."""

    provider: str = ""
    down_bps: float | None = None
    up_bps: float | None = None
    price_vnd: int | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    availability: float | None = None
    max_rtt: float | None = None
    excluded: Sequence[Any] = ()
    works: Sequence[Any] = ()  # planned work: left out as well, and no word of the contract
    rule: str = ""

    def promise(self, zone: ZoneInfo) -> Promise:
        return Promise(
            down_bps=self.down_bps, up_bps=self.up_bps, rtt=self.max_rtt, availability=self.availability,
            excluded=read_excluded([*self.excluded, *self.works], zone),
            starts_on=self.starts_on or "", ends_on=self.ends_on or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a school in a month. ``days``: its daily figures, for months whose windows are gone."""

    school_id: int
    pupils: int | None
    shifts: int
    calendar: Mapping[str, Any]
    line: Line
    tests: Sequence[SpeedTest] = ()
    windows: Sequence[Window] = ()
    days: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    main: Collection[str] = ()  # ids of the boxes at the router; empty: any


def month_row(
    known: Known, month: str, start: float, end: float, now: float, zone: ZoneInfo, chosen: Chosen, prices: Book
) -> Row:
    """The columns of ``SchoolMonth``."""
    windows, basis = [one for one in known.windows if is_at_router(one.get("agent", ""), known.main)], "windows"
    tests = [test for test in known.tests if is_at_router(test.device, known.main)]
    if not windows and known.days:
        windows, basis = from_days(known.days), "days"
    line, rule, past = known.line, chosen.of(known.line.rule), min(end, now)
    promise = line.promise(zone)

    def judged(by: Promise) -> Verdict:
        return judge(
            by, rule, tests, windows, start=start, end=past, zone=zone,
            is_school_time=lambda at: calendar.is_school_time(known.calendar, at, zone),
            is_open_time=lambda at: calendar.is_open_time(known.calendar, at, zone),
        )  # fmt: skip

    verdict = judged(promise)
    is_whole = within_term(promise, start, past, zone) == (start, past)
    whole = verdict if is_whole else judged(Promise(excluded=promise.excluded))  # the line goes on without a contract
    wanted = need(chosen.target, known.pupils, known.shifts)
    share = rule.speed_share if rule.speed_share is not None else 0.8
    contract_bps = line.down_bps if verdict.term == "" else None
    planned = 0.0
    if line.works:
        own = judged(Promise(excluded=read_excluded(line.excluded, zone)))
        planned = max(0.0, whole.time.excluded - own.time.excluded)
    triangle = triangulate(known.tests, contract_bps=contract_bps, need_bps=wanted, share=share, main=known.main)
    down, up, rtt = (whole.clause(name).all for name in ("down", "up", "rtt"))
    target = target_verdict(chosen.target, tests, wanted, zone)
    step = _upgrade(triangle, known, prices)
    return {
        "month": month,
        "school_id": known.school_id,
        "at": now,
        "is_stale": False,
        "contract": verdict.verdict,
        "target": target,
        "cause": triangle.cause,
        "provider": line.provider,
        "promised_down_bps": line.down_bps,
        "promised_up_bps": line.up_bps,
        "price_vnd": line.price_vnd,
        "down_median": down.median,
        "down_low": down.low,
        "up_median": up.median,
        "up_low": up.low,
        "rtt_median": rtt.median,
        "rtt_high": rtt.high,
        "availability": whole.time.ratio,
        "tests": whole.tests,
        "need_bps": wanted,
        "upgrade_bps": step.step_bps if step else None,
        "upgrade_vnd": step.price_vnd if step else None,
        "more_vnd": step.more_vnd if step else None,
        "price_n": step.n if step else 0,
        "price_basis": step.basis if step else "",
        "facts": facts_of(verdict, whole, triangle, chosen.target, basis, known, planned),
    }


def target_verdict(target: Rule, tests: Sequence[SpeedTest], wanted: float | None, zone: ZoneInfo) -> str:
    """Whether the median of what arrives is what the school needs."""
    counted = [test for test in tests if test.counts and test.down_bps is not None]
    figures = Figures.of([test.down_bps for test in counted if test.down_bps is not None])
    too_few = figures.n < target.min_tests or days_of(counted, zone) < target.min_days
    if wanted is None or figures.median is None or too_few:
        return NOT_ENOUGH
    return MET if figures.median >= wanted else NOT_MET


def _upgrade(triangle: Triangle, known: Known, prices: Book) -> Upgrade | None:
    """Only where the contract, or the lack of one, is too small: a provider that does not deliver comes first. Of a
    school that is not measured (cause "unknown") the contract is held against the need as it was written."""
    wanted, line = triangle.need_bps, known.line
    if wanted is None or CONTRACT not in (triangle.cause, *triangle.also):
        return None
    delivered = None
    if line.down_bps and triangle.router.median is not None and triangle.cause == CONTRACT:
        delivered = triangle.router.median / line.down_bps
    return upgrade(wanted, line.down_bps, delivered, line.provider, line.price_vnd, prices)


def facts_of(
    verdict: Verdict, whole: Verdict, triangle: Triangle, target: Rule, basis: str, known: Known, planned: float
) -> Row:
    """What a school's page shows beyond the columns. ``planned``: seconds left out for planned work alone."""
    return {
        "rule": verdict.rule,
        "term": verdict.term,
        "target_rule": target.id,
        "basis": basis,
        "has_calendar": bool(known.calendar.get("hours") or known.calendar.get("shifts")),
        "test_days": whole.test_days,
        "clauses": [asdict(clause) for clause in verdict.clauses],
        "time": asdict(whole.time),
        "planned": planned,
        "school_time": asdict(whole.school_time),
        "triangle": asdict(triangle),
    }


def from_days(days: Sequence[Mapping[str, Any]]) -> list[Window]:
    """Days as windows: one of each kind of ``monitoring.spans``, so long as each was, with the day's median."""
    made: list[Window] = []
    for day in days:
        at, figures = float(day["start"]), day.get("figures") or {}
        for kind in (UP, DOWN, INSIDE, OTHER):
            seconds = day[f"{kind}_seconds"] if kind in (UP, DOWN) else figures.get(f"{kind}_seconds", 0.0)
            if seconds > 0:
                made += _of_day(kind, at, seconds, day["rtt_median"])
                at += seconds
    return made


def _of_day(kind: str, at: float, seconds: float, rtt: float | None) -> list[Window]:
    median = rtt if kind == UP else None
    plain = {"name": "rtt_seconds", "at": at, "seconds": seconds, "count": 1, "median": median, "p95": median}
    labels = {"target": "domestic:day"} | ({"way": "spare"} if kind == OTHER else {})
    line = {**plain, "labels": labels, "lost": 0 if kind == UP else 1}
    gateway = {**plain, "labels": {"target": GATEWAY}, "lost": 1 if kind == INSIDE else 0, "median": None, "p95": None}
    return [line, gateway]
