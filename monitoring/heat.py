"""A school's weeks as a grid of days and hours: how much of each the line answered, how fast, what was lost. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from zoneinfo import ZoneInfo

from monitoring.days import availability
from monitoring.spans import DOWN, UP
from monitoring.windows import Window, speaking

HOURS = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour. ``up`` is the part of the measured seconds that answered; None: nothing was measured."""

    at: float
    measured: float = 0.0  # seconds
    up: float | None = None
    rtt: float | None = None  # seconds, median of the windows' medians
    loss: float | None = None  # fraction


@dataclass(frozen=True, slots=True)
class Day:
    day: str  # ISO date
    weekday: int  # 0 is Monday
    cells: tuple[Cell, ...] = field(default_factory=tuple)


def lay(windows: Iterable[Window], first: str, days: int, zone: ZoneInfo) -> list[Day]:
    """``days`` days from ``first``, oldest first, each of 24 hours of the local clock.

    A window counts to the hour in which it begins, but one that reaches over an hour's end counts to both for
    availability. Where clocks are put forward the hour that is left out is empty.
    """
    # What the school saw, whoever's fault it was and whichever way it went: only the targets count, no other label.
    line = [{**window, "labels": {"target": window["labels"]["target"]}} for window in speaking(windows)]
    by_hour: dict[int, list[Window]] = {}
    for window in line:
        last = max(window["at"], window["at"] + window["seconds"] - 1)
        for hour in range(int(window["at"] // 3600), int(last // 3600) + 1):
            by_hour.setdefault(hour, []).append(window)
    start = dt.date.fromisoformat(first)
    made = []
    for number in range(days):
        date = start + dt.timedelta(days=number)
        starts = [dt.datetime.combine(date, dt.time(hour), zone).timestamp() for hour in range(HOURS)]
        cells = tuple(_cell(at, by_hour.get(int(at // 3600), ())) for at in starts)
        made.append(Day(date.isoformat(), date.weekday(), cells))
    return made


def _cell(at: float, windows: Sequence[Window]) -> Cell:
    if not windows:
        return Cell(at)
    seconds = availability(windows, at, at + 3600.0)
    up, down = seconds[UP], seconds[DOWN]
    begun = [window for window in windows if at <= window["at"] < at + 3600.0] or list(windows)
    medians = [window["median"] for window in begun if window.get("median") is not None]
    tried = sum(window["count"] for window in begun)
    return Cell(
        at,
        up + down,
        up / (up + down) if up + down > 0 else None,
        median(medians) if medians else None,
        sum(window["lost"] for window in begun) / tried if tried else None,
    )


# Bounds between the shades, from good to bad; a value at a bound belongs to the worse side.
SHADES = {
    "availability": (0.999, 0.99, 0.95, 0.8),
    "latency": (0.02, 0.05, 0.1, 0.3),
    "loss": (0.002, 0.01, 0.05, 0.2),
}


def shade(kind: str, cell: Cell) -> int | None:
    """0 (best) to 4 (worst); None where nothing was measured. An hour without one answer has the worst latency."""
    value = {"availability": cell.up, "latency": cell.rtt, "loss": cell.loss}[kind]
    if value is None:
        return 4 if kind == "latency" and cell.loss is not None and cell.loss >= 1.0 else None
    bounds = SHADES[kind]
    if kind == "availability":
        return sum(value < bound for bound in bounds)
    return sum(value >= bound for bound in bounds)
