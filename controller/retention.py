"""Days rolled up from hours, and old rows removed, in small chunks while everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, or_, select, tuple_, update

from controller.bulk import insert_rows, replacing
from controller.config import Settings
from controller.incidents import old as old_incidents
from controller.migrations import partitions
from controller.plan import marks as marks_of_months
from controller.store import table_of
from controller.tables import Day, Device, Event, Hour, Measurement, Readmission, Rejected, SealedBatch, StaleDay
from monitoring.days import Test, bounds, day_of, roll_up

CHUNK = 500
DAY = 86_400.0
DEVICE_DAYS = 180  # a device that nobody named and no sweep saw for that long
PRIVATE_DAYS = 1  # one with an address that it made up: somebody's telephone has no history here
READMISSION_DAYS = 30  # a restored controller knows a box by its old token for that long
DAY_KEY = ("school_id", "day")
DAY_CHANGES = replacing(DAY_KEY, (name for name in Day.model_fields if name not in DAY_KEY))
LATE_HOUR = 3600.0


def roll_up_days(engine: Engine, settings: Settings, now: float, with_today: bool = True) -> int:
    """Roll up every day that got something new; how many. Today is left out unless asked for."""
    today, done = day_of(now, settings.zone), 0
    while True:
        with engine.begin() as connection:
            marks = _take_marks(connection, None if with_today else today)
            rows = [_day(connection, settings, school, day, now) for school, day in marks]
            insert_rows(connection, table_of(Day), tuple(Day.model_fields), rows, DAY_CHANGES)
            marks_of_months.days_changed(connection, marks, today)
        done += len(marks)
        if len(marks) < CHUNK:
            return done


def _take_marks(connection: Connection, but: str | None) -> list[tuple[int, str]]:
    """Some marked days, their marks taken away within this transaction."""
    table = table_of(StaleDay)
    query = select(table.c.school_id, table.c.day).order_by(table.c.day, table.c.school_id).limit(CHUNK)
    if but is not None:
        query = query.where(table.c.day != but)
    marks = [(row.school_id, row.day) for row in connection.execute(query.with_for_update(skip_locked=True))]
    if marks:
        connection.execute(delete(table).where(tuple_(table.c.school_id, table.c.day).in_(marks)))
    return marks


def _day(connection: Connection, settings: Settings, school: int, day: str, now: float) -> dict[str, object]:
    hour, measurement = table_of(Hour), table_of(Measurement)
    start, end = bounds(day, settings.zone)
    hours = connection.scalars(
        select(hour.c.windows).where(
            hour.c.school_id == school, hour.c.hour_at > start - LATE_HOUR, hour.c.hour_at < end
        )
    )
    windows = [window for one in hours for window in one]
    query = select(measurement.c.is_valid, measurement.c.down_bps, measurement.c.up_bps).where(
        measurement.c.school_id == school,
        measurement.c.probe == "speed",
        measurement.c.scope != "loopback",
        measurement.c.outcome != "skipped",
        # light measurements have no rates, and are none of the day's tests
        or_(measurement.c.outcome != "ok", measurement.c.down_bps.is_not(None), measurement.c.up_bps.is_not(None)),
        measurement.c.at >= start,
        measurement.c.at < end,
    )
    tests = [Test(*row) for row in connection.execute(query)]
    return {"school_id": school, "day": day, **roll_up(windows, tests, start, end, now)}


def remove_old(engine: Engine, settings: Settings, now: float) -> dict[str, int]:
    """Remove what is older than its retention; rows removed by table. Each chunk is its own short transaction."""
    removed: dict[str, int] = {}
    for table, condition in _old(settings, now):
        removed[table.name] = removed.get(table.name, 0) + _remove(engine, table, condition)
    removed["envelopes"] = _empty_envelopes(engine, now - settings.hour_retention_days * DAY)
    removed["incident"] = old_incidents.remove_old(engine, now - settings.incident_retention_days * DAY)
    with engine.begin() as connection:
        partitions.drop_before(connection, now - settings.hour_retention_days * DAY)
    return removed


def _old(settings: Settings, now: float) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    hours, sealed, days = (
        now - kept * DAY
        for kept in (settings.hour_retention_days, settings.sealed_retention_days, settings.day_retention_days)
    )
    hour, measurement, event = table_of(Hour), table_of(Measurement), table_of(Event)
    yield hour, hour.c.hour_at < hours
    yield (
        measurement,
        or_(measurement.c.at < days, and_(measurement.c.at < hours, measurement.c.probe != "speed")),
    )
    yield event, or_(event.c.at < days, and_(event.c.at < sealed, event.c.kind == "raw"))
    yield table_of(Rejected), table_of(Rejected).c.at < sealed
    yield table_of(SealedBatch), table_of(SealedBatch).c.received_at < sealed
    yield table_of(Readmission), table_of(Readmission).c.at < now - READMISSION_DAYS * DAY
    device = table_of(Device)
    nobodys = and_(device.c.name == "", device.c.room_id.is_(None))  # no person said anything of it
    yield device, and_(nobodys, device.c.last_seen < now - DEVICE_DAYS * DAY)
    yield device, and_(device.c.is_private_mac, nobodys, device.c.last_seen < now - PRIVATE_DAYS * DAY)
    yield table_of(Day), table_of(Day).c.day < day_of(days, settings.zone)


def _remove(engine: Engine, table: Table, condition: ColumnElement[bool]) -> int:
    keys = list(table.primary_key.columns)
    removed = 0
    while True:
        with engine.begin() as connection:
            found = [tuple(row) for row in connection.execute(select(*keys).where(condition).limit(CHUNK))]
            if found:
                connection.execute(delete(table).where(tuple_(*keys).in_(found)))
        removed += len(found)
        if len(found) < CHUNK:
            return removed


def _empty_envelopes(engine: Engine, oldest: float) -> int:
    """Envelopes that hold windows alone and are cited by nothing: the row stays, so that a copy is still known."""
    table = table_of(SealedBatch)
    query = (
        select(table.c.agent_id, table.c.seq)
        .where(table.c.received_at < oldest, table.c.is_evidence.is_(False), table.c.envelope != b"")
        .limit(CHUNK)
    )
    emptied = 0
    while True:
        with engine.begin() as connection:
            found = [(row.agent_id, row.seq) for row in connection.execute(query)]
            if found:
                key = tuple_(table.c.agent_id, table.c.seq)
                connection.execute(update(table).where(key.in_(found)).values(envelope=b""))
        emptied += len(found)
        if len(found) < CHUNK:
            return emptied
