"""Writes the rows of one group of exchanges inside one transaction: few statements, each for many rows.

Rows of schools are locked in the order of their ids first, so that several replicas never wait for each other in a ring
and two boxes of one school never overwrite each other's windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, select

from controller.bulk import insert_rows, replacing, update_rows
from controller.lan_devices import with_guess
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
    MeasurePlan,
    Rejected,
    School,
    SealedBatch,
    StaleDay,
)
from monitoring.days import day_of
from monitoring.windows import figures, newest


def table_of(model: Any) -> Table:
    """The table behind a SQLModel class."""
    table: Table = model.__table__
    return table


SKIP = "ON CONFLICT DO NOTHING"
SNAPSHOT_COLUMNS = ("agent_id", "school_id", "at", "digest", "sections")
DEVICE_COLUMNS = (
    "school_id",
    "mac",
    "ip",
    "name",
    "vendor",
    "is_private_mac",
    "first_seen",
    "last_seen",
    "facts",
)
# A name that a person gave stays: no sweep knows better.
DEVICE_CHANGES = replacing(("school_id", "mac"), ("ip", "vendor", "is_private_mac", "last_seen", "facts"))
BOX_COLUMNS = (
    "id",
    "school_id",
    "state",
    "reason",
    "hostname",
    "epoch",
    "next_seq",
    "ahead",
    "token",
    "previous_token",
    "roots",
    "told_roots",
    "measure_at",
    "last_exchange_at",
    "boot",
    "boot_mono",
    "boots",
    "clock_skew",
)

PLAN_COLUMNS = ("decided_at", "next_at", "until", "asked_at", "boot")  # by which it is seen whose turn is near


def load_boxes(connection: Connection, agents: Iterable[str]) -> dict[str, Row]:
    """The boxes with what their schools say, locked against other writers where the database can."""
    agent, school, latest, plan = table_of(Agent), table_of(School), table_of(Latest), table_of(MeasurePlan)
    statement = (
        select(
            *(agent.c[name] for name in BOX_COLUMNS),
            *(plan.c[name].label(f"plan_{name}") for name in PLAN_COLUMNS),
            school.c.code.label("school_code"),
            school.c.name.label("school_name"),
            school.c.is_demo,
            school.c.updated_at.label("school_updated_at"),
            latest.c.speed_at,
        )
        .join(school, school.c.id == agent.c.school_id)
        .outerjoin(latest, latest.c.school_id == agent.c.school_id)
        .outerjoin(plan, plan.c.agent_id == agent.c.id)
        .where(agent.c.id.in_(sorted(agents)))
        .order_by(agent.c.id)
        .with_for_update(of=agent)
    )
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


def update_boxes(connection: Connection, updates: Mapping[str, Row]) -> None:
    """Set the given columns; boxes that change the same columns go in one statement."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for agent, values in sorted(updates.items()):
        if values:
            groups.setdefault(tuple(values), []).append({**values, "id": agent})
    for names, rows in groups.items():
        update_rows(connection, table_of(Agent), "id", names, rows)


# One row a school and hour holds all its windows. New ones are put behind those that are there without reading them:
# the text of a JSON list loses its bracket and goes on. That is cheap, and nobody overwrites what another just added.
APPEND_WINDOWS = {
    "sqlite": "ON CONFLICT (school_id, hour_at) DO UPDATE "
    "SET windows = substr(windows, 1, length(windows) - 1) || ',' || substr(excluded.windows, 2)",
    "postgresql": "ON CONFLICT (school_id, hour_at) DO UPDATE "
    "SET windows = (left(hour.windows::text, -1) || ',' || substr(excluded.windows::text, 2))::json",
}


def write(connection: Connection, rows: Rows, now: float, zone: ZoneInfo) -> set[str]:
    """Write everything; ids of boxes that should send a full inventory."""
    _write_latest(connection, rows)
    append = APPEND_WINDOWS[connection.dialect.name]
    hours = [
        {"school_id": school, "hour_at": hour, "windows": windows}
        for (school, hour), windows in sorted(rows.hours.items())
    ]
    insert_rows(connection, table_of(Hour), ("school_id", "hour_at", "windows"), hours, append)
    stale = sorted({(school, day_of(at, zone)) for school, at in rows.stale})
    days = [{"school_id": school, "day": day} for school, day in stale]
    # Touching a mark that is there keeps it from being taken away before our commit: what we add would be missed.
    insert_rows(connection, table_of(StaleDay), ("school_id", "day"), days, replacing(("school_id", "day"), ("day",)))
    incomplete = _write_inventories(connection, rows, now)
    for table, some in (
        (table_of(SealedBatch), rows.sealed),
        (table_of(Measurement), rows.measurements),
        (table_of(Event), rows.events),
        (table_of(Rejected), rows.rejected),
    ):
        insert_rows(connection, table, tuple(some[0]) if some else (), some, SKIP)
    devices = [_named(row) for _, row in sorted(rows.devices.items())]
    insert_rows(connection, table_of(Device), DEVICE_COLUMNS, devices, DEVICE_CHANGES)
    return incomplete


def _named(row: Row) -> Row:
    vendor = vendor_of(row["mac"])
    return with_guess({**row, "vendor": vendor, "is_private_mac": is_private(row["mac"])}, vendor)


def _write_latest(connection: Connection, rows: Rows) -> None:
    if not rows.latest:
        return
    table, ids = table_of(Latest), sorted(rows.latest)
    columns = (table.c.school_id, table.c.at, table.c.windows, table.c.states, table.c.speed_at)
    query = select(*columns).where(table.c.school_id.in_(ids)).order_by(table.c.school_id).with_for_update()
    kept = {row[0]: row for row in connection.execute(query)}
    if len(kept) < len(ids):
        make_latest(connection, [school for school in ids if school not in kept])
        kept = {row[0]: row for row in connection.execute(query)}
    changes, speeds = [], []
    for school, patch in sorted(rows.latest.items()):
        _, at, windows, states, speed_at = kept[school]
        windows = newest(windows, patch["windows"])
        rtt, loss = figures(windows)
        changes.append(
            {
                "school_id": school,
                "at": max(at, patch["at"]),
                "windows": windows,
                "states": later_states(states, patch["states"]),
                "rtt": rtt,
                "loss_ratio": loss,
            }
        )
        speed = patch["speed"]
        if speed and (speed_at is None or speed["at"] >= speed_at):
            speeds.append(
                {
                    "school_id": school,
                    "down_bps": speed["down_bps"],
                    "up_bps": speed["up_bps"],
                    "speed_scope": speed["scope"],
                    "speed_at": speed["at"],
                }
            )
    for some in (changes, speeds):
        if some:
            update_rows(connection, table, "school_id", tuple(name for name in some[0] if name != "school_id"), some)


def make_latest(connection: Connection, schools: Iterable[int]) -> None:
    """Rows in ``latest`` for schools that have none yet."""
    fresh = Latest(school_id=0).model_dump()
    rows = [{**fresh, "school_id": school} for school in sorted(schools)]
    insert_rows(connection, table_of(Latest), tuple(fresh), rows, SKIP)


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
    insert_rows(connection, table, SNAPSHOT_COLUMNS, touched, replacing(["agent_id"], SNAPSHOT_COLUMNS[1:]))
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
    return sections
