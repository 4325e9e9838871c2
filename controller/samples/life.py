"""What happened at an invented school: spans in which something was wrong, and how it stands at the end. Pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from controller.samples.plan import Plan

DAY = 86_400
MINUTE = 60
MEAN_BETWEEN = 9 * DAY  # seconds between two troubles of one school
KINDS, WEIGHTS = ("internet", "dead", "gateway", "lossy"), (55, 30, 8, 7)
REASONS = {"internet": ("down", "internet"), "gateway": ("down", "gateway"), "lossy": ("degraded", "loss")}
REASONS |= {"dead": ("silent", "no-beat"), "off": ("expected-off", "calendar")}


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end`` (whole minutes, Unix seconds) something was not as it should be.

    Kinds: "internet" (only the school's own gateway answers), "gateway" (nothing answers), "lossy" (many tries are
    lost), "dead" (the box says nothing), "off" (nor is it expected to).
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    joined: int
    spans: tuple[Span, ...]  # in order, none overlaps another
    status: str
    reason: str
    since: int
    calendar: dict[str, Any]


def live(plan: Plan, start: int, now: int, zone: ZoneInfo) -> Life:
    """The life of a school from ``start`` to ``now``, both on whole quarters of an hour."""
    draw = plan.chance("life")
    joined = start if plan.is_pilot or draw.random() < 0.8 else start + _minutes(draw.uniform(0, (now - start) * 0.7))
    if not plan.has_box:
        return Life(joined=now, spans=(), status="no-box", reason="", since=now, calendar=plan.calendar)
    calendar = dict(plan.calendar)
    fixed: list[Span] = list(_nights(joined, now, zone)) if plan.nights_off else []
    if plan.fate == "holiday":
        first = dt.datetime.fromtimestamp(now, zone).date() - dt.timedelta(days=draw.randrange(3))
        begin = int(dt.datetime.combine(first, dt.time(), zone).timestamp())
        calendar["holidays"] = [[first.isoformat(), (first + dt.timedelta(days=6)).isoformat()]]
        fixed = [Span(max(begin, joined), now, "off")]
    last = _last(plan, joined, now)
    if last is not None:
        fixed.append(last)
    spans = sorted([*fixed, *_troubles(plan, joined, now, fixed)], key=lambda span: span.start)
    status, reason, since = "up", "", joined
    if spans and spans[-1].end >= now:
        status, reason = REASONS[spans[-1].kind]
        since = spans[-1].start
    elif spans:
        since = spans[-1].end
    return Life(joined=joined, spans=tuple(spans), status=status, reason=reason, since=since, calendar=calendar)


def _minutes(seconds: float) -> int:
    return int(seconds) // MINUTE * MINUTE


def _last(plan: Plan, joined: int, now: int) -> Span | None:
    """The trouble that goes on at the end."""
    draw = plan.chance("last")
    kind = {"down": draw.choice(("internet", "internet", "gateway")), "silent": "dead", "degraded": "lossy"}.get(
        plan.fate
    )
    if kind is None:
        return None
    ago = math.exp(draw.uniform(math.log(600), math.log(6 * DAY)))
    return Span(max(joined, now - _minutes(ago)), now, kind)


def _nights(start: int, now: int, zone: ZoneInfo) -> Iterator[Span]:
    """Nights and Sundays, from 18:00 to 6:00, when the box is switched off with the lights."""
    day = dt.datetime.fromtimestamp(start, zone).date() - dt.timedelta(days=1)
    closed: int | None = None
    while True:
        if day.weekday() != 6:
            opens = int(dt.datetime.combine(day, dt.time(6), zone).timestamp())
            if closed is not None and opens > start:
                yield Span(max(closed, start), min(opens, now), "off")
            if opens >= now:
                return
            closed = int(dt.datetime.combine(day, dt.time(18), zone).timestamp())
            if closed >= now:
                return
        day += dt.timedelta(days=1)


def _troubles(plan: Plan, start: int, now: int, taken: list[Span]) -> Iterator[Span]:
    draw = plan.chance("troubles")
    at = start + draw.expovariate(1 / MEAN_BETWEEN)
    while at < now - 1800:
        begin = _minutes(at)
        seconds = min(max(draw.lognormvariate(math.log(1500), 1.1), 120), 8 * 3600)
        end = min(begin + _minutes(seconds), now - 900)
        kind = draw.choices(KINDS, WEIGHTS)[0]
        if end > begin and all(end + 600 < span.start or span.end + 600 < begin for span in taken):
            yield Span(begin, end, kind)
        at = end + 1200 + draw.expovariate(1 / MEAN_BETWEEN)
