"""What a school's time says of its main line: it answered, it did not, or that time says nothing of it. Pure.

A line is blamed only for silence that lies behind the school's own network. Set aside are times in which the box did
not reach its gateway either (a cable, the router, the router's power), the minutes that a router needs to dial again,
and times in which the box went over Wi-Fi or by a spare line, whether that answered or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitoring.windows import Window, speaking

UP, DOWN, INSIDE, OTHER = "up", "down", "inside", "other"
GATEWAY = "gateway"
SETTLE = 180.0  # seconds from a router's first answer to its line: start, then PPPoE or DHCP again
Span = tuple[float, float]  # Unix seconds, the end not included


def is_other(window: Window) -> bool:
    """Taken over Wi-Fi or by a way out that is not the school's usual one, as the box itself labels it."""
    labels = window["labels"]
    return bool(labels.get("medium") == "wifi" or labels.get("way") == "spare")


def states(windows: Iterable[Window], start: float, end: float) -> Iterator[tuple[float, float, str]]:
    """(from, to, kind) of the time between ``start`` and ``end`` that was measured, in order.

    Windows may overlap (short ones while something is wrong); each second counts once, by the window that began first.
    """
    covered, settled = start, start
    for (first, past), kind in sorted(_kinds(list(windows)).items()):
        at, past = max(first, covered), min(past, end)
        if at >= past:
            continue
        covered = past
        if kind == DOWN and at < settled:
            yield at, min(past, settled), INSIDE
            at = min(past, settled)
        settled = past + SETTLE if kind == INSIDE else settled if kind == DOWN else start
        if at < past:
            yield at, past, kind


def _kinds(windows: list[Window]) -> dict[Span, str]:
    by_span: dict[Span, list[Window]] = {}
    for window in speaking(windows):
        by_span.setdefault(_span(window), []).append(window)
    near, mute = _gateways(windows, by_span)
    return {
        span: _kind(some, is_gone=all(_is_gone(window, near, mute) for window in some))
        for span, some in by_span.items()
    }


def _kind(windows: list[Window], *, is_gone: bool) -> str:
    own = [window for window in windows if not is_other(window)]
    if any(window["lost"] < window["count"] for window in own):
        return UP
    if len(own) < len(windows):
        return OTHER
    return INSIDE if is_gone else DOWN


Near = dict[str, dict[Span, bool]]  # box -> time -> whether its gateway answered


def _gateways(windows: list[Window], line: dict[Span, list[Window]]) -> tuple[Near, set[str]]:
    """What the boxes saw of their gateways, and the boxes whose gateway is mute: it never answers while what lies
    behind it does (it ignores pings), so that its silence says nothing."""
    near: Near = {}
    for window in windows:
        if _is_gateway(window):
            of_box, span = near.setdefault(window.get("agent", ""), {}), _span(window)
            of_box[span] = of_box.get(span, False) or window["lost"] < window["count"]
    reached = {window.get("agent", "") for some in line.values() for window in some if window["lost"] < window["count"]}
    return near, {box for box in reached if not any(near.get(box, {}).values())}


def _is_gone(window: Window, near: Near, mute: set[str]) -> bool:
    """Whether the box had no gateway then: it asked one in vain, or had none to ask (no cable, no address). Of a box
    that never tells of its gateway nothing is known."""
    box = window.get("agent", "")
    seen = near.get(box, {}).get(_span(window))
    return box in near and (seen is None or (not seen and box not in mute))


def _is_gateway(window: Window) -> bool:
    return bool(
        window["name"] == "rtt_seconds" and window["count"] > 0 and window["labels"].get("target", "") == GATEWAY
    )


def _span(window: Window) -> Span:
    return window["at"], window["at"] + window["seconds"]
