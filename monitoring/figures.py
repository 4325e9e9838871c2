"""Median, tails and means of what was measured, always with how many there were. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True, slots=True)
class Figures:
    """``low`` and ``high`` are the 10th and the 90th percentile; all None when there was nothing."""

    n: int = 0
    median: float | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> Figures:
        good = sorted(value for value in values if math.isfinite(value))
        if not good:
            return cls()
        return cls(len(good), median(good), quantile(good, 0.1), quantile(good, 0.9), fmean(good))

    @classmethod
    def weighted(cls, values: Sequence[tuple[float, float]]) -> Figures:
        """Of (value, weight); ``n`` counts the values. Quantiles are where the weights in order reach their share, so
        that a value cut into several of the same height and the same weight together changes nothing but ``n``."""
        good = sorted((value, weight) for value, weight in values if math.isfinite(value) and weight > 0)
        if not good:
            return cls()
        whole = math.fsum(weight for _, weight in good)
        mean = math.fsum(value * (weight / whole) for value, weight in good)
        return cls(len(good), _reached(good, 0.5), _reached(good, 0.1), _reached(good, 0.9), mean)

    def by(self, statistic: str) -> float | None:
        return self.mean if statistic == "mean" else self.median


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in order, linear between neighbours (Hyndman and Fan's type 7, as R and NumPy do by default)."""
    at = (len(ordered) - 1) * share
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def _reached(ordered: Sequence[tuple[float, float]], share: float) -> float:
    """The value at which the weights reach ``share`` of all; between two when they reach it just there."""
    wanted = share * math.fsum(weight for _, weight in ordered)
    sure, reached = 1e-9 * wanted, 0.0
    for at, (value, weight) in enumerate(ordered):
        reached += weight
        if reached > wanted + sure:
            return value
        if reached >= wanted - sure and at + 1 < len(ordered):
            return (value + ordered[at + 1][0]) / 2
    return ordered[-1][0]
