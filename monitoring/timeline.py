"""What a school's line was at each moment: from its windows where there are any, else from what the controller saw.

Pure. Windows come first, because a box that was cut off tells later how it really was; where none arrived, the
controller's own judgement says at most "silent" or "expected-off". A time of which nobody knows anything is "unknown".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitoring.status import LOSSY, SLOW_RTT
from monitoring.windows import Window, figures

SHOWN = ("up", "degraded", "down", "silent", "expected-off", "unknown")
MEASURED = ("up", "degraded", "down")
RECENT = (
    1_900.0  # seconds until the newest window must have arrived: one of 15 minutes, and an exchange each 15 minutes
)
SEAM = 5.0  # windows follow each other without a gap, but for the time it takes to close one


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end`` (Unix seconds) the line was ``status``, one of SHOWN."""

    start: float
    end: float
    status: str

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Change:
    """The controller judged the school to be ``status`` from ``at`` on."""

    at: float
    status: str


def timeline(windows: Iterable[Window], changes: Sequence[Change], start: float, end: float) -> list[Span]:
    """Spans without gap or overlap from ``start`` to ``end`` (now), neighbours of one status joined.

    ``changes`` in order of time, those of before ``start`` among them: before the first of them nobody judged.
    """
    spans: list[Span] = []
    at = start
    for span in _measured(windows, start, end):
        if span.start - at > SEAM:
            spans += _judged(changes, at, span.start, end)
            at = span.start
        spans.append(Span(at, span.end, span.status))
        at = span.end
    if at < end:
        spans += _judged(changes, at, end, end)
    return _joined(spans)


def seconds_of(spans: Iterable[Span]) -> dict[str, float]:
    """Seconds of each status of SHOWN."""
    total = dict.fromkeys(SHOWN, 0.0)
    for span in spans:
        total[span.status] += span.seconds
    return total


def available(seconds: dict[str, float]) -> float | None:
    """Fraction of the measured time in which the line worked, well or badly; None when nothing was measured."""
    measured = sum(seconds[status] for status in MEASURED)
    return (measured - seconds["down"]) / measured if measured > 0 else None


def within(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    """The spans' parts between ``start`` and ``end``."""
    cut = (Span(max(span.start, start), min(span.end, end), span.status) for span in spans)
    return [span for span in cut if span.end > span.start]


def _measured(windows: Iterable[Window], start: float, end: float) -> Iterator[Span]:
    """One span for the windows that were closed together; each second by the one that began first."""
    together: dict[tuple[float, float], list[Window]] = {}
    for window in windows:
        if window["name"] == "rtt_seconds" and window["at"] < end and window["at"] + window["seconds"] > start:
            together.setdefault((round(window["at"]), round(window["at"] + window["seconds"])), []).append(window)
    covered = start
    for (first, past), some in sorted(together.items()):
        verdict = _verdict(some)
        if verdict and min(past, end) > max(first, covered):
            yield Span(max(first, covered), min(past, end), verdict)
            covered = min(past, end)


def _verdict(windows: Sequence[Window]) -> str:
    rtt, loss = figures(windows)
    if loss is None:
        return ""
    if loss >= 1.0:
        return "down"
    return "degraded" if loss >= LOSSY or (rtt is not None and rtt >= SLOW_RTT) else "up"


def _judged(changes: Sequence[Change], start: float, past: float, end: float) -> Iterator[Span]:
    """A time without windows, by what the controller judged then."""
    edges = [start, *(change.at for change in changes if start < change.at < past), past]
    for first, last in pairwise(edges):
        status = _status_at(changes, first)
        if status in ("up", "degraded"):
            is_fresh = last >= end and end - start <= RECENT
            yield Span(first, last, status if is_fresh else "unknown")
        else:
            yield Span(first, last, status if status in SHOWN else "unknown")


def _status_at(changes: Sequence[Change], at: float) -> str:
    earlier = [change for change in changes if change.at <= at]
    return earlier[-1].status if earlier else "unknown"


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].status == span.status:
            joined[-1] = Span(joined[-1].start, span.end, span.status)
        elif span.end > span.start:
            joined.append(span)
    return joined
