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

    def by(self, statistic: str) -> float | None:
        return self.mean if statistic == "mean" else self.median


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in order, linear between neighbours (Hyndman and Fan's type 7, as R and NumPy do by default)."""
    at = (len(ordered) - 1) * share
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)
