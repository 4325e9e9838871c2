"""Frequent measurements summarised: count, loss, min, median, p95, max, jitter of a quarter of an hour. Pure.

Windows end at round times of the controller's clock when it is known (of the box's monotonic clock otherwise), so that
those of all schools lie over each other. While something is wrong they are a minute long.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

from agent.wire import Sample, Stamp, Window

LOST = "lost_count"  # a sample of this name is a try without an answer; its value is how many
ANSWERED = "rtt_seconds"  # and this is what it would have been
ALIVE = "alive_count"  # it did not answer itself, but what lies behind it did: neither a loss nor a time
MAX_GROUPS = 200


@dataclass(slots=True)
class Group:
    name: str
    labels: dict[str, str]
    values: array[float] = field(default_factory=lambda: array("d"))
    lost: int = 0

    def window(self, start: Stamp, seconds: float) -> Window:
        """Percentiles by nearest rank; jitter as the mean absolute difference of neighbours. (By hand: the module
        ``statistics`` costs an idle box 1 MB.)"""
        window = Window(
            name=self.name,
            labels=self.labels,
            start=start,
            seconds=round(seconds, 3),
            count=len(self.values) + self.lost,
            lost=self.lost,
        )
        if not self.values:
            return window
        ordered = sorted(self.values)
        steps = [abs(later - earlier) for earlier, later in pairwise(self.values)]
        return Window(
            name=window.name,
            labels=window.labels,
            start=window.start,
            seconds=window.seconds,
            count=window.count,
            lost=window.lost,
            min=_rounded(ordered[0]),
            median=_rounded((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2),
            p95=_rounded(ordered[math.ceil(0.95 * len(ordered)) - 1]),
            max=_rounded(ordered[-1]),
            jitter=_rounded(sum(steps) / len(steps)) if steps else None,
        )


def _rounded(value: float) -> float:
    return round(value, 6)  # a microsecond is finer than any clock here, and 41,000 schools send these


@dataclass(slots=True)
class Windows:
    opened: Stamp
    first: float  # seconds of the first window, so that a new box shows at once
    groups: dict[tuple[str, ...], Group] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        name = ANSWERED if sample.name == LOST else sample.name
        key = (name, *(text for pair in sorted(sample.labels.items()) for text in pair))
        if key not in self.groups:
            if len(self.groups) >= MAX_GROUPS:
                return
            self.groups[key] = Group(name, dict(sample.labels))
        if sample.name == LOST:
            self.groups[key].lost += round(sample.value)
        else:
            self.groups[key].values.append(sample.value)

    def ends(self, length: float, offset: float) -> float:
        """When the open window is to be closed, by our monotonic clock: at the next multiple of ``length`` of the
        clock that is ours plus ``offset``."""
        if self.first:
            return self.opened.mono + self.first
        begun = self.opened.mono + offset
        return (math.floor(begun / length) + 1) * length - offset

    def close(self, now: Stamp) -> list[Window]:
        """The summaries since the window was opened; the next one opens here."""
        seconds = max(now.mono - self.opened.mono, 0.001)
        closed = [group.window(self.opened, seconds) for group in self.groups.values()]
        self.opened, self.first, self.groups = now, 0.0, {}
        return closed
