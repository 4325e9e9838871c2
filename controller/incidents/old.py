"""Removes incidents that were over long ago, with their timelines: they name people, and nobody acts on them any more.

An open incident stays, however old. An evidence file holds all that it needs itself and can be checked for ever.
"""

from __future__ import annotations

from sqlalchemy import Engine, delete, func, select

from controller.store import table_of
from controller.tables import Incident, IncidentSchool, IncidentStep

CHUNK = 100  # incidents a transaction; each may have some hundred lines


def remove_old(engine: Engine, before: float) -> int:
    """Remove what was closed before that moment; how many incidents."""
    incident, removed = table_of(Incident), 0
    # the newest stays: SQLite would give its number to the next incident, and audit and alerts name it by that number
    newest = select(func.max(incident.c.id)).scalar_subquery()
    query = (
        select(incident.c.id)
        .where(incident.c.state != "open", incident.c.closed_at < before, incident.c.id < newest)
        .order_by(incident.c.id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True)
    )
    while True:
        with engine.begin() as connection:
            found = list(connection.scalars(query))
            for part in (table_of(IncidentStep), table_of(IncidentSchool)):
                connection.execute(delete(part).where(part.c.incident_id.in_(found)))
            connection.execute(delete(incident).where(incident.c.id.in_(found)))
        removed += len(found)
        if len(found) < CHUNK:
            return removed
