"""Planned work, and who to call at each provider."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from controller.api import maintenance as api
from controller.api import providers
from controller.api.common import MAX_LIMIT, Page
from controller.api.shapes import NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.services import Services
from controller.tables import Commune, Link, Provider, School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("incident.read")]
Write = Annotated[Caller, require("maintenance.write")]
WriteProvider = Annotated[Caller, require("provider.write")]
TIME = ("chưa đúng dạng ngày giờ", "is not a date and a time")


@router.get("/maintenance")
def maintenance(request: Request, who: Read, session: Db, services: Sv) -> Response:
    return show(request, who, session, services)


def show(
    request: Request,
    who: Caller,
    session: Session,
    services: Services,
    form: Form | None = None,
    provider: Form | None = None,
) -> Response:
    now, zone = services.clock(), services.settings.zone
    answer, scope = Response(), who.scope_of("incident.read")
    reader = Caller(who.principal, scope)
    rows = api.list_maintenance(reader, session, services, Page(MAX_LIMIT, 0), answer, past=False)
    first = {"scope_kind": "school", "starts_at": local(now, zone), "ends_at": local(now + 7_200, zone)}
    form = form or Form(who.lang, {**first, "scope_id": "", "reason": ""})
    provider = provider or Form(who.lang, {})
    status = form.status if form.status != 200 else provider.status
    return page(
        request, who, "maintenance.html", status=status, rows=rows, names=place_names(session, rows), form=form,
        provider=provider, providers=providers.list_providers(reader, session, Page(MAX_LIMIT, 0), answer),
        missing=unnamed(session, who, scope), may_write=who.can("maintenance.write"),
        may_name=who.can("provider.write"), kinds=kinds(who),
    )  # fmt: skip


def kinds(who: Caller) -> list[tuple[str, str]]:
    """What this person may plan work for."""
    everywhere = who.can("maintenance.write") and who.scope_of("maintenance.write").is_all
    found = [("school", N_("Một trường (ghi mã trường)")), ("commune", N_("Một xã, phường (ghi mã)"))]
    if everywhere:
        found += [("provider", N_("Mọi trường của một nhà mạng (ghi tên)")), ("province", N_("Cả tỉnh"))]
    return found


def place_names(session: Session, rows: Sequence[api.MaintenanceOut]) -> Mapping[tuple[str, str], str]:
    schools = [row.scope_id for row in rows if row.scope_kind == "school"]
    communes = [row.scope_id for row in rows if row.scope_kind == "commune"]
    found: dict[tuple[str, str], str] = {}
    for code, name in session.exec(select(School.code, School.name).where(col(School.code).in_(schools))):
        found["school", code] = name
    for code, name in session.exec(select(Commune.code, Commune.name).where(col(Commune.code).in_(communes))):
        found["commune", code] = name
    return found


def unnamed(session: Session, who: Caller, scope: Any) -> list[str]:
    """Providers of lines that nobody has a telephone number for."""
    if not who.can("provider.write"):
        return []
    known = select(Provider.name)
    query = select(Link.provider).where(Link.provider != "", col(Link.provider).not_in(known)).distinct()
    return sorted(session.exec(scope.limit(query, col(Link.school_id))))[:12]


def local(at: float, zone: ZoneInfo) -> str:
    """For a field of type datetime-local."""
    return dt.datetime.fromtimestamp(at, zone).strftime("%Y-%m-%dT%H:%M")


def moment(form: Form, name: str, zone: ZoneInfo) -> float:
    """The time in a field, in the province's zone; what is none is said at the field."""
    try:
        return dt.datetime.fromisoformat(form.text(name)).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        form.wrong(name, TIME)
        return 0.0


@router.post("/maintenance")
def add(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form, zone = Form(who.lang, texts(data)), services.settings.zone
    starts, ends = moment(form, "starts_at", zone), moment(form, "ends_at", zone)
    given = {"scope_kind": form.text("scope_kind"), "scope_id": form.text("scope_id"), "reason": form.text("reason")}
    body = form.bind(api.MaintenanceIn, {**given, "starts_at": starts, "ends_at": ends})
    if body is not None:
        with form.guard(session, {"commune-not-found": "scope_id"}):
            api.add_maintenance(body, who, session, services)
    if not form.is_good:
        return show(request, who, session, services, form)
    return redirect(request, who, "/maintenance", N_("Đã thêm lịch bảo trì."))


@router.post("/maintenance/{number}/remove")
def remove(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    api.remove_maintenance(number, who, session, services)
    return redirect(request, who, "/maintenance", N_("Đã xoá lịch bảo trì."))


@router.post("/providers")
def add_provider(request: Request, who: WriteProvider, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    given = {name: form.text(name) for name in ("name", "phone", "email", "note")}
    body = form.bind(providers.ProviderIn, given)
    if body is not None:
        with form.guard(session, {"conflict": "name"}):
            providers.add_provider(body, who, session, services)
    if not form.is_good:
        return show(request, who, session, services, provider=form)
    return redirect(request, who, "/maintenance#providers", N_("Đã lưu số gọi của nhà mạng."))


@router.post("/providers/{number}/remove")
def remove_provider(request: Request, number: NumberInPath, who: WriteProvider, session: Db, services: Sv) -> Response:
    providers.remove_provider(number, who, session, services)
    return redirect(request, who, "/maintenance#providers", N_("Đã xoá nhà mạng khỏi danh bạ."))
