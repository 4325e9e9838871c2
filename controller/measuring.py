"""When a school is measured next, how, why, and what its month has left: for pages and the API. And a person's wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, select

from controller import admission_data as data
from controller.bulk import insert_rows, replacing
from controller.config import Settings
from controller.db import one_at_a_time
from controller.records import Row
from controller.scope import key_of
from controller.store import table_of
from controller.tables import Agent, Measurement, MeasurePlan, School
from monitoring.ladder import choose

RECENT = 1_800.0  # seconds: a test this young still says how the line is
ASKED = replacing(("agent_id",), ("asked_at", "asked_by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """One school. ``mode`` and ``reason`` are those of the next test: decided when it has its place, else foretold."""

    has_box: bool
    next_at: float | None
    is_booked: bool
    mode: str
    reason: str
    used: int  # bytes this month, with those that are granted
    budget: int
    asked_at: float | None
    asked_by: str
    backhaul: str


def read(session: Session, school: School, settings: Settings, now: float) -> Measuring:
    connection = session.connection()
    rules, default = data.stored(connection)
    key, month = key_of(school), data.month_of(now, settings.zone)
    place = data.places(connection, [key], rules, default, month)[key]
    boxes = list(session.exec(select(Agent.id).where(Agent.school_id == key, Agent.state == "accepted")))
    plans = sorted(data.plans(connection, boxes).values(), key=_soonest)
    used = place.spent + sum(plan["bytes"] for plan in plans if plan["until"] > now)
    plan: Mapping[str, Any] = plans[0] if plans else MeasurePlan(agent_id="", school_id=key).model_dump()
    is_booked = plan["start"] is not None and plan["start"] > now
    next_at = plan["start"] if is_booked else plan["next_at"]
    mode, reason = plan["mode"], plan["reason"]
    if not is_booked and next_at is not None:
        rung = choose(data.known(place, plan, used, max(next_at, now), settings.zone))
        mode, reason = rung.mode, rung.reason
    return Measuring(
        has_box=bool(boxes),
        next_at=next_at,
        is_booked=is_booked,
        mode=mode,
        reason=reason,
        used=used,
        budget=place.budget,
        asked_at=plan["asked_at"],
        asked_by=plan["asked_by"],
        backhaul=place.backhaul,
    )


def _soonest(plan: Row) -> float:
    return plan["next_at"] if plan["next_at"] is not None else float("inf")


def ask(session: Session, school: School, by: str, now: float) -> list[str]:
    """Remember that a person wants this school measured; its boxes, which should be woken. The caller commits."""
    connection, key = session.connection(), key_of(school)
    one_at_a_time(connection, data.LOCK)
    found = boxes(session, school)
    fresh = MeasurePlan(agent_id="", school_id=key).model_dump()
    rows = [{**fresh, "agent_id": box, "asked_at": now, "asked_by": by} for box in found]
    insert_rows(connection, table_of(MeasurePlan), tuple(fresh), rows, ASKED)
    return found


def boxes(session: Session, school: School) -> list[str]:
    """Those of the school that are accepted."""
    agent = table_of(Agent)
    mine = and_(agent.c.school_id == key_of(school), agent.c.state == "accepted")
    return sorted(session.connection().scalars(sql_select(agent.c.id).where(mine)))


def is_recent(session: Session, school: School, now: float) -> bool:
    """Whether a test of this school ran, runs or was asked for within ``RECENT``: another would tell nothing more."""
    connection, key, since = session.connection(), key_of(school), now - RECENT
    plan, test = table_of(MeasurePlan), table_of(Measurement)
    wanted = or_(plan.c.asked_at > since, and_(plan.c.start > since, plan.c.start <= now))
    ran = and_(test.c.school_id == key, test.c.probe == "speed", test.c.at > since, test.c.outcome != "skipped")
    queries = (
        sql_select(plan.c.agent_id).where(plan.c.school_id == key, wanted),
        sql_select(test.c.id).where(ran, test.c.scope != "loopback"),
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in queries)
