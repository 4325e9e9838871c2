"""Limits of measuring, and a person's wish that a school is measured now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from controller.api import measuring as api
from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.web.fields import Form, Submitted, number, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("settings.read")]
Write = Annotated[Caller, require("settings.write")]
FIELDS = ("budget_mb", "server_mbps", "server_tests", "provider_mbps", "provider_tests")


@router.get("/settings/measuring")
def limits_page(request: Request, who: Read, session: Db) -> Response:
    found = api.read_limits(session)
    values = {
        name: f"{getattr(found, name):g}" if getattr(found, name) < 1e6 else str(getattr(found, name))
        for name in FIELDS
    }
    return show(request, who, Form(who.lang, values | {"version": f'"{found.revision}"'}))


def show(request: Request, who: Caller, form: Form) -> Response:
    may_write = who.can("settings.write")
    return page(
        request, who, "calendar_limits.html", status=form.status, form=form, tab="measuring", may_write=may_write
    )


@router.post("/settings/measuring")
def change_limits(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    given: dict[str, Any] = {name: number(form.text(name)) for name in FIELDS}
    body = form.bind(api.Limits, given)
    if body is not None:
        with form.guard(session):
            api.put_limits(body, who, session, services, Response(), if_match=form.text("version"))
    if not form.is_good:
        return show(request, who, form)
    return redirect(request, who, "/settings/measuring", N_("Đã lưu. Giới hạn có hiệu lực từ lượt đo kế tiếp."))


@router.post("/schools/{code}/measure")
def measure_now(
    request: Request, code: CodeInPath, who: Annotated[Caller, require("measure.ask")], session: Db, services: Sv
) -> Response:
    """Back to the school's page, which says when the test is due."""
    try:
        api.ask_to_measure(code, who, session, services)
        text = N_("Đã ghi yêu cầu: thiết bị của trường được gọi dậy và đo trước các lượt theo lịch.")
    except Problem as problem:
        if problem.code != "no-box":
            raise
        text = N_("Trường chưa có thiết bị đo.")
    return redirect(request, who, f"/schools/{code}#measuring", text)
