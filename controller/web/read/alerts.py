"""What the page of alerts shows, and its forms as the models of the JSON API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from controller.api.alert_models import MailIn, MailOut, RouteIn, RouteOut
from controller.tables import AlertDelivery, AlertRoute, Commune, RaisedAlert, School
from controller.web.alert_words import KINDS
from controller.web.fields import Form, number
from controller.web.users_forms import NO_PLACE, PLACE

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of what went out."""

    at: float
    receiver: str
    subject: str
    title: str
    phase: str
    state: str
    tries: int
    said: str


def deliveries(session: Session, lang: str) -> list[Told]:
    """The newest of the outbox, with what each is about."""
    statement = (
        select(AlertDelivery, AlertRoute.name, RaisedAlert.body)
        .join(AlertRoute, col(AlertRoute.id) == AlertDelivery.route_id)
        .join(RaisedAlert, col(RaisedAlert.key) == AlertDelivery.subject, isouter=True)
        .order_by(col(AlertDelivery.id).desc())
        .limit(SHOWN)
    )
    return [
        Told(
            at=row.sent_at or row.created_at,
            receiver=name,
            subject=row.subject,
            title=_title(body, lang),
            phase=row.phase,
            state=row.state,
            tries=row.tries,
            said=row.said,
        )
        for row, name, body in session.exec(statement)
    ]


def _title(body: Any, lang: str) -> str:
    title = body.get("title") if isinstance(body, dict) else None
    return str(title[lang == "en"]) if isinstance(title, list) and len(title) == 2 else ""


def places(session: Session, routes: Sequence[RouteOut]) -> dict[int, str]:
    """The name of each receiver's part of the province; the province itself has none."""
    wanted = {(one.scope_kind, one.scope_id) for one in routes if one.scope_id}
    names: dict[tuple[str, str], str] = {}
    for kind, table in (("commune", Commune), ("school", School)):
        codes = sorted(code for known, code in wanted if known == kind)
        if codes:
            rows = session.exec(select(table.code, table.name).where(col(table.code).in_(codes)))
            names |= {(kind, code): name for code, name in rows}
    return {one.id: names.get((one.scope_kind, one.scope_id), one.scope_id) for one in routes if one.scope_id}


def new_values() -> dict[str, str]:
    return {"channel": "email", "severity": "warning", "scope_kind": "province", "lang": "vi", "is_active": "on"}


def route_values(route: RouteOut) -> dict[str, str]:
    """A receiver as fields; its secret never comes back."""
    values = {name: str(getattr(route, name)) for name in ("name", "channel", "address", "template", "severity")}
    values |= {"scope_kind": route.scope_kind, "lang": route.lang}
    values |= {name: "on" if getattr(route, name) else "" for name in ("wants_digest", "is_active")}
    values |= {f"kind_{kind}": "on" for kind in route.kinds}
    if route.scope_kind in PLACE:
        values[PLACE[route.scope_kind]] = route.scope_id
    return values


def read_route(form: Form) -> RouteIn | None:
    kind = form.text("scope_kind")
    place = form.text(PLACE[kind]) if kind in PLACE else ""
    if kind in PLACE and not place:
        form.wrong(PLACE[kind], NO_PLACE[kind])
    channel = form.text("channel")
    given = {
        **{name: form.text(name) for name in ("name", "channel", "address", "severity")},
        "secret": "" if form.text("drop_secret") == "on" else form.text("secret") or None,
        "template": form.text("template") if channel in ("zalo", "sms") else "",
        "kinds": [one for one in KINDS if form.text(f"kind_{one}") == "on"],
        "scope_kind": kind,
        "scope_id": place,
        "lang": form.text("lang") or "vi",
        "wants_digest": channel == "email" and form.text("wants_digest") == "on",
        "is_active": form.text("is_active") == "on",
    }
    found = form.bind(RouteIn, given)
    at_fields(form)
    return found


def at_fields(form: Form) -> None:
    """What is wrong with ``scope_id`` is said at the field that was typed into."""
    said = form.errors.pop("scope_id", "")
    if said:
        form.errors.setdefault(PLACE.get(form.text("scope_kind"), "scope_kind"), said)


def mail_values(mail: MailOut) -> dict[str, str]:
    return {name: str(getattr(mail, name)) for name in ("host", "port", "security", "login", "sender")}


def read_mail(form: Form) -> MailIn | None:
    given = {name: form.text(name) for name in ("host", "security", "login", "sender")}
    password = "" if form.text("drop_password") == "on" else form.text("password") or None
    return form.bind(MailIn, {**given, "port": number(form.text("port")) or "587", "password": password})
