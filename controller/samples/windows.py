"""Hours and days of an invented school. Pure; both come from the same windows, so that they agree.

Of the last hours all targets in windows of a quarter of an hour, as boxes send them; further back one window an hour
for fewer targets, so that a whole province fits into a few hundred megabytes. JSON is put together as text: there
are millions of windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from controller.samples.life import Life, Span
from controller.samples.plan import Plan
from monitoring.days import bounds, day_of
from monitoring.figures import Figures

HOUR, QUARTER, EVERY = 3_600, 900, 15  # seconds; a try every fifteen
SPEAKS = "domestic:vnix"  # the target that stands for the line, see monitoring/windows.py
INSIDE = ("gateway",)
# (target, seconds on top, part of the line's own round trip)
TARGETS = (
    (SPEAKS, 0.0, 1.0),
    ("gateway", 0.0009, 0.0),
    ("international:cloud", 0.055, 1.1),
    ("dns", 0.0015, 0.4),
    ("isp-hop", 0.0008, 0.5),
)
POOL = 8  # different windows of one kind


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of a window that does not depend on its time."""

    text: str
    tried: int
    lost: int
    median: float | None
    p95: float | None


@dataclass(slots=True)
class DaySum:
    up: int = 0
    down: int = 0
    gone: int = 0  # seconds in which neither the line nor the gateway answered
    has_spoken: bool = False  # the gateway, on this day
    medians: list[tuple[float, float]] = field(default_factory=list)  # (seconds, how long)
    p95: float = 0.0
    tried: int = 0
    lost: int = 0

    def add(self, seconds: int, fragment: Fragment, kind: str, *, has_gateway: bool) -> None:
        if fragment.lost < fragment.tried:
            self.up += seconds
        elif kind == "gateway" and has_gateway:
            self.gone += seconds
        else:
            self.down += seconds
        self.has_spoken |= has_gateway and kind != "gateway"
        if fragment.median is not None and fragment.p95 is not None:
            self.medians.append((fragment.median, float(seconds)))
            self.p95 = max(self.p95, fragment.p95)
        self.tried += fragment.tried
        self.lost += fragment.lost

    def row(
        self, day: str, now: float, zone: ZoneInfo, downs: Sequence[float], ups: Sequence[float], tests: int
    ) -> dict[str, Any]:
        """The columns of ``day``, as monitoring.days.roll_up has them."""
        start, end = bounds(day, zone)
        inside = self.gone if self.has_spoken or not self.up else 0  # a gateway that is mute says nothing
        return {
            "up_seconds": float(self.up),
            "down_seconds": float(self.down + self.gone - inside),
            "unknown_seconds": max(0.0, min(end, now) - start - self.up - self.down - self.gone),
            "down_bps_median": median(downs) if downs else None,
            "up_bps_median": median(ups) if ups else None,
            "rtt_median": Figures.weighted(self.medians).median,
            "loss_ratio": self.lost / self.tried if self.tried else None,
            "tests": tests,
            "tests_valid": len(downs),
            "figures": {
                **({"rtt_p95_worst": self.p95} if self.medians else {}),
                **({"inside_seconds": float(inside)} if inside else {}),
            },
        }


class Windows:
    """Makes the windows of one school."""

    def __init__(self, plan: Plan, life: Life, *, now: int, fine_from: int, middle_from: int) -> None:
        self.plan, self.life, self.now, self.fine_from, self.middle_from = plan, life, now, fine_from, middle_from
        self.days: dict[str, DaySum] = {}
        self._draw = plan.chance("windows")
        self._pools: dict[tuple[str, int, bool, str], list[Fragment]] = {}
        self._heads = {name: f'{{"name":"rtt_seconds","labels":{{"target":"{name}"}},"at":' for name, _, _ in TARGETS}

    def hours(self, zone: ZoneInfo) -> Iterator[tuple[int, str]]:
        """(start of the hour, JSON of its windows), oldest first; hours without a word are left out."""
        at = 0
        spans = self.life.spans
        for hour in range(self.life.joined // HOUR * HOUR, self.now, HOUR):
            while at < len(spans) and spans[at].end <= hour:
                at += 1
            pieces = self._pieces(hour, spans[at:])
            if pieces:
                total = self.days.setdefault(day_of(hour, zone), DaySum())
                yield hour, f"[{','.join(self._texts(hour, pieces, total, zone))}]"

    def day(self, day: str) -> DaySum:
        """What ``hours`` came to for a day; nothing at all for one without a word."""
        return self.days.get(day, DaySum())

    def _pieces(self, hour: int, spans: Sequence[Span]) -> list[tuple[int, int, str]]:
        first, past = max(hour, self.life.joined), min(hour + HOUR, self.now)
        pieces: list[tuple[int, int, str]] = []
        at = first
        for span in spans:
            if span.start >= past:
                break
            if span.start > at:
                pieces.append((at, span.start, "up"))
            end = min(span.end, past)
            if span.kind not in ("off", "dead"):
                pieces.append((max(span.start, at), end, span.kind))
            at = max(at, end)
        if at < past:
            pieces.append((at, past, "up"))
        return list(_quarters(pieces)) if hour >= self.fine_from else pieces

    def _texts(self, hour: int, pieces: Sequence[tuple[int, int, str]], total: DaySum, zone: ZoneInfo) -> Iterator[str]:
        count = len(TARGETS) if hour >= self.fine_from else 3 if hour >= self.middle_from else 1
        is_lost = any(kind in ("gateway", "internet") for _, _, kind in pieces)
        targets = TARGETS[: max(count, 2) if is_lost else count]  # whose fault it was is told by the gateway
        busy = int((hour + 7 * HOUR) // HOUR % 24) in (7, 8, 9, 10, 13, 14, 15)  # lessons, by the clock of Viet Nam
        for start, end, kind in pieces:
            for name, _, _ in targets:
                fragment = self._fragment(name, end - start, busy, kind)
                if name == SPEAKS:
                    total.add(end - start, fragment, kind, has_gateway=len(targets) > 1)
                yield f"{self._heads[name]}{start}.0,{fragment.text}"

    def _fragment(self, target: str, seconds: int, busy: bool, kind: str) -> Fragment:
        key = (target, seconds, busy, kind)
        pool = self._pools.get(key)
        if pool is None:
            size = POOL if seconds in (QUARTER, HOUR) and kind == "up" else 1
            pool = self._pools[key] = [self._make(target, seconds, busy, kind) for _ in range(size)]
        return pool[int(self._draw.random() * len(pool))]

    def _make(self, target: str, seconds: int, busy: bool, kind: str) -> Fragment:
        draw, tried, box = self._draw, max(1, seconds // EVERY), self.plan.box_id
        if kind == "gateway" or (kind == "internet" and target not in INSIDE):
            text = f'"count":{tried},"lost":{tried},"min":null,"median":null,"p95":null,"max":null,"jitter":null'
            return Fragment(f'"seconds":{seconds}.0,{text},"agent":"{box}"}}', tried, tried, None, None)
        is_lossy = kind == "lossy" and target not in INSIDE
        lost = _lost(draw, tried, is_lossy)
        low = _rtt(self.plan, target) * draw.uniform(0.92, 1.05)
        mid = low * draw.uniform(1.05, 1.2) * (draw.uniform(1.1, 1.6) if busy else 1.0) * (1.8 if is_lossy else 1.0)
        p95 = mid * draw.uniform(1.2, 2.2)
        figures = [
            round(value, 5) for value in (low, mid, p95, p95 * draw.uniform(1.1, 3.0), mid * draw.uniform(0.04, 0.2))
        ]
        names = ("min", "median", "p95", "max", "jitter")
        shown = ",".join(f'"{name}":{value!r}' for name, value in zip(names, figures, strict=True))
        text = f'"seconds":{seconds}.0,"count":{tried},"lost":{lost},{shown},"agent":"{box}"}}'
        return Fragment(text, tried, lost, figures[1], figures[2])


def _lost(draw: Random, tried: int, is_lossy: bool) -> int:
    if is_lossy:
        return min(tried - 1, max(1, round(tried * draw.uniform(0.06, 0.16)))) if tried > 1 else 0
    return 0 if draw.random() < 0.7 else min(tried - 1, int(tried * draw.uniform(0.0, 0.02)))


def _rtt(plan: Plan, target: str) -> float:
    return next(extra + part * plan.rtt for name, extra, part in TARGETS if name == target)


def _quarters(pieces: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The same, cut at the quarters of an hour."""
    for start, end, kind in pieces:
        at = start
        while at < end:
            cut = min(end, (at // QUARTER + 1) * QUARTER)
            yield at, cut, kind
            at = cut
