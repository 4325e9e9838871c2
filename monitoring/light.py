"""What a light measurement says beside the school's own recent full ones: is the line whole, or did it lose half? Pure.

A light measurement is not exact (agent/speedtest/train.py), so it is never averaged with full ones and never laid
beside a contract. It is asked one question only, and may answer that it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

Verdict = Literal["whole", "halved", "unclear", "no-reference"]

RECENT = 14 * 86_400.0  # seconds: full and short valid measurements not older than this are the reference
REFERENCES = 20  # of them, the newest
LIMIT = 0.7  # of the reference: as far (by ratio) from the whole line as from its half
TOO_WIDE = 0.5  # half width that says nothing


def reference(recent: Sequence[float]) -> float | None:
    """What the line used to carry, bits per second: the median of recent full and short valid measurements."""
    rates = [rate for rate in recent if rate > 0]
    return median(rates) if rates else None


def verdict(bits_per_second: float, half_width: float, *, is_bound: bool, recent: Sequence[float]) -> Verdict:
    """One direction. ``is_bound``: the line is at least so fast, so that it can be found whole but not halved."""
    usual = reference(recent)
    if usual is None:
        return "no-reference"
    if bits_per_second >= LIMIT * usual:
        return "whole"
    return "unclear" if is_bound or half_width > TOO_WIDE else "halved"


def worse(down: Verdict, up: Verdict) -> Verdict:
    """Of both directions, the one that matters more."""
    order: tuple[Verdict, ...] = ("halved", "unclear", "no-reference", "whole")
    return min(down, up, key=order.index)
