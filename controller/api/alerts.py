"""Alerts: what is raised, whom it goes to, how the telling went, and the mail server that it goes out by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response, status
from sqlalchemy import delete
from sqlmodel import Session, col, select

from controller import audit
from controller.alerts import mailserver
from controller.alerts.deliver import tell_test
from controller.alerts.secrets import PURPOSE, seal
from controller.api.alert_models import (
    AlertOut,
    DeliveryOut,
    MailIn,
    MailOut,
    RouteIn,
    RouteOut,
    Told,
    check_mail,
    check_route,
)
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.tables import AlertDelivery, AlertRoute, RaisedAlert, Setting

router = APIRouter(prefix="/api/v1", tags=["alerts"])
Read = Annotated[Caller, require("settings.read")]
Write = Annotated[Caller, require("settings.write")]


@router.get("/alerts", responses=problems())
def list_alerts(
    who: Read, session: Db, wanted: Paged, response: Response, state: Literal["firing", "ended"] | None = None
) -> list[AlertOut]:
    """Newest first. One alert an incident, however often it was told."""
    statement = select(RaisedAlert).order_by(col(RaisedAlert.raised_at).desc(), col(RaisedAlert.key))
    if state is not None:
        statement = statement.where(RaisedAlert.state == state)
    return [AlertOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.get("/alert-deliveries", responses=problems())
def list_deliveries(
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    state: Literal["waiting", "lasting", "sent", "failed", "dropped"] | None = None,
) -> list[DeliveryOut]:
    """The outbox, newest first: what each receiver was told or still has to be told, and its last answer."""
    statement = select(AlertDelivery).order_by(col(AlertDelivery.id).desc())
    if state is not None:
        statement = statement.where(AlertDelivery.state == state)
    return [DeliveryOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.get("/alert-routes", responses=problems())
def list_routes(who: Read, session: Db, wanted: Paged, response: Response) -> list[RouteOut]:
    statement = select(AlertRoute).order_by(col(AlertRoute.name), col(AlertRoute.id))
    return [shown(row) for row in fetch(session, statement, wanted, response)]


@router.get("/alert-routes/{number}", responses=problems("not-found"))
def get_route(number: NumberInPath, who: Read, session: Db) -> RouteOut:
    return shown(require_route(session, number))


@router.post("/alert-routes", status_code=status.HTTP_201_CREATED, responses=problems())
def create_route(body: RouteIn, who: Write, session: Db, services: Sv) -> RouteOut:
    check_route(body, session)
    now = services.clock()
    row = AlertRoute(**body.model_dump(exclude={"secret"}), active_since=now, updated_at=now)
    row.secret = seal(services.keys.secret(PURPOSE), body.secret or "")
    session.add(row)
    session.flush()
    audit.record(session, who.login, "alert-route.create", f"alert-route:{row.id}", now=now, **_said(body))
    session.commit()
    return shown(row)


@router.put("/alert-routes/{number}", responses=problems("not-found"))
def change_route(number: NumberInPath, body: RouteIn, who: Write, session: Db, services: Sv) -> RouteOut:
    """A receiver that was off hears of what is raised from now on. A new address begins with a clean record."""
    row = require_route(session, number)
    check_route(body, session)
    now = services.clock()
    if body.is_active and not row.is_active:
        row.active_since = now
    if body.secret is not None:
        row.secret = seal(services.keys.secret(PURPOSE), body.secret)
    elif body.address != row.address:
        row.secret = ""  # what was typed for one receiver is never sent to another
    row.failures, row.retry_at = 0, 0.0
    for name, value in body.model_dump(exclude={"secret"}).items():
        setattr(row, name, value)
    row.updated_at = now
    session.add(row)
    audit.record(session, who.login, "alert-route.update", f"alert-route:{number}", now=now, **_said(body))
    session.commit()
    return shown(row)


@router.delete("/alert-routes/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_route(number: NumberInPath, who: Write, session: Db, services: Sv) -> None:
    """With what it still had to be told."""
    row = require_route(session, number)
    session.execute(delete(AlertDelivery).where(col(AlertDelivery.route_id) == number))
    session.delete(row)
    audit.record(session, who.login, "alert-route.remove", f"alert-route:{number}", now=services.clock(), name=row.name)
    session.commit()


@router.post("/alert-routes/{number}/test", responses=problems("not-found"))
def send_test(number: NumberInPath, who: Write, session: Db, services: Sv) -> Told:
    """Send a test now, and say what the receiver answered. Takes up to half a minute when it does not answer."""
    row = require_route(session, number)
    mail = mailserver.read(session.connection(), services.keys.secret(PURPOSE)) if row.channel == "email" else None
    values = row.model_dump()
    session.rollback()  # nothing is held in the database while a receiver takes its time
    outcome = tell_test(services, values, mail)
    now = services.clock()
    audit.record(session, who.login, "alert-route.test", f"alert-route:{number}", now=now, is_good=outcome.ok)
    session.commit()
    return Told(ok=outcome.ok, said=outcome.said)


@router.get("/settings/mail", responses=problems())
def get_mail(who: Read, session: Db) -> MailOut:
    row = session.get(Setting, mailserver.KEY)
    value: dict[str, Any] = row.value if row is not None and isinstance(row.value, dict) else {}
    known = {name: item for name, item in value.items() if name in MailOut.model_fields}
    return MailOut(**known, has_password=bool(value.get("password")))


@router.put("/settings/mail", responses=problems())
def put_mail(body: MailIn, who: Write, session: Db, services: Sv) -> MailOut:
    """The mail server that alerts and the morning's page go out by."""
    check_mail(body)
    row = session.get(Setting, mailserver.KEY) or Setting(key=mailserver.KEY)
    before: dict[str, Any] = row.value if isinstance(row.value, dict) else {}
    value = body.model_dump(exclude={"password"})
    if body.password is not None:
        value["password"] = seal(services.keys.secret(PURPOSE), body.password)
    elif before.get("host") == body.host:
        value["password"] = before.get("password", "")
    now = services.clock()
    row.value, row.updated_at = value, now
    session.add(row)
    detail: dict[str, Any] = {"host": body.host, "port": body.port, "security": body.security}
    audit.record(session, who.login, "settings.mail", "settings:mail", now=now, **detail)
    session.commit()
    return get_mail(who, session)


def require_route(session: Session, number: int) -> AlertRoute:
    row = session.get(AlertRoute, number)
    if row is None:
        raise Problem("not-found")
    return row


def shown(row: AlertRoute) -> RouteOut:
    return RouteOut.model_validate({**row.model_dump(exclude={"secret"}), "has_secret": bool(row.secret)})


def _said(body: RouteIn) -> dict[str, Any]:
    """For the audit: no address, which may name a person or hold a token."""
    return {"name": body.name, "channel": body.channel, "scope": body.scope_id or body.scope_kind}
