"""The outbox: rows that say what each receiver still has to be told. Durable, bounded, idempotent by its unique key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from controller.alerts.alert import Alert, from_data
from controller.alerts.channels import LASTING
from controller.alerts.channels.alertmanager import REPEAT, labels_of
from controller.alerts.retry import Outcome, is_given_up, pause
from controller.bulk import insert_rows
from controller.store import SKIP, table_of
from controller.tables import AlertDelivery, AlertRoute

Row = Mapping[str, Any]
MAX_WAITING = 1_000  # of one receiver; what waits longest is dropped first
COLUMNS = ("route_id", "subject", "phase", "state", "body", "created_at", "due_at", "tries", "said")
OPEN = ("waiting", "lasting")


def put(connection: Connection, route: Row, alert: Alert, first: Row, now: float) -> None:
    """Tell ``route`` of an alert that is raised; nothing when it was told already."""
    table = table_of(AlertDelivery)
    mine = (table.c.route_id == route["id"], table.c.subject == alert.key, table.c.phase == "firing")
    if connection.execute(select(table.c.id).where(*mine)).first():
        return
    _add(connection, route["id"], alert.key, "firing", _body(alert, first), now)


def end(connection: Connection, alert: Alert, first: Row, routes: Sequence[Row], now: float) -> None:
    """Tell those who were told of the beginning. Who was not told, or asked for quiet since, hears nothing."""
    table = table_of(AlertDelivery)
    if alert.muted:
        hush(connection, alert.key)
    told = select(table.c.route_id, table.c.state).where(
        table.c.subject == alert.key, table.c.phase == "firing", table.c.state.in_((*OPEN, "sent"))
    )
    active = {route["id"] for route in routes}
    for route_id, state in connection.execute(told).all():
        # A receiver that would forget by itself, and then wrongly, is told the truth also when people want quiet.
        if route_id in active and (not alert.muted or state == "lasting"):
            _add(connection, route_id, alert.key, "ended", _body(alert, first), now)
    lasting = (table.c.subject == alert.key, table.c.phase == "firing", table.c.state == "lasting")
    connection.execute(update(table).where(*lasting).values(state="sent"))


def digest(connection: Connection, route_id: int, day: str, body: Row, now: float) -> None:
    """One a day and receiver, whoever asks for it and how often."""
    _add(connection, route_id, f"digest:{day}", "digest", dict(body), now)


def _body(alert: Alert, first: Row) -> dict[str, Any]:
    return {"alert": alert.as_data(), "labels": labels_of(from_data(first))}


def _add(connection: Connection, route_id: int, subject: str, phase: str, body: Row, now: float) -> None:
    row = {"route_id": route_id, "subject": subject, "phase": phase, "state": "waiting", "body": body}
    row |= {"created_at": now, "due_at": now, "tries": 0, "said": ""}
    insert_rows(connection, table_of(AlertDelivery), COLUMNS, [row], SKIP)
    _drop_what_is_too_much(connection, route_id)


def _drop_what_is_too_much(connection: Connection, route_id: int) -> None:
    table = table_of(AlertDelivery)
    waiting = (table.c.route_id == route_id, table.c.state == "waiting")
    too_many = connection.execute(select(func.count()).where(*waiting)).scalar_one() - MAX_WAITING
    if too_many > 0:
        oldest = select(table.c.id).where(*waiting).order_by(table.c.id).limit(too_many)
        ids = list(connection.execute(oldest).scalars())
        values = {"state": "dropped", "said": "quá nhiều tin đang chờ / too many were waiting"}
        connection.execute(update(table).where(table.c.id.in_(ids)).values(values))


def renew(connection: Connection, key: str, data: Row) -> None:
    """What is still to be told of an alert says how it stands now; its labels stay."""
    table = table_of(AlertDelivery)
    rows = select(table.c.id, table.c.body).where(
        table.c.subject == key, table.c.phase == "firing", table.c.state.in_(OPEN)
    )
    for delivery_id, body in connection.execute(rows).all():
        changed = {**body, "alert": data}
        connection.execute(update(table).where(table.c.id == delivery_id).values(body=changed))


def hush(connection: Connection, key: str) -> None:
    """Someone asked for quiet: what nobody was told yet is taken back, and comes again when the quiet ends."""
    table = table_of(AlertDelivery)
    connection.execute(
        delete(table).where(table.c.subject == key, table.c.phase == "firing", table.c.state == "waiting")
    )


def forget(connection: Connection, key: str) -> None:
    """The alert of this name begins anew."""
    table = table_of(AlertDelivery)
    connection.execute(delete(table).where(table.c.subject == key))


def due_routes(connection: Connection, now: float) -> list[int]:
    """Receivers that something is due for, and that are not being spared after a failure."""
    table, route = table_of(AlertDelivery), table_of(AlertRoute)
    query = (
        select(table.c.route_id)
        .join(route, route.c.id == table.c.route_id)
        .where(table.c.state.in_(OPEN), table.c.due_at <= now, route.c.retry_at <= now, route.c.is_active)
        .distinct()
        .order_by(table.c.route_id)
    )
    return list(connection.execute(query).scalars())


def next_due(connection: Connection, route_id: int, now: float) -> Row | None:
    """What to try next: the least tried first, so that one that always fails holds nobody up; an end never overtakes
    its beginning."""
    table = table_of(AlertDelivery)
    begun = table.alias("begun")
    waits_for = select(begun.c.id).where(
        begun.c.route_id == table.c.route_id,
        begun.c.subject == table.c.subject,
        begun.c.phase == "firing",
        begun.c.state == "waiting",
    )
    query = (
        select(table)
        .where(table.c.route_id == route_id, table.c.state.in_(OPEN), table.c.due_at <= now)
        .where((table.c.phase != "ended") | ~waits_for.exists())
        .order_by(table.c.tries, table.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row is not None else None


def record(connection: Connection, route: Row, delivery: Row, outcome: Outcome, now: float) -> None:
    """Write down how a try went: when the next one is, for this delivery and for its receiver."""
    table = table_of(AlertDelivery)
    tries, values = delivery["tries"] + 1, {"said": outcome.said, "tries": delivery["tries"] + 1}
    if outcome.ok:
        lasts = delivery["phase"] == "firing" and route["channel"] in LASTING
        values |= {"state": "lasting" if lasts else "sent", "sent_at": now}
        values |= {"tries": 0, "due_at": now + REPEAT} if lasts else {}
    elif delivery["state"] == "waiting" and is_given_up(outcome, tries, now - delivery["created_at"]):
        values["state"] = "failed"
    else:
        values["due_at"] = now + pause(tries, outcome.retry_after)
    # Only while it is as it was read: an alert that ended meanwhile has settled its own row.
    mine = (table.c.id == delivery["id"], table.c.state == delivery["state"])
    connection.execute(update(table).where(*mine).values(values))
    _record_route(connection, route, outcome, now)


def _record_route(connection: Connection, route: Row, outcome: Outcome, now: float) -> None:
    table = table_of(AlertRoute)
    if outcome.ok:
        values: dict[str, Any] = {"failures": 0, "retry_at": 0.0, "last_ok_at": now}
    else:
        failures = route["failures"] + (not outcome.is_final)
        values = {"failures": failures, "last_error_at": now, "last_error": outcome.said}
        if not outcome.is_final:  # refusing one message says nothing against the next
            values["retry_at"] = now + pause(failures, outcome.retry_after)
    connection.execute(update(table).where(table.c.id == route["id"]).values(values))


def remove_old(connection: Connection, before: float) -> int:
    table = table_of(AlertDelivery)
    return connection.execute(delete(table).where(table.c.state.not_in(OPEN), table.c.created_at < before)).rowcount
