"""The three charts of the report: throughput, latency, availability. Vectors, readable in black and white.

What was promised and what the rule asks for are drawn as lines with their names; a test that does not count is hollow.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from controller.evidence.coverage import reasons
from controller.evidence.derive import Record
from controller.evidence.report.fonts import REGULAR
from controller.evidence.report.words import number
from monitoring.days import availability, bounds, day_of
from monitoring.series import Grid, class_of, lay
from monitoring.windows import speaking

INK, SOFT, GRID, PAPER = HexColor("#1f2d3d"), HexColor("#66758a"), HexColor("#dfe4ea"), HexColor("#ffffff")
DOWN, UP, BAD, GOOD, NONE = (HexColor(one) for one in ("#0b5fa5", "#b25a00", "#b3261e", "#2f7d4f", "#e9ecf0"))
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 494.0, 150.0, 40.0, 8.0, 22.0, 10.0
SMALL = 7.0
BINS = 240
STEPS = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps times and values to points of the drawing."""

    start: float
    end: float
    top: float  # largest value
    low: float = 0.0  # smallest

    def x(self, at: float) -> float:
        return LEFT + (at - self.start) / (self.end - self.start) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        part = (min(max(value, self.low), self.top) - self.low) / (self.top - self.low)
        return BOTTOM + part * (HEIGHT - BOTTOM - TOP)


def throughput(
    results: Sequence[Record],
    main: Collection[str],
    lines: Sequence[tuple[str, float]],
    start: float,
    end: float,
    zone: ZoneInfo,
) -> Drawing:
    """``main``: ids of the boxes at the router; ``lines``: (name, bit/s) to be drawn across."""
    values = [record[name] / 1e6 for record in results for name in ("down_bps", "up_bps") if record[name] is not None]
    frame = Frame(start, end, _nice(max([*values, *(value / 1e6 for _, value in lines), 1.0])))
    drawing = _axes(frame, zone, "Mbit/s")
    for record in results:
        is_hollow = bool(reasons(record, main))
        for name, colour in (("down_bps", DOWN), ("up_bps", UP)):
            if record[name] is not None:
                _dot(drawing, frame.x(record["at"]), frame.y(record[name] / 1e6), colour, is_hollow=is_hollow)
    for name, value in lines:
        _across(drawing, frame, name, value / 1e6)
    return _legend(drawing, (("tải xuống", DOWN, False), ("tải lên", UP, False), ("không tính", SOFT, True)))


def latency(windows: Sequence[Record], required: float | None, start: float, end: float, zone: ZoneInfo) -> Drawing:
    """Median of each piece of time, and its worst 95th percentile, of the targets that speak for the line."""
    line = speaking(windows)
    grid = Grid.over(start, end, max(900.0, math.ceil((end - start) / BINS / 900) * 900.0))
    some = lay(line, grid).get(class_of(line[0]["labels"].get("target", ""))) if line else None
    medians = [None if value is None else value * 1e3 for value in some.median] if some else []
    worst = [None if value is None else value * 1e3 for value in some.p95] if some else []
    tops = sorted(value for value in worst if value is not None)
    usual = tops[int(len(tops) * 0.98)] if tops else 1.0  # a single spike must not flatten all the rest
    frame = Frame(start, end, _nice(max(usual, (required or 0.0) * 1.2e3, 1.0)))
    drawing = _axes(frame, zone, "ms")
    if required is not None:
        _across(drawing, frame, "quy tắc", required * 1e3)
    times = [at + grid.width / 2 for at in grid.times]
    for values, colour, width in ((worst, GRID, 0.8), (medians, DOWN, 1.0)):
        for piece in _pieces(times, values, start, end):
            points = [point for at, value in piece for point in (frame.x(at), frame.y(value))]
            shape = PolyLine(points, strokeColor=SOFT if colour is GRID else colour, strokeWidth=width)
            drawing.add(shape if len(piece) > 1 else Circle(points[0], points[1], 0.8, fillColor=colour, strokeWidth=0))
    return _legend(drawing, (("trung vị", DOWN, False), ("phần trăm thứ 95", SOFT, False)))


def days(windows: Sequence[Record], required: float | None, start: float, end: float, zone: ZoneInfo) -> Drawing:
    """A bar a day: the part of the measured time in which the line answered, down from 100 %."""
    some = list(_ratios(windows, start, end, zone))
    worst = min((ratio for _, _, ratio in some if ratio is not None), default=0.0)
    low = next(low for low in (95.0, 90.0, 50.0, 0.0) if 100 * worst > low or low == 0)
    frame = Frame(start, end, 100.0, low)
    drawing = _axes(frame, zone, "%")
    for first, past, ratio in some:
        left, right = frame.x(first) + 0.6, frame.x(past) - 0.6
        colour = NONE if ratio is None else GOOD if required is None or ratio >= required else BAD
        height = max(0.5, frame.y(100.0 if ratio is None else 100 * ratio) - BOTTOM)
        bar = Rect(left, BOTTOM, max(0.5, right - left), height)
        bar.fillColor, bar.strokeColor = colour, None
        drawing.add(bar)
    if required is not None:
        _across(drawing, frame, "quy tắc", 100 * required)
    names = (("đạt mức của quy tắc", GOOD, False), ("dưới mức", BAD, False), ("không có số liệu", NONE, False))
    return _legend(drawing, names)


def _ratios(
    windows: Sequence[Record], start: float, end: float, zone: ZoneInfo
) -> Iterator[tuple[float, float, float | None]]:
    """Of each day (from, to, part of the measured time in which the line answered)."""
    by_day: dict[str, list[Record]] = {}
    for window in windows:
        for at in {day_of(window["at"], zone), day_of(window["at"] + window["seconds"], zone)}:
            by_day.setdefault(at, []).append(window)
    for first, past in _days(day_of(start, zone), start, end, zone):
        seconds = availability(by_day.get(day_of(first, zone), ()), first, past)
        measured = seconds["up"] + seconds["down"]
        yield first, past, seconds["up"] / measured if measured > 0 else None


def _days(day: str, start: float, end: float, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
    while True:
        first, past = bounds(day, zone)
        if first >= end:
            return
        yield max(first, start), min(past, end)
        day = day_of(past + 1, zone)


def _pieces(
    times: Sequence[float], values: Sequence[float | None], start: float, end: float
) -> Iterator[list[tuple[float, float]]]:
    """Runs of neighbours that have a value: a line is never drawn over a time of which nothing is known."""
    run: list[tuple[float, float]] = []
    for at, value in zip(times, values, strict=False):
        if value is None or not start <= at <= end:
            if run:
                yield run
            run = []
        else:
            run.append((at, value))
    if run:
        yield run


def _axes(frame: Frame, zone: ZoneInfo, unit: str) -> Drawing:
    drawing = Drawing(WIDTH, HEIGHT)
    for step in range(5):
        value = frame.low + (frame.top - frame.low) * step / 4
        y = frame.y(value)
        drawing.add(Line(LEFT, y, WIDTH - RIGHT, y, strokeColor=GRID, strokeWidth=0.5))
        text = number(value, 0 if frame.top - frame.low >= 8 and (frame.top - frame.low) % 4 == 0 else 1)
        drawing.add(_text(LEFT - 4, y - 2.4, text, anchor="end"))
    drawing.add(_text(LEFT - 4, HEIGHT - 4, unit, anchor="end"))
    for at in _marks(frame, zone):
        x = frame.x(at)
        drawing.add(Line(x, BOTTOM, x, BOTTOM - 3, strokeColor=SOFT, strokeWidth=0.5))
        drawing.add(_text(x, BOTTOM - 11, f"{dt.datetime.fromtimestamp(at, zone):%d/%m}", anchor="middle"))
    return drawing


def _marks(frame: Frame, zone: ZoneInfo) -> Iterator[float]:
    """Midnights, so many that their names do not touch."""
    some = [first for first, _ in _days(day_of(frame.start, zone), frame.start, frame.end, zone)]
    step = max(1, math.ceil(len(some) / 14))
    yield from (at for number, at in enumerate(some) if number % step == 0)


def _across(drawing: Drawing, frame: Frame, name: str, value: float) -> None:
    y = frame.y(value)
    drawing.add(Line(LEFT, y, WIDTH - RIGHT, y, strokeColor=INK, strokeWidth=0.8, strokeDashArray=(4, 2)))
    width = stringWidth(name, REGULAR, SMALL) + 4
    left = LEFT + 2 if name.startswith("quy tắc") else WIDTH - RIGHT - width  # the contract's stand on the other side
    paper = Rect(left, y + 1, width, SMALL + 1)
    paper.fillColor, paper.strokeColor = PAPER, None
    drawing.add(paper)
    drawing.add(_text(left + 2, y + 2.4, name, colour=INK))


def _dot(drawing: Drawing, x: float, y: float, colour: Color, *, is_hollow: bool) -> None:
    fill = PAPER if is_hollow else colour
    drawing.add(Circle(x, y, 1.7, fillColor=fill, strokeColor=colour, strokeWidth=0.7))


def _legend(drawing: Drawing, entries: Iterable[tuple[str, Color, bool]]) -> Drawing:
    x = LEFT
    for name, colour, is_hollow in entries:
        drawing.add(Circle(x + 2, 4, 2, fillColor=PAPER if is_hollow else colour, strokeColor=colour, strokeWidth=0.7))
        drawing.add(_text(x + 7, 1.6, name))
        x += 14 + len(name) * 4.2
    return drawing


def _text(
    x: float, y: float, text: str, *, anchor: Literal["start", "middle", "end"] = "start", colour: Color = SOFT
) -> String:
    return String(x, y, text, fontName=REGULAR, fontSize=SMALL, fillColor=colour, textAnchor=anchor)


def _nice(value: float) -> float:
    """The next round number whose quarters are round, too, with a little room above."""
    power: float = 10.0 ** math.floor(math.log10(value * 1.08))
    return next(step * power for step in STEPS if step * power >= value * 1.08)
