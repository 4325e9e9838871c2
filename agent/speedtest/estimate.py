"""From what a receiver counted to one figure: pure arithmetic.

Input are points (seconds, bytes), both since the start, at moments of arrival. The figure is TCP payload goodput:
payload bytes that reached the receiver's application over the time that they took, once the ramp is over.

A slice is what lies between two points. While the line is steady most slices agree to a fraction of a per cent, and a
few are far off: a lost segment holds back all that follows it, and its repair hands over everything at once. The mean
of the middle half of the slices does not see those few, while the plain mean would count bytes that crossed the line
before the window began. When the slices do not agree, no slice is better than another, and the plain mean is taken,
because bytes cannot get lost in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Literal

Point = tuple[float, int]
Points = list[Point]

RAMP_SECONDS = 0.7  # dropped at least: slow start, and the bucket of a shaper
RAMP_RTTS = 12.0  # round trips dropped at least
RAMP_SHARE = 0.3  # of a test that the byte budget ended early
STEADY_SECONDS = 2.0  # counted at least
MIDDLE_HALF_WIDTH = 0.01
MEAN_HALF_WIDTH = 0.02
TRIM = 0.25  # of the slices at each end
BLOCKS = 8
# Student's t, two-sided 95 %, by degrees of freedom from 1; beyond the table it is taken as 2.1 or less.
T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """``bits_per_second`` ± ``half_width`` (a share of it, 95 %), from ``seconds`` that follow ``ramp`` seconds."""

    bits_per_second: float
    by: Literal["middle", "mean"]
    mean_bits_per_second: float  # all bytes after the ramp over all seconds after it
    half_width: float
    ramp: float
    seconds: float
    slices: int

    @property
    def is_steady(self) -> bool:
        """Counted long enough, and as sure as we want to be."""
        wanted = MIDDLE_HALF_WIDTH if self.by == "middle" else MEAN_HALF_WIDTH
        return self.seconds >= STEADY_SECONDS and self.half_width <= wanted


def ramp_for(rtt: float) -> float:
    """Seconds to drop on a line of this round-trip time."""
    return max(RAMP_SECONDS, RAMP_RTTS * rtt)


def estimate(points: Sequence[Point], ramp: float) -> Estimate | None:
    """None when there are too few points to say anything."""
    if not points:
        return None
    ramp = min(ramp, RAMP_SHARE * points[-1][0])
    kept = [point for point in points if point[0] >= ramp]
    rates = [(late[1] - early[1]) * 8 / (late[0] - early[0]) for early, late in pairwise(kept) if late[0] > early[0]]
    if len(rates) < 2:
        return None
    (start, before), (end, after) = kept[0], kept[-1]
    mean = (after - before) * 8 / (end - start)
    middle, middle_width = _middle(rates)
    by_middle = middle_width <= MIDDLE_HALF_WIDTH
    return Estimate(
        bits_per_second=middle if by_middle else mean,
        by="middle" if by_middle else "mean",
        mean_bits_per_second=mean,
        half_width=middle_width if by_middle else _block_width(rates),
        ramp=start,
        seconds=end - start,
        slices=len(rates),
    )


def _middle(rates: Sequence[float]) -> tuple[float, float]:
    """Mean of the middle half, and its half width (Tukey and McLaughlin 1963: winsorised deviation)."""
    ordered, cut = sorted(rates), int(len(rates) * TRIM)
    kept = ordered[cut : len(ordered) - cut]
    figure = fmean(kept)
    if len(kept) < 2 or not figure:
        return figure, 1.0
    winsorised = [min(max(rate, kept[0]), kept[-1]) for rate in rates]
    return figure, _t(len(kept) - 1) * stdev(winsorised) / ((1 - 2 * TRIM) * math.sqrt(len(rates)) * figure)


def _block_width(rates: Sequence[float]) -> float:
    """Half width of the mean from BLOCKS longer blocks: neighbouring slices are not independent, what one lacks the
    next one has too much."""
    size = max(1, len(rates) // BLOCKS)
    blocks = [fmean(rates[at : at + size]) for at in range(0, len(rates) - size + 1, size)]
    figure = fmean(blocks)
    return _t(len(blocks) - 1) * stdev(blocks) / (math.sqrt(len(blocks)) * figure) if figure else 1.0


def _t(degrees: int) -> float:
    return T95[min(degrees, len(T95)) - 1]
