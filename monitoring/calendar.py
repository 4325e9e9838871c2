"""A school's calendar: when its box is expected to be on, when classes run, and when a full speed test may run.

A calendar is plain data, all parts optional; an empty one expects the box to be on always and knows of no class::

    {"hours": {"mon": ["06:30", "17:30"], …},        # the box is on; a day that is not named is a day off
     "shifts": [{"days": ["mon", …], "periods": [["07:00", "07:45"], …]}, …],   # one to three; no days: all of hours
     "holidays": [["2027-06-01", "2027-08-15"], …],  # days off, both ends included
     "exams": [["2027-05-10", "2027-05-14"], …],     # the box is on; measuring stays light all day
     "workdays": ["2027-02-20"],                     # taught although a weekday off or a public holiday
     "public_holidays": true,                        # those of monitoring/holidays.py that are free by law
     "always": true}                                 # no hours on purpose, where the province has a default

A pause of at most ``LONGEST_BREAK`` minutes between two lessons is a break; a longer one (noon, between two shifts) is
open: nobody is taught. Times are local to the province's zone; none of it depends on a clock.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from monitoring.calendar_check import DAYS, MIDNIGHT, CalendarError, Plan, Range, Span, read
from monitoring.holidays import sure_days

__all__ = [
    "DAYS",
    "CalendarError",
    "Day",
    "check",
    "day_of",
    "effective",
    "is_expected_off",
    "is_open_time",
    "is_school_time",
    "moment",
    "next_quiet",
    "phase",
    "quiet_spans",
]

Phase = Literal["lesson", "break", "open", "off"]
LONGEST_BREAK = 30  # minutes
ALWAYS: Span = (0, MIDNIGHT)
SEARCH_DAYS = 120  # how far ahead a quiet moment is looked for: longer than any term
Moments = tuple[float, float]  # Unix seconds, the end not included


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of one school, in minutes since local midnight."""

    on: Span | None  # when the box is expected on; None: a day off
    lessons: tuple[Span, ...] = ()
    breaks: tuple[Span, ...] = ()
    is_exam: bool = False

    @property
    def open(self) -> tuple[Span, ...]:
        """On, and nobody is taught."""
        return () if self.on is None else tuple(_without(self.on, (*self.lessons, *self.breaks)))


def check(calendar: Mapping[str, Any]) -> None:
    """Raises CalendarError with a text for a person, in both languages."""
    read(calendar)


def effective(own: Mapping[str, Any] | None, default: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The calendar that holds for a school: its own, or the province's when it has none."""
    return own or default or {}


def phase(calendar: Mapping[str, Any], at: float, zone: ZoneInfo) -> Phase:
    """What a school does at a moment. "lesson": classes (or an exam) run; "break": a pause between two lessons;
    "open": the box is expected on and nobody is taught; "off": night, day off, holiday.

    A calendar that cannot be read knows nothing: "open".
    """
    if not calendar:
        return "open"
    local = dt.datetime.fromtimestamp(at, zone)
    day, minute = day_of(calendar, local.date()), local.hour * 60 + local.minute
    if day.on is None or not day.on[0] <= minute < day.on[1]:
        return "off"
    if day.is_exam or _holds(day.lessons, minute):
        return "lesson"
    return "break" if _holds(day.breaks, minute) else "open"


def is_expected_off(calendar: Mapping[str, Any], now: float, zone: ZoneInfo) -> bool:
    """Whether nobody expects the box to be on at ``now``. A calendar that cannot be read expects nothing off."""
    return phase(calendar, now, zone) == "off"


def is_school_time(calendar: Mapping[str, Any], at: float, zone: ZoneInfo) -> bool:
    """Whether a moment counts as school time: lessons and the breaks between them, where the calendar knows of lessons;
    else whenever the box is expected on."""
    now = phase(calendar, at, zone)
    return now in ("lesson", "break") if calendar.get("shifts") else now != "off"


def is_open_time(calendar: Mapping[str, Any], at: float, zone: ZoneInfo) -> bool:
    """Whether the school is open: lessons, breaks, and the hours around them in which the box is expected on."""
    return phase(calendar, at, zone) != "off"


def day_of(calendar: Mapping[str, Any], date: dt.date) -> Day:
    """What a day is at this school."""
    plan = _plan(json.dumps(calendar, sort_keys=True)) if calendar else None
    return _day(plan, date) if plan is not None else Day(on=ALWAYS)


def quiet_spans(calendar: Mapping[str, Any], start: float, zone: ZoneInfo) -> Iterator[Moments]:
    """From ``start`` on, when a full test may run: nobody is taught, no exam that day. Nights and days off count too:
    a box that is on then does not disturb anybody. Ends after ``SEARCH_DAYS``."""
    first = dt.datetime.fromtimestamp(start, zone).date()
    pending: Moments | None = None
    for number in range(SEARCH_DAYS):
        date = first + dt.timedelta(days=number)
        day = day_of(calendar, date)
        spans = () if day.is_exam else _without(ALWAYS, (*day.lessons, *day.breaks))
        for span in spans:
            begin, end = (moment(date, minute, zone) for minute in span)
            if end <= start:
                continue
            if pending is not None and pending[1] == begin:  # midnight does not end a quiet night
                pending = (pending[0], end)
                continue
            if pending is not None:
                yield pending
            pending = (max(begin, start), end)
    if pending is not None:
        yield pending


def next_quiet(calendar: Mapping[str, Any], after: float, zone: ZoneInfo, seconds: float = 0.0) -> float | None:
    """The next moment at which a full test of ``seconds`` may begin; None within ``SEARCH_DAYS``."""
    return next((begin for begin, end in quiet_spans(calendar, after, zone) if end - begin >= seconds), None)


def moment(date: dt.date, minute: int, zone: ZoneInfo) -> float:
    """Unix seconds of a minute of a local day; ``MIDNIGHT`` is the next day's start."""
    date, minute = (date + dt.timedelta(days=1), 0) if minute == MIDNIGHT else (date, minute)
    return dt.datetime.combine(date, dt.time(minute // 60, minute % 60), zone).timestamp()


@lru_cache(maxsize=4096)  # schools of a province share few calendars, and each is looked at every few seconds
def _plan(text: str) -> Plan | None:
    try:
        return read(json.loads(text))
    except CalendarError:
        return None


def _day(plan: Plan, date: dt.date) -> Day:
    weekday = date.weekday()
    is_exam, is_extra = _within(plan.exams, date), date in plan.workdays
    hours = plan.hours.get(weekday) if plan.hours else ALWAYS
    if is_exam or is_extra:
        lessons = _lessons(plan, weekday) or _lessons(plan, 0)  # a Saturday that is taught is taught like a Monday
        return Day(on=hours or _widest(plan), lessons=lessons, breaks=_breaks(lessons), is_exam=is_exam)
    is_free = _within(plan.holidays, date) or (plan.public_holidays and date in sure_days(date.year))
    if hours is None or is_free:
        return Day(on=None)
    lessons = _lessons(plan, weekday)
    return Day(on=hours, lessons=lessons, breaks=_breaks(lessons))


def _lessons(plan: Plan, weekday: int) -> tuple[Span, ...]:
    return tuple(sorted(span for shift in plan.shifts if weekday in shift.days for span in shift.periods))


def _breaks(lessons: Iterable[Span]) -> tuple[Span, ...]:
    gaps = ((one[1], two[0]) for one, two in pairwise(lessons))
    return tuple(gap for gap in gaps if 0 < gap[1] - gap[0] <= LONGEST_BREAK)


def _widest(plan: Plan) -> Span:
    """The hours of a taught day that the week does not name."""
    if not plan.hours:
        return ALWAYS
    return min(start for start, _ in plan.hours.values()), max(end for _, end in plan.hours.values())


def _within(ranges: Iterable[Range], date: dt.date) -> bool:
    return any(first <= date <= last for first, last in ranges)


def _holds(spans: Iterable[Span], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


def _without(whole: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """What is left of ``whole``."""
    at = whole[0]
    for start, end in sorted(taken):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < whole[1]:
        yield at, whole[1]
