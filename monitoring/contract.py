"""Whether a line gives what its contract promises: a verdict for each clause, with the numbers it rests on. Pure.

Speeds come from tests that were valid, made over a network, in full or short mode; latency and availability from the
windows of the targets that speak for the line. "No data" is never "met": a clause of which too little was measured says
how much more is needed. A clause can be broken before that, when no measurement to come could mend it.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from monitoring.excluded import Excluded
from monitoring.figures import Figures
from monitoring.rules import Rule
from monitoring.spans import DOWN, INSIDE, OTHER, UP, is_other, states
from monitoring.windows import Window, speaking

QUARTER = 900.0  # seconds: the grain at which an hour is of school or not
MODES = ("full", "short")
MET, NOT_MET, NOT_ENOUGH, NOT_PROMISED = "met", "not-met", "not-enough", "not-promised"
SPEEDS = ("down", "up")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTest:
    """A speed test. Rates in bit/s; ``reasons``: why it is not valid; ``medium``: "wire", "wifi" or "" (not told)."""

    at: float
    down_bps: float | None
    up_bps: float | None
    is_valid: bool = True
    scope: str = "network"
    mode: str = "full"
    medium: str = ""
    reasons: tuple[str, ...] = ()
    device: str = ""  # id of the box

    @property
    def counts(self) -> bool:
        """Whether a contract may be judged by it."""
        return self.is_valid and self.scope != "loopback" and self.mode in MODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a contract says; None where it says nothing. Its own bounds go before the rule's."""

    down_bps: float | None = None
    up_bps: float | None = None
    rtt: float | None = None  # at most, seconds
    availability: float | None = None  # at least, a ratio
    excluded: Excluded = field(default_factory=Excluded)
    starts_on: str = ""  # ISO dates, both included
    ends_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Seconds in which the line answered or did not; ``excluded`` by the contract, so neither. ``inside`` and
    ``other`` say nothing of the line (monitoring/spans.py): the gateway was lost too, or the way was another."""

    up: float = 0.0
    down: float = 0.0
    excluded: float = 0.0
    inside: float = 0.0
    other: float = 0.0

    @property
    def measured(self) -> float:
        return self.up + self.down

    @property
    def ratio(self) -> float | None:
        return self.up / self.measured if self.measured > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """``required`` and ``figure`` are bit/s, seconds or a ratio. ``more``: {"tests": 4, "days": 2} or {"hours": 31}."""

    name: str  # "down", "up", "rtt", "availability"
    verdict: str
    promised: float | None = None
    required: float | None = None
    figure: float | None = None
    all: Figures = field(default_factory=Figures)
    school: Figures = field(default_factory=Figures)
    more: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    verdict: str  # MET, NOT_MET, NOT_ENOUGH, or NOT_PROMISED when there is no contract to judge by
    clauses: tuple[Clause, ...]
    rule: str
    tests: int
    test_days: int
    time: Time
    school_time: Time
    term: str = ""  # "over" or "not-begun": the contract did not run in this time, and nothing was promised

    def clause(self, name: str) -> Clause:
        return next(clause for clause in self.clauses if clause.name == name)


SchoolTime = Callable[[float], bool]


def judge(
    promise: Promise,
    rule: Rule,
    tests: Iterable[SpeedTest],
    windows: Sequence[Window],
    *,
    start: float,
    end: float,
    is_school_time: SchoolTime,
    is_open_time: SchoolTime,
    zone: ZoneInfo,
) -> Verdict:
    """The verdict over ``start`` to ``end`` (Unix seconds), cut to the contract's term.

    Of speeds the school's hours are those in which it is open: while it teaches, boxes measure too lightly to judge by
    (monitoring/ladder.py).
    """
    began, ended = start, end
    start, end = within_term(promise, start, end, zone)
    term = "" if start < end or began >= ended else "not-begun" if start >= ended else "over"
    counted = [test for test in tests if test.counts and start <= test.at < end]
    by_school, by_open = _Remembered(is_school_time), _Remembered(is_open_time)
    inside = [window for window in windows if start <= window["at"] < end]
    time, school_time = times(inside, start, end, by_school, promise.excluded, zone)
    clauses = (
        *(_speed(name, promise, rule, counted, by_open, zone) for name in SPEEDS),
        _latency(promise, rule, inside, by_school, end),
        _availability(promise, rule, time, school_time, end - start),
    )
    return Verdict(
        verdict=overall(clauses, has_contract=not term and (promise.down_bps, promise.up_bps) != (None, None)),
        clauses=clauses,
        rule=rule.id,
        tests=len(counted),
        test_days=days_of(counted, zone),
        time=time,
        school_time=school_time,
        term=term,
    )


def overall(clauses: Iterable[Clause], *, has_contract: bool) -> str:
    """Broken when one clause is; met when every clause that is promised is; else there is not enough."""
    if not has_contract:
        return NOT_PROMISED
    found = {clause.verdict for clause in clauses} - {NOT_PROMISED}
    if NOT_MET in found:
        return NOT_MET
    return MET if found == {MET} else NOT_ENOUGH


def within_term(promise: Promise, start: float, end: float, zone: ZoneInfo) -> tuple[float, float]:
    """The part of the time in which the contract ran; empty (``start`` = ``end``) when it did not."""
    if promise.starts_on:
        start = max(start, _midnight(promise.starts_on, zone))
    if promise.ends_on:
        end = min(end, _midnight(promise.ends_on, zone, days=1))
    return start, max(start, end)


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> float:
    date = dt.date.fromisoformat(day) + dt.timedelta(days=days)
    return dt.datetime.combine(date, dt.time(), zone).timestamp()


def days_of(tests: Iterable[SpeedTest], zone: ZoneInfo) -> int:
    """On how many days there was one."""
    return len({dt.datetime.fromtimestamp(test.at, zone).date() for test in tests})


def times(
    windows: Iterable[Window], start: float, end: float, is_school: SchoolTime, excluded: Excluded, zone: ZoneInfo
) -> tuple[Time, Time]:
    """Time of all hours and of school hours. Each second counts once; what the contract excludes is neither."""
    seconds = [dict.fromkeys((UP, DOWN, INSIDE, OTHER, "excluded"), 0.0) for _ in range(2)]
    edges = excluded.edges(start, end, zone)
    for first, past, kind in states(windows, start, end):
        for at, cut in _cut(first, past, edges):
            into = "excluded" if excluded.holds(at, zone) else kind
            seconds[0][into] += cut - at
            if is_school(at):
                seconds[1][into] += cut - at
    return Time(**seconds[0]), Time(**seconds[1])


def _cut(first: float, past: float, edges: Sequence[float] = ()) -> Iterator[tuple[float, float]]:
    """A time in pieces: at quarters of an hour, and at ``edges`` (in order)."""
    at = first
    while at < past:
        cut = min(past, (math.floor(at / QUARTER) + 1) * QUARTER)
        after = bisect_right(edges, at)
        if after < len(edges):
            cut = min(cut, edges[after])
        yield at, cut
        at = cut


class _Remembered:
    """Asks the calendar once a quarter of an hour."""

    def __init__(self, ask: SchoolTime) -> None:
        self.ask = ask
        self.known: dict[int, bool] = {}

    def __call__(self, at: float) -> bool:
        quarter = int(at // QUARTER)
        if quarter not in self.known:
            self.known[quarter] = self.ask(quarter * QUARTER)
        return self.known[quarter]


def _speed(
    name: str, promise: Promise, rule: Rule, tests: Sequence[SpeedTest], is_open: SchoolTime, zone: ZoneInfo
) -> Clause:
    promised = promise.down_bps if name == "down" else promise.up_bps
    values = [(test, test.down_bps if name == "down" else test.up_bps) for test in tests]
    good = [(test, value) for test, value in values if value is not None]
    everything = Figures.of([value for _, value in good])
    school = Figures.of([value for test, value in good if is_open(test.at)])
    if promised is None or rule.speed_share is None:
        return Clause(name=name, verdict=NOT_PROMISED, promised=promised, all=everything, school=school)
    decides = school if rule.hours == "school" else everything
    counted = [test for test, _ in good if rule.hours != "school" or is_open(test.at)]
    required, figure = promised * rule.speed_share, decides.by(rule.statistic)
    more = _missing(tests=rule.min_tests - decides.n, days=rule.min_days - days_of(counted, zone))
    verdict = NOT_ENOUGH if more or figure is None else MET if figure >= required else NOT_MET
    return Clause(
        name=name, verdict=verdict, promised=promised, required=required, figure=figure, all=everything, school=school,
        more=more,
    )  # fmt: skip


def _latency(promise: Promise, rule: Rule, windows: Sequence[Window], is_school: SchoolTime, end: float) -> Clause:
    """Windows weigh as long as they last: those of a minute, made while something is wrong, are no more than others."""
    pieces = [
        (window["median"], at, past)
        for window in speaking(windows)
        if window.get("median") is not None and not is_other(window)
        for at, past in _cut(window["at"], min(end, window["at"] + window["seconds"]))
    ]
    inside = [piece for piece in pieces if is_school(piece[1])]
    everything, school = (
        Figures.weighted([(value, past - at) for value, at, past in some]) for some in (pieces, inside)
    )
    required = promise.rtt if promise.rtt is not None else rule.rtt
    if required is None:
        return Clause(name="rtt", verdict=NOT_PROMISED, all=everything, school=school)
    decides, counted = (school, inside) if rule.hours == "school" else (everything, pieces)
    hours = _covered((at, past) for _, at, past in counted) / 3600
    more, figure = _missing(hours=rule.min_hours - hours), decides.by(rule.statistic)
    verdict = NOT_ENOUGH if more or figure is None else MET if figure <= required else NOT_MET
    return Clause(
        name="rtt", verdict=verdict, promised=promise.rtt, required=required, figure=figure, all=everything,
        school=school, more=more,
    )  # fmt: skip


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that lie in any of them."""
    whole, covered = 0.0, -math.inf
    for at, past in sorted(spans):
        whole += max(0.0, past - max(at, covered))
        covered = max(covered, past)
    return whole


def _availability(promise: Promise, rule: Rule, time: Time, school: Time, whole: float) -> Clause:
    """Broken for certain when so much was lost that even an uninterrupted rest could not make up for it.

    Time that says nothing of the line is no reason to call it broken: were it to have answered then, it must still
    fall short. Nor is such time ever a reason to call it kept.
    """
    required = promise.availability if promise.availability is not None else rule.availability
    everything, inside = _ratio(time), _ratio(school)
    if required is None:
        return Clause(name="availability", verdict=NOT_PROMISED, all=everything, school=inside)
    decides = school if rule.hours == "school" else time
    allowed = 1.0 - required
    more = _missing(hours=rule.min_hours - decides.measured / 3600)
    is_certain = whole > 0 and decides.down > allowed * whole
    if is_certain:
        verdict, more = NOT_MET, {}
    elif more or decides.ratio is None:
        verdict = NOT_ENOUGH
    elif decides.ratio >= required:
        verdict = MET
    elif decides.down > allowed * (decides.measured + decides.inside + decides.other):
        verdict = NOT_MET
    else:
        verdict, more = NOT_ENOUGH, _missing(hours=(decides.down / allowed - decides.measured) / 3600)
    return Clause(
        name="availability", verdict=verdict, promised=promise.availability, required=required, figure=decides.ratio,
        all=everything, school=inside, more=more,
    )  # fmt: skip


def _ratio(time: Time) -> Figures:
    """As figures, so that every clause is shown alike; ``n`` is the whole hours that were measured."""
    return Figures(int(time.measured // 3600), time.ratio, time.ratio, time.ratio, time.ratio)


def _missing(**wanted: float) -> dict[str, float]:
    """What is still wanted, rounded up."""
    return {name: math.ceil(count) for name, count in wanted.items() if count > 0}
