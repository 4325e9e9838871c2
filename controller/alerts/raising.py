"""From what is wrong now to rows: one alert for each key, one delivery for each receiver that wants it.

Called with everything that the sources say, by one process at a time; done again it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from controller.alerts import outbox
from controller.alerts.alert import Alert, from_data
from controller.alerts.routing import wants
from controller.store import table_of
from controller.tables import AlertRoute, RaisedAlert

Row = Mapping[str, Any]


def firing(connection: Connection) -> dict[str, Row]:
    """The alerts that are raised and not over, by key."""
    table = table_of(RaisedAlert)
    rows = connection.execute(select(table).where(table.c.state == "firing")).mappings()
    return {row["key"]: dict(row) for row in rows}


def reconcile(connection: Connection, alerts: Iterable[Alert], now: float) -> None:
    """Raise what is new, follow what changed, end what is over.

    ``alerts``: everything that is wrong now, and those among :func:`firing` that the sources know to be over. One that
    is firing here and that no source speaks of any more has ended now.
    """
    kept = firing(connection)
    route = table_of(AlertRoute)
    routes = [dict(row) for row in connection.execute(select(route).where(route.c.is_active)).mappings()]
    said = {alert.key: alert for alert in alerts}
    for key, row in kept.items():
        alert = said.get(key) or replace(from_data(row["body"]), ended_at=now)
        if alert.ended_at is not None:
            _end(connection, row, alert)
            outbox.end(connection, alert, row["first"], routes, now)
        else:
            _follow(connection, row, alert)
            _tell(connection, alert, row, routes, now)
    for key, alert in said.items():
        if key not in kept and alert.ended_at is None:
            row = _raise(connection, alert, now)
            _tell(connection, alert, row, routes, now)


def _raise(connection: Connection, alert: Alert, now: float) -> Row:
    table, data = table_of(RaisedAlert), alert.as_data()
    row = {
        "key": alert.key,
        "kind": alert.kind,
        "severity": alert.severity,
        "state": "firing",
        "muted": alert.muted,
        "raised_at": now,
        "ended_at": None,
        "first": data,
        "body": data,
    }
    # A key that was over and comes again (a rogue server that is back) is a new alert under its old name.
    if connection.execute(select(table.c.key).where(table.c.key == alert.key)).first():
        connection.execute(update(table).where(table.c.key == alert.key).values(row))
        outbox.forget(connection, alert.key)
    else:
        connection.execute(insert(table), row)
    return row


def _follow(connection: Connection, row: Row, alert: Alert) -> None:
    data = alert.as_data()
    if from_data(row["body"]) == alert:
        return
    table = table_of(RaisedAlert)
    values = {"kind": alert.kind, "severity": alert.severity, "muted": alert.muted, "body": data}
    connection.execute(update(table).where(table.c.key == alert.key).values(values))
    outbox.renew(connection, alert.key, data)


def _end(connection: Connection, row: Row, alert: Alert) -> None:
    table = table_of(RaisedAlert)
    values = {"state": "ended", "ended_at": alert.ended_at, "muted": alert.muted, "body": alert.as_data()}
    connection.execute(update(table).where(table.c.key == row["key"]).values(values))


def _tell(connection: Connection, alert: Alert, row: Row, routes: Sequence[Row], now: float) -> None:
    if alert.muted:
        outbox.hush(connection, alert.key)
        return
    for route in routes:
        if wants(route, alert) and row["raised_at"] >= route["active_since"]:
            outbox.put(connection, route, alert, row["first"], now)


def remove_old(connection: Connection, before: float) -> int:
    """Alerts that were over by then; their deliveries go with :func:`outbox.remove_old`."""
    table = table_of(RaisedAlert)
    return connection.execute(delete(table).where(table.c.state == "ended", table.c.ended_at < before)).rowcount
