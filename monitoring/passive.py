"""What a line was seen to carry by real use, from windows of the router's counters or of the box's own card. Pure.

"At least X Mbit/s at 09:40": no test is needed to know that. The router's count holds all machines of the school, and
is what counts where there is one; the card's is a lower bound: what others sent past the box is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CARD = {"down": "passive_down_bits_per_second", "up": "passive_up_bits_per_second"}
ROUTER = {"down": "passive_wan_down_bits_per_second", "up": "passive_wan_up_bits_per_second"}
LASTED = {"card": 5, "router": 30}  # seconds between two counts (agent/probes): a peak is a mean over them


@dataclass(frozen=True, slots=True)
class Proven:
    """The busiest moment of one direction, and the window that holds it; bits per second."""

    peak: float
    p95: float  # of that window
    at: float  # the window's start, Unix seconds
    seconds: float
    interface: str  # "" of the router
    is_whole_school: bool  # by the router's count
    lasted: int  # seconds


def proven(windows: Iterable[dict[str, Any]], way: str) -> Proven | None:
    """The busiest of the windows; None where none counted."""
    kept = list(windows)
    return _busiest(kept, ROUTER[way], "router") or _busiest(kept, CARD[way], "card")


def _busiest(windows: list[dict[str, Any]], name: str, counted_by: str) -> Proven | None:
    best: Proven | None = None
    for window in windows:
        peak = window.get("max")
        if window.get("name") != name or not isinstance(peak, int | float):
            continue
        if best is None or peak > best.peak:
            best = Proven(
                peak=float(peak),
                p95=float(window.get("p95") or peak),
                at=window["at"],
                seconds=window["seconds"],
                interface=(window.get("labels") or {}).get("interface", ""),
                is_whole_school=counted_by == "router",
                lasted=LASTED[counted_by],
            )
    return best
