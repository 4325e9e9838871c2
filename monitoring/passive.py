"""What a line was seen to carry by real use, from the windows of the box's own card. Pure.

"At least X Mbit/s at 09:40": no test is needed to know that. It is a lower bound: what others sent past the box is not
in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NAMES = {"down": "passive_down_bits_per_second", "up": "passive_up_bits_per_second"}


@dataclass(frozen=True, slots=True)
class Proven:
    """The busiest 5 s of one direction, and the window that holds them; bits per second."""

    peak: float
    p95: float  # of that window
    at: float  # the window's start, Unix seconds
    seconds: float
    interface: str


def proven(windows: Iterable[dict[str, Any]], way: str) -> Proven | None:
    """The busiest of the windows; None where none counted."""
    best: Proven | None = None
    for window in windows:
        peak = window.get("max")
        if window.get("name") != NAMES[way] or not isinstance(peak, int | float):
            continue
        if best is None or peak > best.peak:
            labels = window.get("labels") or {}
            p95 = float(window.get("p95") or peak)
            best = Proven(float(peak), p95, window["at"], window["seconds"], labels.get("interface", ""))
    return best
