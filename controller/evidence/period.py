"""The time that an evidence file is about: whole days of the province, as a person names them. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from controller.evidence.errors import EvidenceError
from monitoring.days import bounds

MAX_DAYS = 100


def period_of(first: str, last: str, now: float, zone: ZoneInfo) -> tuple[float, float]:
    """Unix seconds from the start of ``first`` to the end of ``last`` (ISO dates, both included).

    Raises EvidenceError.
    """
    try:
        start, past = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError:
        raise EvidenceError("bad-period", "ngày phải ở dạng 2026-11-24", "a day is written 2026-11-24") from None
    if not dt.date(2020, 1, 1) <= start <= past <= dt.date(2100, 1, 1):
        raise EvidenceError(
            "bad-period", "ngày cuối phải từ ngày đầu trở đi", "the last day must not be before the first"
        )
    if (past - start).days >= MAX_DAYS:
        raise EvidenceError("bad-period", f"kỳ dài nhất {MAX_DAYS} ngày", f"a period has at most {MAX_DAYS} days")
    begun, _ = bounds(first, zone)
    if begun >= now:
        raise EvidenceError("bad-period", "kỳ này chưa bắt đầu", "this period has not begun")
    return begun, bounds(last, zone)[1]


def last_days(count: int, now: float, zone: ZoneInfo) -> tuple[str, str]:
    """ISO dates of the ``count`` days that end today."""
    today = dt.datetime.fromtimestamp(now, zone).date()
    return (today - dt.timedelta(days=count - 1)).isoformat(), today.isoformat()


def last_month(now: float, zone: ZoneInfo) -> tuple[str, str]:
    """ISO dates of the first and the last day of the month before."""
    last = dt.datetime.fromtimestamp(now, zone).date().replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1).isoformat(), last.isoformat()
