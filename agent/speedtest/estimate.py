"""From what a receiver counted to one figure: pure arithmetic.

Input are points (seconds, bytes), both since the start, at moments of arrival (:class:`agent.bulk.Arrivals`). The
figure is TCP payload that reached the receiver's machine over the time that it took, once the ramp is over.

* **middle**: slices between two points mostly agree to a fraction of a per cent, and a few are far off. The mean of the
  middle half of the slices does not see those few.
* **frontier**: where the receiver's kernel does not tell what arrived (or its server is older), only what TCP handed
  over is counted. A lost segment holds back all that follows it, and its repair hands over everything at once: the
  curve never runs ahead of the line, but lags behind it, now more, now less, and no half of the slices agrees. Yet
  again and again it catches up. The straight line that lies on or above all points and as close to them as possible
  is the line's own: the edge of the upper convex hull over the mean time (Moon, Skelly and Towsley 1999 find a clock's
  skew behind network delays by the same thought).

Where the curve stays far below its frontier the line itself was slower for a while, and what is said is the plain mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Literal

from agent.bulk import Point

RAMP_SECONDS = 0.7  # dropped at least: slow start, and the bucket of a shaper
RAMP_RTTS = 12.0  # round trips dropped at least
RAMP_SHARE = 0.3  # of a test that the byte budget ended early
FRONTIER_RAMP = 1.5  # ramps dropped before the frontier: what is held back must have reached its usual size
STEADY_SECONDS = 1.8  # counted at least: 18 slices
MIDDLE_HALF_WIDTH = 0.03  # share of the figure, 95 %: so sure it is enough to stop
FRONTIER_LAG = 0.05  # of all counted bytes, on average; beyond it the line was not one rate
AGREEMENT = 0.1  # of the middle half with the plain mean: beyond it the half is not the rule
TRIM = 0.25  # of the slices at each end
# Student's t, two-sided 95 %, by degrees of freedom from 1; beyond the table it is taken as 2.1 or less.
T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """``bits_per_second`` ± ``half_width`` (a share of it), from ``seconds`` that follow ``ramp`` seconds.

    ``half_width`` is the 95 % interval of the middle; of the others it is the mean lag behind the frontier, as a share
    of all that was counted: an error can only come from what the first and the last point lacked.
    """

    bits_per_second: float
    by: Literal["middle", "frontier", "mean"]
    mean_bits_per_second: float  # all bytes after the ramp over all seconds after it
    half_width: float
    ramp: float
    seconds: float
    slices: int

    @property
    def is_steady(self) -> bool:
        """Counted long enough, and as sure as more time would make it."""
        return self.is_steady_after(STEADY_SECONDS)

    def is_steady_after(self, seconds: float) -> bool:
        return self.by == "middle" and self.seconds >= seconds


def ramp_for(rtt: float) -> float:
    """Seconds to drop on a line of this round-trip time."""
    return max(RAMP_SECONDS, RAMP_RTTS * rtt)


def estimate(points: Sequence[Point], ramp: float) -> Estimate | None:
    """None when there are too few points to say anything."""
    moments = list(dict(points).items())  # of two points at one moment the later is the whole count
    ramp = min(ramp, RAMP_SHARE * moments[-1][0]) if moments else 0.0
    kept = [point for point in moments if point[0] >= ramp]
    kept = kept if len(kept) > 1 else moments  # so few that none can be spared
    rates = [_slope(early, late) * 8 for early, late in pairwise(kept)]
    if not rates:
        return None
    (start, before), (end, after) = kept[0], kept[-1]
    mean = (after - before) * 8 / (end - start)
    figure, by, width = _figure(kept, rates, mean, ramp)
    return Estimate(
        bits_per_second=figure,
        by=by,
        mean_bits_per_second=mean,
        half_width=width,
        ramp=start,
        seconds=end - start,
        slices=len(rates),
    )


def _figure(
    points: Sequence[Point], rates: Sequence[float], mean: float, ramp: float
) -> tuple[float, Literal["middle", "frontier", "mean"], float]:
    middle, width = _middle(rates)
    if width <= MIDDLE_HALF_WIDTH and abs(middle - mean) <= AGREEMENT * mean:
        return middle, "middle", width
    if len(rates) < 2 or not mean:
        return mean, "mean", 1.0
    settled = [point for point in points if point[0] >= FRONTIER_RAMP * ramp]
    frontier, lag = _frontier(settled if len(settled) > 2 else points)
    return (frontier, "frontier", lag) if lag <= FRONTIER_LAG else (mean, "mean", lag)


def _middle(rates: Sequence[float]) -> tuple[float, float]:
    """Mean of the middle half, and its half width (Tukey and McLaughlin 1963: winsorised deviation)."""
    ordered, cut = sorted(rates), int(len(rates) * TRIM)
    kept = ordered[cut : len(ordered) - cut]
    figure = fmean(kept)
    if len(kept) < 2 or not figure:
        return figure, 1.0
    winsorised = [min(max(rate, kept[0]), kept[-1]) for rate in rates]
    return figure, _t(len(kept) - 1) * stdev(winsorised) / ((1 - 2 * TRIM) * math.sqrt(len(rates)) * figure)


def _frontier(points: Sequence[Point]) -> tuple[float, float]:
    """Bits per second of the frontier, and how far the points lie below it on average, as a share of all bytes."""
    hull: list[Point] = []
    for point in points:
        while len(hull) >= 2 and _slope(hull[-2], hull[-1]) <= _slope(hull[-2], point):
            hull.pop()
        hull.append(point)
    centre = fmean(seconds for seconds, _ in points)
    left, right = next((left, right) for left, right in pairwise(hull) if right[0] >= centre)
    slope = _slope(left, right)
    lag = fmean(left[1] + slope * (seconds - left[0]) - count for seconds, count in points)
    counted = points[-1][1] - points[0][1]
    return slope * 8, lag / counted if counted else 1.0


def _slope(left: Point, right: Point) -> float:
    """Bytes per second."""
    return (right[1] - left[1]) / (right[0] - left[0])


def _t(degrees: int) -> float:
    return T95[min(degrees, len(T95)) - 1]
