"""A school's day from its windows and speed tests. Pure: rolling the same day up again gives the same row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.figures import Figures
from monitoring.spans import DOWN, INSIDE, OTHER, UP, is_other, states
from monitoring.windows import Window, speaking


@dataclass(frozen=True, slots=True)
class Test:
    """One full or short speed test over a network (loopback and light ones enter no indicator)."""

    is_valid: bool
    down_bps: float | None
    up_bps: float | None


@lru_cache(maxsize=64)
def _day_of_hour(hour: int, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(hour, zone).date().isoformat()


def day_of(at: float, zone: ZoneInfo) -> str:
    """ISO date of a moment. No zone that schools live in shifts inside a quarter of an hour."""
    return _day_of_hour(int(at // 900) * 900, zone)


def bounds(day: str, zone: ZoneInfo) -> tuple[float, float]:
    """Unix seconds of the day's start and of the next day's."""
    date = dt.date.fromisoformat(day)
    first = dt.datetime.combine(date, dt.time(), zone)
    past = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), zone)
    return first.timestamp(), past.timestamp()


def availability(windows: Iterable[Window], start: float, end: float) -> Mapping[str, float]:
    """Seconds between ``start`` and ``end`` of each kind of ``monitoring.spans``; ``windows`` with the gateway's."""
    found = dict.fromkeys((UP, DOWN, INSIDE, OTHER), 0.0)
    for first, past, kind in states(windows, start, end):
        found[kind] += past - first
    return found


def roll_up(windows: Sequence[Window], tests: Sequence[Test], start: float, end: float, now: float) -> dict[str, Any]:
    """The columns of a day. ``unknown_seconds`` is the time that has passed without any word of the school; what was
    heard and says nothing of the line stands in ``figures`` as ``inside_seconds`` and ``other_seconds``."""
    inside = [window for window in windows if start <= window["at"] < end]
    seconds = availability(inside, start, end)
    line = [window for window in speaking(inside) if not is_other(window)]
    medians = [(window["median"], window["seconds"]) for window in line if window.get("median") is not None]
    p95 = [window["p95"] for window in line if window.get("p95") is not None]
    tried = sum(window["count"] for window in line)
    valid = [test for test in tests if test.is_valid]
    downs = [test.down_bps for test in valid if test.down_bps is not None]
    ups = [test.up_bps for test in valid if test.up_bps is not None]
    return {
        "up_seconds": seconds[UP],
        "down_seconds": seconds[DOWN],
        "unknown_seconds": max(0.0, min(end, now) - start - sum(seconds.values())),
        "down_bps_median": median(downs) if downs else None,
        "up_bps_median": median(ups) if ups else None,
        "rtt_median": Figures.weighted(medians).median,
        "loss_ratio": sum(window["lost"] for window in line) / tried if tried else None,
        "tests": len(tests),
        "tests_valid": len(valid),
        "figures": {
            **({"rtt_p95_worst": max(p95)} if p95 else {}),
            **{f"{kind}_seconds": seconds[kind] for kind in (INSIDE, OTHER) if seconds[kind]},
        },
    }
