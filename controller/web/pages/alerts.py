"""Whom alerts go to, by which mail server, and how the telling goes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from controller.alerts.channels.gateway import SMS, ZALO
from controller.api import alerts as api
from controller.api.common import MAX_LIMIT, Page
from controller.api.shapes import NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.web import alert_words
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.read import alerts as read
from controller.web.read.settings import communes
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False, prefix="/settings/alerts")
Read = Annotated[Caller, require("settings.read")]
Write = Annotated[Caller, require("settings.write")]
HERE = "/settings/alerts"
TEMPLATES = {"zalo": ZALO, "sms": SMS}


def show(request: Request, who: Caller, template: str, **context: Any) -> Response:
    form: Form = context.setdefault("form", Form(who.lang))
    may_write = who.can("settings.write")
    return page(
        request, who, template, status=form.status, tab="alerts", may_write=may_write, said=alert_words, **context
    )


@router.get("")
def alerts_page(request: Request, who: Read, session: Db) -> Response:
    return show_list(request, who, session)


def show_list(request: Request, who: Caller, session: Db, **more: Any) -> Response:
    """``tested`` and ``outcome``: a receiver that was sent a test, and what it answered."""
    routes = api.list_routes(who, session, Page(MAX_LIMIT, 0), Response())
    context: dict[str, Any] = {
        "routes": routes,
        "places": read.places(session, routes),
        "told": read.deliveries(session, who.lang),
        "mail": api.get_mail(who, session),
        "tested": None,
        "outcome": None,
    }
    return show(request, who, "alerts.html", **context | more)


@router.get("/new")
def new_page(request: Request, who: Write, session: Db) -> Response:
    return show_form(request, who, session, Form(who.lang, read.new_values()), None)


def show_form(request: Request, who: Caller, session: Db, form: Form, route: Any) -> Response:
    return show(
        request, who, "alerts_route.html", form=form, route=route, communes=communes(session), templates=TEMPLATES
    )


@router.post("/new")
def create(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    body = read.read_route(form)
    if body is not None and form.is_good:
        with form.guard(session):
            api.create_route(body, who, session, services)
        read.at_fields(form)
    if not form.is_good:
        return show_form(request, who, session, form, None)
    return redirect(request, who, HERE, N_("Đã thêm nơi nhận. Hãy bấm «Gửi thử» để biết nó hoạt động."))


@router.get("/mail")
def mail_page(request: Request, who: Read, session: Db) -> Response:
    mail = api.get_mail(who, session)
    form = Form(who.lang, read.mail_values(mail))
    return show(request, who, "alerts_mail.html", form=form, mail=mail)


@router.post("/mail")
def change_mail(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    body = read.read_mail(form)
    if body is not None:
        with form.guard(session):
            api.put_mail(body, who, session, services)
    if not form.is_good:
        return show(request, who, "alerts_mail.html", form=form, mail=api.get_mail(who, session))
    return redirect(request, who, HERE, N_("Đã lưu máy chủ thư."))


@router.get("/{number}")
def route_page(request: Request, number: NumberInPath, who: Write, session: Db) -> Response:
    route = api.get_route(number, who, session)
    return show_form(request, who, session, Form(who.lang, read.route_values(route)), route)


@router.post("/{number}")
def change(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form, route = Form(who.lang, texts(data)), api.get_route(number, who, session)
    body = read.read_route(form)
    if body is not None and form.is_good:
        with form.guard(session):
            api.change_route(number, body, who, session, services)
        read.at_fields(form)
    if not form.is_good:
        return show_form(request, who, session, form, route)
    return redirect(request, who, HERE, N_("Đã lưu nơi nhận."))


@router.post("/{number}/remove")
def remove(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    api.remove_route(number, who, session, services)
    return redirect(request, who, HERE, N_("Đã xoá nơi nhận."))


@router.post("/{number}/test")
def send_test(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    """The receiver's own answer stands on the page."""
    route = api.get_route(number, who, session)
    outcome = api.send_test(number, who, session, services)
    return show_list(request, who, session, tested=route, outcome=outcome)
