"""The morning's page: put into the outbox once a day and receiver, and sent as one message with text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from controller.alerts import digest_read, digest_text, outbox
from controller.alerts.channels.email import NOT_SET_UP, started
from controller.alerts.digest import window
from controller.alerts.mailserver import MailServer
from controller.alerts.order import Place
from controller.alerts.retry import Outcome
from controller.alerts.smtp import send
from controller.store import table_of
from controller.tables import AlertDelivery, AlertRoute, Commune, School
from controller.web.formats import Format

Row = Mapping[str, Any]


def prepare(connection: Connection, place: Place, now: float) -> int:
    """Write the pages that are due and not written yet; how many. Done again, also elsewhere, it writes none."""
    due = window(now, place.vi.zone)
    if due is None:
        return 0
    day, since, until = due
    route, delivery = table_of(AlertRoute), table_of(AlertDelivery)
    has_one = select(delivery.c.route_id).where(delivery.c.subject == f"digest:{day}")
    wanted = select(route).where(
        route.c.is_active,
        route.c.wants_digest,
        route.c.channel == "email",
        route.c.updated_at <= until,  # someone who comes at ten begins tomorrow
        route.c.id.not_in(has_one),
    )
    rows = [dict(row) for row in connection.execute(wanted.order_by(route.c.id)).mappings()]
    for row in rows:
        found = digest_read.read(connection, row["scope_kind"], row["scope_id"], since, until)
        form: Format = place.en if row["lang"] == "en" else place.vi
        where = _where(connection, row, place)
        body = {
            "subject": digest_text.subject(found, form, where),
            "text": digest_text.text(found, form, where, place.base_url),
            "html": digest_text.html(found, form, where, place.base_url),
        }
        outbox.digest(connection, row["id"], day, body, now)
    return len(rows)


def _where(connection: Connection, route: Row, place: Place) -> str:
    table = table_of(Commune) if route["scope_kind"] == "commune" else table_of(School)
    if route["scope_kind"] == "province":
        return place.province
    name = connection.execute(select(table.c.name).where(table.c.code == route["scope_id"])).scalar()
    return str(name or route["scope_id"])


def tell(address: str, delivery: Row, mail: MailServer | None, place: Place) -> Outcome:
    if mail is None:
        return Outcome(False, NOT_SET_UP)
    key = f"{delivery['subject']} {delivery['route_id']}"
    made = started(address, mail.sender, place.base_url, key, place.now)
    made["Subject"] = delivery["body"]["subject"]
    made.set_content(delivery["body"]["text"])
    made.add_alternative(delivery["body"]["html"], subtype="html")
    return send(mail, made)
