"""A school's line over a range of time: speed tests, round trip and loss by class of targets, and the timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.scope import key_of
from controller.tables import Event, Hour, Latest, School
from controller.web.read.school_tests import Test, tests_between
from monitoring.days import bounds, day_of
from monitoring.series import Grid, Series, lay
from monitoring.timeline import Change, Span, available, seconds_of, timeline, within
from monitoring.windows import Window

Range = Literal["24h", "7d", "30d"]
HOUR, DAY = 3_600.0, 86_400.0
# seconds, and the width of a bin of the charts
RANGES: MappingProxyType[str, tuple[float, float]] = MappingProxyType(
    {"24h": (DAY, 900.0), "7d": (7 * DAY, HOUR), "30d": (30 * DAY, 4 * HOUR)}
)
YOUNG = 2 * DAY  # a school known for less opens with its last 24 hours
SHORTEST = 1_200.0  # of a chart's axis


@dataclass(frozen=True, slots=True)
class Row:
    """One bar of the timeline: a day, or the whole range."""

    start: float
    end: float
    spans: tuple[Span, ...]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    range: Range
    start: float
    end: float
    charts_from: float  # where the charts' axes begin: a young school is not drawn into a corner
    rows: tuple[Row, ...]
    troubles: tuple[Span, ...]  # newest first: what was not up, without what nobody knows
    seconds: dict[str, float]
    grid: Grid
    series: dict[str, Series]
    tests: tuple[Test, ...]

    @property
    def available(self) -> float | None:
        return available(self.seconds)

    @property
    def measured(self) -> float:
        return sum(self.seconds[status] for status in ("up", "degraded", "down"))

    @property
    def has_windows(self) -> bool:
        return bool(self.series)


def choose(session: Session, school: School, now: float) -> Range:
    """The range that a page opens with."""
    first = session.exec(select(func.min(Hour.hour_at)).where(Hour.school_id == school.id)).one()
    return "24h" if first is None or now - first < YOUNG else "7d"


def read_line(
    session: Session, school: School, latest: Latest | None, wanted: Range, now: float, zone: ZoneInfo
) -> Line:
    seconds, width = RANGES[wanted]
    end = now
    start = end - seconds if wanted == "24h" else _midnight(end - seconds + DAY, zone)
    windows = windows_between(session, key_of(school), start, end)
    tests = tests_between(session, key_of(school), start, end)
    spans = timeline(windows, _changes(session, key_of(school), latest), start, end)
    charts_from = _charts_from(windows, tests, start, end)
    if end - charts_from < RANGES[wanted][0] / 4:
        width = min(width, max(300.0, (end - charts_from) / 96 // 60 * 60))
    grid = Grid.over(charts_from, end, width)
    return Line(
        range=wanted,
        start=start,
        end=end,
        charts_from=charts_from,
        rows=tuple(_rows(spans, start, end, zone, by_day=wanted != "24h")),
        troubles=tuple(span for span in reversed(spans) if span.status not in ("up", "unknown")),
        seconds=seconds_of(spans),
        grid=grid,
        series=lay(windows, grid),
        tests=tuple(tests),
    )


def _midnight(at: float, zone: ZoneInfo) -> float:
    return bounds(day_of(at, zone), zone)[0]


def windows_between(session: Session, school_id: int, start: float, end: float) -> list[Window]:
    """Those of round trips that reach into the time, as they arrived. A window begins in the hour of its row; one that
    is there twice changes no median and no ratio."""
    rows = session.exec(
        select(Hour.windows)
        .where(Hour.school_id == school_id, Hour.hour_at >= int((start - HOUR) // HOUR * HOUR), Hour.hour_at < end)
        .order_by(col(Hour.hour_at))
    )
    return [
        window
        for windows in rows
        for window in windows
        if window["name"] == "rtt_seconds" and window["at"] < end and window["at"] + window["seconds"] > start
    ]


def _changes(session: Session, school_id: int, latest: Latest | None) -> list[Change]:
    """The controller's judgements, oldest first. The very first one is no event, but it may still hold."""
    rows = session.execute(
        select(Event.at, Event.after)
        .where(Event.school_id == school_id, Event.kind == "school")
        .order_by(col(Event.at).desc(), col(Event.id).desc())
        .limit(2_000)
    )
    changes = [Change(at, after) for at, after in reversed(rows.all())]
    if latest is not None and latest.status_since is not None and not changes:
        changes.append(Change(latest.status_since, latest.status))
    return changes


def _charts_from(windows: Sequence[Window], tests: Sequence[Test], start: float, end: float) -> float:
    first = min([*(window["at"] for window in windows), *(test.at for test in tests[:1])], default=start)
    return max(start, min(first - (end - first) * 0.03, end - SHORTEST))


def _rows(spans: Sequence[Span], start: float, end: float, zone: ZoneInfo, *, by_day: bool) -> Iterable[Row]:
    """A row a day, newest first, each of whole days so that hours stand below each other; or one row of all."""
    if not by_day:
        yield Row(start, end, tuple(spans), seconds_of(spans))
        return
    day = dt.date.fromisoformat(day_of(end - 1, zone))
    while True:
        first, past = bounds(day.isoformat(), zone)
        if past <= start:
            return
        inside = within(spans, first, past)
        yield Row(first, past, tuple(inside), seconds_of(inside))
        day -= dt.timedelta(days=1)


def chart_data(line: Line, contract: tuple[float | None, float | None]) -> dict[str, Any]:
    """What charts.js draws: times in Unix seconds, rates in Mbit/s, round trips in ms, losses in percent."""
    tests = [test for test in line.tests if test.down_bps is not None or test.up_bps is not None]
    return {
        "from": line.charts_from,
        "to": line.end,
        "speed": {
            "at": [round(test.at) for test in tests],
            "down": [_scaled(test.down_bps, 1e-6, 2) for test in tests],
            "up": [_scaled(test.up_bps, 1e-6, 2) for test in tests],
            "valid": [test.is_valid for test in tests],
            "here": [test.scope == "loopback" for test in tests],
            "why": [list(test.validity) for test in tests],
            "contract": [_scaled(value, 1e-6, 1) for value in contract],
        },
        "rtt": {
            "at": [round(at) for at in line.grid.times],
            "width": line.grid.width,
            "classes": [
                {
                    "name": name,
                    "median": [_scaled(value, 1e3, 2) for value in one.median],
                    "p95": [_scaled(value, 1e3, 2) for value in one.p95],
                    "loss": [_scaled(value, 1e2, 2) for value in one.loss],
                }
                for name, one in line.series.items()
            ],
        },
    }


def _scaled(value: float | None, factor: float, digits: int) -> float | None:
    return None if value is None else round(value * factor, digits)
