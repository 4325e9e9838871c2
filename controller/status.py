"""Writes the status of schools to ``latest`` by the controller's clock; a change is also a row of ``event``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, insert, select, update

from controller.admission_data import default_calendar
from controller.store import make_latest, table_of
from controller.tables import Agent, Event, Latest, School
from monitoring.calendar import effective, is_expected_off
from monitoring.status import Facts, judge, silent_after

DOWN_SINCE_BEAT = ("silent", "expected-off")  # began with the last sign of life, not when we noticed


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
    listened for long enough ourselves: after our own outage the schools are not at fault.
    """
    changes, events, fresh = [], [], []
    default = default_calendar(connection)
    for row in _rows(connection, heard, schools):
        facts = Facts(
            now=now,
            has_box=row["boxes"] > 0,
            last_seen=row["seen"],
            beat_every=beat_every,
            is_expected_off=_is_late(row["seen"], now, beat_every)
            and is_expected_off(effective(row["calendar"], default), now, zone),
            states=row["states"] or {},
            windows=row["windows"] or (),
        )
        verdict = judge(facts)
        if row["status"] == verdict.status and row["status_reason"] == verdict.reason:
            continue
        if verdict.status in DOWN_SINCE_BEAT and now - listening_since < silent_after(beat_every) and row["seen"]:
            continue
        since = facts.last_seen if verdict.status in DOWN_SINCE_BEAT and facts.last_seen else now
        if row["status"] == verdict.status:
            since = row["status_since"] or since  # only the reason changed
        changes.append({"b_id": row["id"], "b_status": verdict.status, "b_reason": verdict.reason, "b_since": since})
        if row["status"] is None:
            fresh.append(row["id"])
        elif row["status"] != verdict.status:
            events.append(_event(row["id"], since, now, row["status"], verdict.status, verdict.reason))
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


def _is_late(seen: float | None, now: float, beat_every: float) -> bool:
    """Only then does the calendar matter, and it need not be asked for every school every few seconds."""
    return seen is not None and now - seen > silent_after(beat_every)


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
