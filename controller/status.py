"""Writes the status of schools to ``latest`` by the controller's clock; a change is also a row of ``event``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, insert, select, update

from controller import our_side, planned
from controller.store import make_latest, table_of
from controller.tables import Agent, Event, Latest, School
from monitoring.calendar import is_expected_off
from monitoring.status import HEARD, Facts, Standing, follow, silent_after


def refresh(
    connection: Connection,
    *,
    now: float,
    beat_every: float,
    zone: ZoneInfo,
    heard: Mapping[str, float],
    listening_since: float = 0.0,
    schools: Collection[int] | None = None,
) -> dict[int, str]:
    """Judge ``schools`` (None: all) and write what changed; the new status of each school that changed.

    ``heard`` has the newest signs of life in this process's memory, by box. Nobody is called silent before we have
    listened for long enough ourselves, nor while most vanish together or our own line is down: then the schools are
    not at fault.
    """
    changes, events, fresh = [], [], []
    rows = _rows(connection, heard, schools)
    off = {row["id"]: is_expected_off(row["calendar"], now, zone) for row in rows if row["boxes"]}
    ages = [now - row["seen"] for row in rows if row["seen"] and row["status"] in HEARD and not off[row["id"]]]
    if schools is None and now - listening_since >= silent_after(beat_every):
        side = our_side.look(connection, ages, beat_every, now)
    else:
        side = our_side.read(connection)
    works = planned.schools(connection, now)
    is_deaf = now - listening_since < silent_after(beat_every)
    for row in rows:
        facts = Facts(
            now=now,
            has_box=row["boxes"] > 0,
            last_seen=row["seen"],
            beat_every=beat_every,
            is_expected_off=off.get(row["id"], False),
            is_planned=row["id"] in works,
            states=row["states"] or {},
            windows=row["windows"] or (),
        )
        before = Standing(row["status"], row["status_reason"], row["status_since"]) if row["status"] else None
        after = follow(before, facts, is_held=side.is_held(now), is_deaf=is_deaf)
        if after is None:
            continue
        since = after.since if after.since is not None else now
        changes.append({"b_id": row["id"], "b_status": after.status, "b_reason": after.reason, "b_since": since})
        if before is None:
            fresh.append(row["id"])
        elif before.status != after.status:
            events.append(_event(row["id"], since, now, before.status, after.status, after.reason))
    make_latest(connection, fresh)
    if changes:
        table = table_of(Latest)
        values = {"status": "b_status", "status_reason": "b_reason", "status_since": "b_since"}
        statement = update(table).where(table.c.school_id == bindparam("b_id"))
        statement = statement.values({name: bindparam(bound) for name, bound in values.items()})
        connection.execute(statement, sorted(changes, key=lambda change: change["b_id"]))  # as the ingest locks them
    if events:
        connection.execute(insert(table_of(Event)), events)
    return {change["b_id"]: change["b_status"] for change in changes}


def _rows(connection: Connection, heard: Mapping[str, float], schools: Collection[int] | None) -> list[dict[str, Any]]:
    school, agent, latest = table_of(School), table_of(Agent), table_of(Latest)
    statement = (
        select(
            school.c.id,
            school.c.calendar,
            latest.c.status,
            latest.c.status_reason,
            latest.c.status_since,
            latest.c.states,
            latest.c.windows,
        )
        .outerjoin(latest, latest.c.school_id == school.c.id)
        .where(school.c.is_sample.is_(False))  # a sample has no boxes; its statuses were written with it
    )
    boxes = select(agent.c.school_id, agent.c.id, agent.c.last_beat_at).where(agent.c.state == "accepted")
    if schools is not None:
        statement = statement.where(school.c.id.in_(sorted(schools)))
        boxes = boxes.where(agent.c.school_id.in_(sorted(schools)))
    seen: dict[int, list[float]] = {}
    for box in connection.execute(boxes):
        seen.setdefault(box.school_id, []).append(max(box.last_beat_at or 0.0, heard.get(box.id, 0.0)))
    return [
        {**row, "boxes": len(seen.get(row["id"], ())), "seen": max(seen.get(row["id"], ()), default=None) or None}
        for row in connection.execute(statement).mappings()
    ]


def _event(school_id: int, at: float, now: float, before: str, after: str, reason: str) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "agent_id": "",
        "at": at,
        "seen_at": now,
        "kind": "school",
        "subject": "school",
        "before": before,
        "after": after,
        "detail": reason,
        "facts": {},
    }


def counts(connection: Connection) -> dict[str, int]:
    """How many schools have each status; those never judged count as without a box."""
    school, latest = table_of(School), table_of(Latest)
    status = func.coalesce(latest.c.status, "no-box")
    query = select(status, func.count()).select_from(school).outerjoin(latest, latest.c.school_id == school.c.id)
    return {row[0]: row[1] for row in connection.execute(query.group_by(status))}
