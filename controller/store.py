"""Writes the rows of one group of exchanges inside one transaction: few statements, each for many rows.

Rows of schools are locked in the order of their ids first, so that several replicas never wait for each other in a ring
and two boxes of one school never overwrite each other's windows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from controller.macs import is_private, vendor_of
from controller.records import InventoryChange, Row, Rows, Source, later_states
from controller.tables import (
    Agent,
    Device,
    Event,
    Hour,
    InventorySnapshot,
    Latest,
    Measurement,
    Rejected,
    School,
    SealedBatch,
    StaleDay,
)
from monitoring.days import day_of
from monitoring.windows import figures, merge, newest


def table_of(model: Any) -> Table:
    """The table behind a SQLModel class."""
    table: Table = model.__table__
    return table


def upsert(connection: Connection, table: Table, rows: Sequence[Row], change: Sequence[str]) -> None:
    """Insert, or where the primary key (or for devices school and MAC) is known, set the columns in ``change``."""
    if not rows:
        return
    keys = ["school_id", "mac"] if table.name == "device" else [column.name for column in table.primary_key]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    if change:
        changes = {name: statement.excluded[name] for name in change}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement, rows)


def load_boxes(connection: Connection, agents: Iterable[str]) -> dict[str, Row]:
    """The boxes with what their schools say, locked against other writers where the database can."""
    agent, school, latest = table_of(Agent), table_of(School), table_of(Latest)
    statement = (
        select(
            agent,
            school.c.code.label("school_code"),
            school.c.name.label("school_name"),
            school.c.is_demo,
            school.c.updated_at.label("school_updated_at"),
            latest.c.speed_at,
        )
        .join(school, school.c.id == agent.c.school_id)
        .outerjoin(latest, latest.c.school_id == agent.c.school_id)
        .where(agent.c.id.in_(sorted(agents)))
        .order_by(agent.c.id)
        .with_for_update(of=agent)
    )
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


def update_boxes(connection: Connection, updates: Mapping[str, Row]) -> None:
    """Set the given columns; boxes that change the same columns go in one statement."""
    table = table_of(Agent)
    groups: dict[tuple[str, ...], list[Row]] = {}
    for agent, values in sorted(updates.items()):
        if values:
            row = {"b_id": agent, **{f"b_{name}": value for name, value in values.items()}}
            groups.setdefault(tuple(values), []).append(row)
    for names, rows in groups.items():
        values = {name: bindparam(f"b_{name}") for name in names}
        connection.execute(update(table).where(table.c.id == bindparam("b_id")).values(values), rows)


def write(connection: Connection, rows: Rows, now: float, zone: ZoneInfo) -> set[str]:
    """Write everything; ids of boxes that should send a full inventory."""
    stale = {(school, day_of(at, zone)) for school, at in rows.stale}
    upsert(connection, table_of(StaleDay), [{"school_id": school, "day": day} for school, day in sorted(stale)], [])
    _write_latest(connection, rows)
    _write_hours(connection, rows)
    incomplete = _write_inventories(connection, rows, now)
    upsert(connection, table_of(SealedBatch), rows.sealed, [])
    upsert(connection, table_of(Measurement), rows.measurements, [])
    for model, some in ((Event, rows.events), (Rejected, rows.rejected)):
        if some:
            connection.execute(insert(table_of(model)), some)
    devices = [
        {**row, "vendor": vendor_of(row["mac"]), "is_private_mac": is_private(row["mac"])}
        for _, row in sorted(rows.devices.items())
    ]
    upsert(connection, table_of(Device), devices, ["ip", "name", "vendor", "is_private_mac", "last_seen", "facts"])
    return incomplete


def _write_latest(connection: Connection, rows: Rows) -> None:
    if not rows.latest:
        return
    table, ids = table_of(Latest), sorted(rows.latest)
    columns = (table.c.school_id, table.c.at, table.c.windows, table.c.states, table.c.speed_at)
    query = select(*columns).where(table.c.school_id.in_(ids)).order_by(table.c.school_id).with_for_update()
    kept = {row.school_id: row for row in connection.execute(query)}
    missing = [{"school_id": school, "windows": [], "states": {}} for school in ids if school not in kept]
    if missing:
        upsert(connection, table, missing, [])
        kept = {row.school_id: row for row in connection.execute(query)}
    changes, speeds = [], []
    for school, patch in sorted(rows.latest.items()):
        row = kept[school]
        windows = newest(row.windows, patch["windows"])
        rtt, loss = figures(windows)
        changes.append(
            {
                "b_id": school,
                "b_at": max(row.at, patch["at"]),
                "b_windows": windows,
                "b_states": later_states(row.states, patch["states"]),
                "b_rtt": rtt,
                "b_loss": loss,
            }
        )
        speed = patch["speed"]
        if speed and (row.speed_at is None or speed["at"] >= row.speed_at):
            speeds.append(
                {f"b_{name}": speed[name] for name in ("down_bps", "up_bps", "scope", "at")} | {"b_id": school}
            )
    where = update(table).where(table.c.school_id == bindparam("b_id"))
    values = {"at": "b_at", "windows": "b_windows", "states": "b_states", "rtt": "b_rtt", "loss_ratio": "b_loss"}
    connection.execute(where.values({name: bindparam(bound) for name, bound in values.items()}), changes)
    if speeds:
        values = {"down_bps": "b_down_bps", "up_bps": "b_up_bps", "speed_scope": "b_scope", "speed_at": "b_at"}
        connection.execute(where.values({name: bindparam(bound) for name, bound in values.items()}), speeds)


def _write_hours(connection: Connection, rows: Rows) -> None:
    """Lay new windows over each school's hour. The schools are locked through their row in ``latest``."""
    table = table_of(Hour)
    schools: dict[int, list[int]] = {}
    for school, hour in rows.hours:
        schools.setdefault(hour, []).append(school)
    kept: dict[tuple[int, int], list[Row]] = {}
    for hour, ids in schools.items():
        query = select(table).where(table.c.hour_at == hour, table.c.school_id.in_(sorted(ids)))
        kept.update({(row.school_id, hour): row.windows for row in connection.execute(query)})
    merged = [
        {"school_id": school, "hour_at": hour, "windows": merge(kept.get((school, hour), ()), windows)}
        for (school, hour), windows in sorted(rows.hours.items())
    ]
    upsert(connection, table, merged, ["windows"])


def _write_inventories(connection: Connection, rows: Rows, now: float) -> set[str]:
    """Lay inventories over what is known; boxes whose differences do not fit are asked for a full one."""
    if not rows.inventories:
        return set()
    table, incomplete = table_of(InventorySnapshot), set()
    query = select(table).where(table.c.agent_id.in_(sorted(agent for agent, _ in rows.inventories)))
    kept = {row["agent_id"]: dict(row) for row in connection.execute(query).mappings()}
    for (agent, school), changes in sorted(rows.inventories.items()):
        source = Source(agent=agent, school_id=school, now=now, oldest_window=0.0, oldest_record=0.0)
        for change in changes:
            snapshot = kept.get(agent)
            laid = _lay(snapshot, change)
            if laid is None:
                incomplete.add(agent)
                continue
            incomplete.discard(agent)
            if snapshot is None or snapshot["digest"] != change.body.digest:
                names = sorted({*change.sections, *change.body.removed} if not change.body.full else change.sections)
                facts = {"full": change.body.full, "sections": names, "removed": change.body.removed}
                rows.event(
                    source, change.at, "inventory", f"agent:{agent}", seq=change.seq, item=change.item, facts=facts
                )
            kept[agent] = {
                "agent_id": agent,
                "school_id": school,
                "at": change.at,
                "digest": change.body.digest,
                "sections": laid,
            }
    touched = [kept[agent] for agent, _ in sorted(rows.inventories) if agent in kept]
    upsert(connection, table, touched, ["school_id", "at", "digest", "sections"])
    return incomplete


def _lay(snapshot: Row | None, change: InventoryChange) -> Row | None:
    """The sections after ``change``; None when it is a difference to something that we do not hold."""
    if change.body.full:
        return dict(change.sections)
    if snapshot is None or snapshot["digest"] != change.body.base:
        return None
    sections = {**snapshot["sections"], **change.sections}
    for name in change.body.removed:
        sections.pop(name, None)
    return sections if inventory_digest(sections) == change.body.digest else None


def inventory_digest(sections: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON, as the box makes it."""
    text = json.dumps(sections, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
