"""Takes the sample province out again, leaving nothing of it but the audit's row and the (real) communes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from controller import audit
from controller.plan.counts import count_all
from controller.store import table_of
from controller.tables import (
    Agent,
    Asset,
    AssetEvent,
    AssetPair,
    AssetSource,
    AssetTransfer,
    Contact,
    Day,
    Device,
    Event,
    Hour,
    Incident,
    IncidentSchool,
    IncidentStep,
    InventorySnapshot,
    JoinCode,
    Latest,
    Link,
    Measurement,
    MeasurePlan,
    MeasureSpent,
    Readmission,
    Rejected,
    RoleGrant,
    Room,
    RoomItem,
    School,
    SchoolLink,
    SchoolMonth,
    SealedBatch,
    StaleDay,
    SurveyAnswer,
)

CHUNK = 40  # schools a transaction
MAX_REWRITTEN = 200 * 1024 * 1024
log = logging.getLogger("truongnet.samples")
# What hangs on a school, before what it hangs on.
OF_SCHOOL: tuple[Any, ...] = (
    Hour, Day, SchoolMonth, StaleDay, Latest, MeasurePlan, MeasureSpent, Measurement, Event, Rejected,
    InventorySnapshot, AssetPair, AssetEvent, AssetSource, Asset, RoomItem, SchoolLink, SurveyAnswer, Device, Room,
    Link, Contact, JoinCode,
)  # fmt: skip


def count(engine: Engine) -> int:
    """How many sample schools there are."""
    school = table_of(School)
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).where(school.c.is_sample.is_(True))) or 0)


def remove(engine: Engine, *, by: str = "cli", progress: Callable[[int, int], None] | None = None) -> int:
    """Remove every sample school with all that hangs on it; how many schools. Good to repeat after a crash."""
    school = table_of(School)
    with engine.connect() as connection:
        query = select(school.c.id, school.c.code).where(school.c.is_sample.is_(True)).order_by(school.c.id)
        found = [(row.id, row.code) for row in connection.execute(query)]
    for first in range(0, len(found), CHUNK):
        with engine.begin() as connection:
            _remove(connection, found[first : first + CHUNK])
        if progress is not None:
            progress(min(first + CHUNK, len(found)), len(found))
    if found:
        with engine.begin() as connection:
            count_all(connection, time.time())
        with Session(engine) as session:
            audit.record(session, by, "samples.remove", "samples", now=time.time(), schools=len(found))
            session.commit()
        _give_back(engine)
    return len(found)


def _remove(connection: Connection, schools: list[tuple[int, str]]) -> None:
    ids, codes = [key for key, _ in schools], [code for _, code in schools]
    agent, grant = table_of(Agent), table_of(RoleGrant)
    boxes = select(agent.c.id).where(agent.c.school_id.in_(ids))
    for model in (SealedBatch, Readmission):
        table = table_of(model)
        connection.execute(delete(table).where(table.c.agent_id.in_(boxes)))
    _remove_incidents(connection, ids)
    for model in OF_SCHOOL:
        table = table_of(model)
        connection.execute(delete(table).where(table.c.school_id.in_(ids)))
    transfer = table_of(AssetTransfer)  # samples move to samples alone
    connection.execute(delete(transfer).where(transfer.c.from_id.in_(ids)))
    connection.execute(delete(agent).where(agent.c.school_id.in_(ids)))
    connection.execute(delete(grant).where(grant.c.scope_kind == "school", grant.c.scope_id.in_(codes)))
    connection.execute(delete(table_of(School)).where(table_of(School).c.id.in_(ids)))


def _remove_incidents(connection: Connection, schools: list[int]) -> None:
    """A sample's incident is of this school alone."""
    incident, part, step = table_of(Incident), table_of(IncidentSchool), table_of(IncidentStep)
    found = list(connection.scalars(select(part.c.incident_id).where(part.c.school_id.in_(schools)).distinct()))
    connection.execute(delete(step).where(step.c.incident_id.in_(found)))
    connection.execute(delete(part).where(part.c.incident_id.in_(found)))
    connection.execute(delete(incident).where(incident.c.id.in_(found)))


def _give_back(engine: Engine) -> None:
    """SQLite keeps the room that rows leave. When most of the file is empty it is written anew, which is quick then."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        free, pages, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("freelist_count", "page_count", "page_size")
        )
        if free * 2 < pages or (pages - free) * size > MAX_REWRITTEN:
            return
        try:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except OperationalError:
            log.info("the database is in use; the room stays for later rows")
