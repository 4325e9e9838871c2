"""Windows laid on an even grid of times, for charts: round trip and loss of each class of targets. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from monitoring.windows import Window

CLASSES = ("gateway", "isp-hop", "dns", "controller", "domestic", "international")  # from near to far


@dataclass(frozen=True, slots=True)
class Grid:
    """``count`` bins of ``width`` seconds from ``start`` (a multiple of ``width``)."""

    start: float
    width: float
    count: int

    @classmethod
    def over(cls, start: float, end: float, width: float) -> Grid:
        first = math.floor(start / width) * width
        return cls(first, width, max(1, math.ceil((end - first) / width)))

    @property
    def times(self) -> list[float]:
        return [self.start + number * self.width for number in range(self.count)]

    def bins(self, at: float, seconds: float) -> range:
        """The bins whose middle lies inside the time; at least the one in which it begins, if that is on the grid."""
        begun = math.floor((at - self.start) / self.width)
        first = max(0, math.ceil((at - self.start) / self.width - 0.5))
        past = min(self.count, math.ceil((at + seconds - self.start) / self.width - 0.5))
        if first < past:
            return range(first, past)
        return range(begun, begun + 1) if 0 <= begun < self.count else range(0)


@dataclass(slots=True)
class Series:
    """One class of targets; an entry is None where nothing was measured (or, for times, nothing answered)."""

    median: list[float | None]  # seconds: the median of the windows' medians
    p95: list[float | None]  # seconds: the worst of the windows' 95th percentiles
    loss: list[float | None]  # fraction of tries without an answer
    tried: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Bin:
    medians: list[float] = field(default_factory=list)
    p95: float = 0.0
    tried: int = 0
    lost: int = 0


def class_of(target: str) -> str:
    """ "domestic:vnix" is of class "domestic"."""
    return target.partition(":")[0]


def lay(windows: Iterable[Window], grid: Grid) -> dict[str, Series]:
    """A series for each class that was measured at all, from near to far."""
    bins: dict[str, dict[int, _Bin]] = {}
    for window in windows:
        if window["name"] != "rtt_seconds" or not window["count"]:
            continue
        own = bins.setdefault(class_of(window["labels"].get("target", "")), {})
        for number in grid.bins(window["at"], window["seconds"]):
            one = own.setdefault(number, _Bin())
            one.tried += window["count"]
            one.lost += window["lost"]
            if window.get("median") is not None:
                one.medians.append(window["median"])
                one.p95 = max(one.p95, window.get("p95") or window["median"])
    return {name: _series(bins[name], grid.count) for name in CLASSES if bins.get(name)}


def _series(bins: dict[int, _Bin], count: int) -> Series:
    made = Series([None] * count, [None] * count, [None] * count)
    for number, one in bins.items():
        if one.medians:
            made.median[number], made.p95[number] = median(one.medians), one.p95
        made.loss[number] = one.lost / one.tried
        made.tried += one.tried
        made.lost += one.lost
    return made
