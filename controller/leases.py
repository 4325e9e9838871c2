"""Leases: of many processes one does a piece of work, claimed by a conditional UPDATE of its row."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from controller.bulk import insert_rows
from controller.store import SKIP, table_of
from controller.tables import Lease


def claim(connection: Connection, name: str, holder: str, now: float, seconds: float) -> bool:
    """Take the lease ``name`` until ``now + seconds``, when it is free or ours. Of many callers one gets it."""
    table = table_of(Lease)
    statement = (
        update(table)
        .where(table.c.name == name, or_(table.c.until <= now, table.c.holder == holder))
        .values(holder=holder, until=now + seconds, last_run_at=now)
    )
    if connection.execute(statement).rowcount == 1:
        return True
    insert_rows(connection, table, ("name", "holder", "until"), [{"name": name, "holder": "", "until": 0.0}], SKIP)
    return connection.execute(statement).rowcount == 1
