"""The province at a glance: what changed since yesterday evening, how many schools are how, the worst first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from controller.scope import Scope
from controller.tables import Commune, Event, Latest, School
from controller.web.read.kept import SPEEDS, kept_json
from controller.web.read.medians import median_of

TROUBLE = ("down", "silent")  # nobody at the school gets through
WELL = ("up", "degraded")
WORST = ("down", "silent", "degraded")
EVENING = 17  # o'clock
SHOWN = 4  # of each part of the news
FRESH = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One school in one of the lists."""

    code: str
    name: str
    commune: str
    status: str
    reason: str
    since: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some schools by name, and how many there are in all."""

    total: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    since: float
    new: Part
    recovered: Part
    still: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Medians over the schools that had a valid test over the network in the last 24 hours."""

    schools: int
    down_bps: float | None
    up_bps: float | None
    rtt_schools: int
    rtt: float | None


def yesterday_evening(now: float, zone: ZoneInfo) -> float:
    """17:00 of the day before, in the province."""
    day = dt.datetime.fromtimestamp(now, zone).date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(EVENING), zone).timestamp()


def lines(scope: Scope, *conditions: Any) -> Any:
    """A statement of schools that enter the indicators, as lines."""
    shown: Any = (
        School.code, School.name, Commune.name, Latest.status, Latest.status_reason, Latest.status_since
    )  # fmt: skip
    statement: Any = (
        select(*shown)
        .select_from(School)
        .join(Latest, col(Latest.school_id) == School.id)
        .join(Commune, col(Commune.code) == School.commune_code)
        .where(col(School.is_demo).is_(False), *conditions)
    )
    return scope.schools(statement)


def shown(session: Session, statement: Any, limit: int) -> list[Line]:
    rows = session.execute(statement.limit(limit))
    return [
        Line(code=code, name=name, commune=commune, status=status, reason=reason, since=since)
        for code, name, commune, status, reason, since in rows
    ]


def part(session: Session, statement: Any, order: Any) -> Part:
    total = session.execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    return Part(total=total, lines=shown(session, statement.order_by(order, School.id), SHOWN) if total else [])


def news(session: Session, scope: Scope, since: float) -> News:
    """New: lost since then and still lost. Recovered: was lost at some time since then and is not any more."""
    status, began = col(Latest.status), func.coalesce(Latest.status_since, 0.0)
    lost = status.in_(TROUBLE)
    came_back = select(Event.school_id).where(Event.kind == "school", Event.at >= since, col(Event.before).in_(TROUBLE))
    return News(
        since=since,
        new=part(session, lines(scope, lost, began >= since), col(Latest.status_since).desc()),
        recovered=part(
            session,
            lines(scope, status.in_(WELL), col(Latest.school_id).in_(came_back)),
            col(Latest.status_since).desc(),
        ),
        still=part(session, lines(scope, lost, began < since), col(Latest.status_since)),
    )


def worst(session: Session, scope: Scope, limit: int) -> list[Line]:
    """Down, then silent, then degraded; within each the longest first."""
    rank = case({name: place for place, name in enumerate(WORST)}, value=col(Latest.status), else_=len(WORST))
    statement = lines(scope, col(Latest.status).in_(WORST))
    return shown(session, statement.order_by(rank, col(Latest.status_since), School.id), limit)


def speeds(session: Session, scope: Scope, now: float) -> Speeds:
    """Those kept a minute ago at most, for who sees all of many schools."""
    ready = kept_json(session, scope, SPEEDS, now)
    return speeds_now(session, scope, now) if ready is None else Speeds(**ready)


def speeds_now(session: Session, scope: Scope, now: float) -> Speeds:
    """One column at a time, only rows that have it: that is what stays fast over tens of thousands of schools."""
    statement: Any = (
        select(Latest).join(School, col(School.id) == Latest.school_id).where(col(School.is_demo).is_(False))
    )
    here = scope.schools(statement)
    fresh = here.where(col(Latest.speed_scope) != "loopback", col(Latest.speed_at) >= now - FRESH)
    down, up = median_of(session, fresh, col(Latest.down_bps)), median_of(session, fresh, col(Latest.up_bps))
    rtt = median_of(session, here.where(col(Latest.status).in_(WELL)), col(Latest.rtt))
    return Speeds(
        schools=down.n if down else 0,
        down_bps=down.median if down else None,
        up_bps=up.median if up else None,
        rtt_schools=rtt.n if rtt else 0,
        rtt=rtt.median if rtt else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """How many schools have a status, of how many: those with a box, or all for "without a box yet"."""

    status: str
    count: int
    whole: int


def tiles(by_status: Mapping[str, int], schools: int, with_box: int) -> list[Tile]:
    return [
        Tile(status=status, count=count, whole=schools if status == "no-box" else with_box)
        for status, count in by_status.items()
    ]
