"""When a school's box is expected to be off: nights, weekends and holidays by the school's own calendar.

A calendar is plain data: ``{"hours": {"mon": ["06:30", "17:30"], …}, "holidays": [["2026-06-01", "2026-08-15"]]}``. An
empty one expects the box to be on always. A day that ``hours`` does not name is a day off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CalendarError(ValueError):
    """The calendar cannot be read; the text says where."""


def check(calendar: Mapping[str, Any]) -> None:
    """Raises CalendarError with a text for a person."""
    unknown = set(calendar) - {"hours", "holidays"}
    if unknown:
        raise CalendarError(f"unknown part {sorted(unknown)[0]!r}; known are hours and holidays")
    try:
        for day, (start, end) in calendar.get("hours", {}).items():
            if day not in DAYS:
                raise CalendarError(f"hours: unknown day {day!r}")
            if dt.time.fromisoformat(start) >= dt.time.fromisoformat(end):
                raise CalendarError(f"hours: {day} ends before it begins")
        for first, last in calendar.get("holidays", []):
            if dt.date.fromisoformat(first) > dt.date.fromisoformat(last):
                raise CalendarError(f"holidays: {first} is after {last}")
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, CalendarError):
            raise
        raise CalendarError(f"not a calendar: {error}") from None


def is_expected_off(calendar: Mapping[str, Any], now: float, zone: ZoneInfo) -> bool:
    """Whether nobody expects the box to be on at ``now``. A calendar that cannot be read expects nothing off."""
    try:
        check(calendar)
    except CalendarError:
        return False
    local = dt.datetime.fromtimestamp(now, zone)
    today = local.date().isoformat()
    if any(first <= today <= last for first, last in calendar.get("holidays", [])):
        return True
    hours = calendar.get("hours")
    if not hours:
        return False
    span = hours.get(DAYS[local.weekday()])
    if span is None:
        return True
    return not dt.time.fromisoformat(span[0]) <= local.time() < dt.time.fromisoformat(span[1])
