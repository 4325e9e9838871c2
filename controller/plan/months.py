"""Months of the province's calendar as text ("2026-11") and as moments. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def month_of(at: float, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(at, zone).strftime("%Y-%m")


def bounds(month: str, zone: ZoneInfo) -> tuple[float, float]:
    """Unix seconds of its start and of the next month's."""
    first = dt.date.fromisoformat(f"{month}-01")
    return _midnight(first, zone), _midnight(_next(first), zone)


def days(month: str) -> tuple[str, str]:
    """ISO dates of its first day and of the next month's."""
    first = dt.date.fromisoformat(f"{month}-01")
    return first.isoformat(), _next(first).isoformat()


def before(month: str, count: int = 1) -> str:
    year, number = int(month[:4]), int(month[5:]) - 1 - count
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _next(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1)


def _midnight(day: dt.date, zone: ZoneInfo) -> float:
    return dt.datetime.combine(day, dt.time(), zone).timestamp()
