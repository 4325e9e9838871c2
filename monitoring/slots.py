"""When a box measures: moments of the day hashed from its id, so that a province's boxes are spread and each keeps its.

A day with lessons has half of its moments (rounded up) in the open hours, for tests that load the line, and the rest
inside lessons, for light ones; any other day has all of them over the hours in which the box is expected on. The hours
are cut into equal parts, one moment lies in each part, and it moves a little from day to day so that two boxes that
fall together on one day do not do so on the next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.calendar import ALWAYS, Day, Moments, day_of, moment

JITTER = 300.0  # seconds, either way, and never more than a twentieth of the part
MARGIN = 60.0  # seconds kept free before a lesson begins
LEAST_OPEN = 900.0  # seconds of open hours below which a day has light tests only
SEARCH_DAYS = 120
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Slot:
    at: float  # Unix seconds
    is_light: bool  # inside lessons, or on a day of exams


def share(*words: object) -> float:
    """A number in [0, 1) that is the same for the same words: SHA-256, not a seeded generator, so that boxes that
    start as one never draw as one (SIMET's release 0.18.12 has the lesson)."""
    text = " ".join(str(word) for word in words).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big") / 2**48


def per_day(every: float) -> int:
    """Tests a day for an interval in seconds."""
    return max(1, round(DAY / every))


def slots_of(agent: str, calendar: Mapping[str, Any], date: dt.date, zone: ZoneInfo, count: int) -> list[Slot]:
    """The moments of one day, in order."""
    day = day_of(calendar, date)
    if day.is_exam:
        return _spread(agent, date, _moments(date, [day.on or ALWAYS], zone), count, is_light=True)
    quiet = _moments(date, [ALWAYS] if day.on is None else day.open, zone)
    if not day.lessons:
        return _spread(agent, date, quiet, count, is_light=False)
    room = sum(end - start for start, end in quiet)
    loud = math.ceil(count / 2) if room >= LEAST_OPEN else 0
    found = _spread(agent, date, quiet, loud, is_light=False)
    found += _spread(agent, date, _moments(date, _taught(day), zone), count - loud, is_light=True)
    return sorted(found, key=lambda slot: slot.at)


def next_slot(agent: str, calendar: Mapping[str, Any], after: float, zone: ZoneInfo, every: float) -> Slot | None:
    """The first moment after ``after``; None when the calendar has none for ``SEARCH_DAYS``."""
    first = dt.datetime.fromtimestamp(after, zone).date()
    for number in range(SEARCH_DAYS):
        for slot in slots_of(agent, calendar, first + dt.timedelta(days=number), zone, per_day(every)):
            if slot.at > after:
                return slot
    return None


def _taught(day: Day) -> list[tuple[int, int]]:
    return sorted((*day.lessons, *day.breaks))


def _moments(date: dt.date, spans: Iterable[tuple[int, int]], zone: ZoneInfo) -> list[Moments]:
    return [(moment(date, start, zone), moment(date, end, zone)) for start, end in spans]


def _spread(agent: str, date: dt.date, spans: Sequence[Moments], count: int, *, is_light: bool) -> list[Slot]:
    """One moment in each of ``count`` equal parts of the spans laid end to end."""
    roomy = [(start, end - MARGIN) for start, end in spans if end - start > MARGIN]
    part = sum(end - start for start, end in roomy) / count if count and roomy else 0.0
    found = []
    for number in range(count if roomy else 0):
        jitter = (2 * share(agent, date.isoformat(), is_light, number) - 1) * min(JITTER, part / 20)
        inside = share(agent, "speed", is_light, number) * part + jitter
        found.append(Slot(_at(roomy, number * part + min(max(inside, 0.0), part * 0.999)), is_light))
    return found


def _at(spans: Sequence[Moments], seconds: float) -> float:
    for start, end in spans:
        if seconds < end - start:
            return start + seconds
        seconds -= end - start
    return spans[-1][1]
