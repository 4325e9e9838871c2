"""Windows of a school: in order, the newest of each kind, and the figures shown first.

A window here is a plain dict: ``wire.Window`` without ``start``, plus ``at`` (the controller's time of its start) and
``agent``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

Window = dict[str, Any]

# Which targets speak for a school's Internet, best first; the first class that has any decides.
FORGET_TARGET = 86_400.0
CLASSES = ("domestic:", "international:", "isp-hop", "controller")


def key(window: Window) -> tuple[Any, ...]:
    """Two windows with the same key are the same measurement."""
    labels = window["labels"]
    return (window.get("agent", ""), window["name"], round(window["at"]), *sorted(labels.items()))


def in_order(windows: Iterable[Window]) -> list[Window]:
    """By time, each once: an hour's row holds them in the order in which they arrived."""
    return sorted({key(window): window for window in windows}.values(), key=lambda window: window["at"])


def newest(kept: Sequence[Window], new: Iterable[Window]) -> list[Window]:
    """The newest window of each name and target; a target that is not measured any more is forgotten after a day."""
    best: dict[tuple[str, str], Window] = {}
    for window in (*kept, *new):
        kind = (window["name"], window["labels"].get("target", ""))
        if kind not in best or window["at"] >= best[kind]["at"]:
            best[kind] = window
    oldest = max((window["at"] for window in best.values()), default=0.0) - FORGET_TARGET
    return [best[kind] for kind in sorted(best) if best[kind]["at"] >= oldest]


def speaking(windows: Iterable[Window]) -> list[Window]:
    """The RTT windows of the best class of targets: what stands for the school's line."""
    rtt = [window for window in windows if window["name"] == "rtt_seconds" and window["count"] > 0]
    for prefix in CLASSES:
        chosen = [window for window in rtt if window["labels"].get("target", "").startswith(prefix)]
        if chosen:
            return chosen
    return []


def figures(windows: Iterable[Window]) -> tuple[float | None, float | None]:
    """RTT in seconds (median of the targets' medians) and loss as a fraction; None where nothing was measured."""
    chosen = speaking(windows)
    if not chosen:
        return None, None
    answered = [window["median"] for window in chosen if window.get("median") is not None]
    lost = sum(window["lost"] for window in chosen) / sum(window["count"] for window in chosen)
    return (median(answered) if answered else None), lost
