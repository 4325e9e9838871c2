"""A school's evidence file: choose the period, watch it being made, fetch it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from controller.api.evidence import ZIP, WorkInPath
from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.evidence import making
from controller.evidence.period import MAX_DAYS, last_days, last_month
from controller.problems import Problem
from controller.services import Services
from controller.tables import School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect
from controller.web.work import Wk
from monitoring.days import bounds

router = APIRouter(include_in_schema=False, prefix="/schools/{code}/evidence")
Run = Annotated[Caller, require("export.run", session_only=True)]
STEPS = {
    "seals": N_("Đang gom các gói có niêm phong và suy ra số liệu"),
    "pdf": N_("Đang dàn trang báo cáo"),
    "sign": N_("Đang ký"),
    "": N_("Đang bắt đầu"),
}


@router.get("")
def evidence_page(request: Request, code: CodeInPath, who: Run, session: Db, services: Sv) -> Response:
    school = who.scope.require_school(session, code)
    first, last = last_days(30, services.clock(), services.settings.zone)
    return show(request, who, services, school, Form(who.lang, {"first": first, "last": last}))


def show(request: Request, who: Caller, services: Services, school: School, form: Form) -> Response:
    now, zone = services.clock(), services.settings.zone
    choices = [
        (N_("7 ngày qua"), last_days(7, now, zone)),
        (N_("30 ngày qua"), last_days(30, now, zone)),
        (N_("Tháng trước"), last_month(now, zone)),
        (N_("90 ngày qua"), last_days(90, now, zone)),
    ]
    return page(
        request, who, "evidence.html", status=form.status, school=school, form=form, choices=choices,
        max_days=MAX_DAYS, fingerprint=services.keys.fingerprint, sealed_days=services.settings.hour_retention_days,
    )  # fmt: skip


@router.post("")
def make(
    request: Request, code: CodeInPath, who: Run, session: Db, services: Sv, works: Wk, data: Submitted
) -> Response:
    school = who.scope.require_school(session, code)
    form = Form(who.lang, texts(data))
    with form.guard(session):
        work_id = making.start(services, works, who, school, form.text("first"), form.text("last"))
    if not form.is_good:
        return show(request, who, services, school, form)
    return redirect(request, who, f"/schools/{school.code}/evidence/{work_id}")


@router.get("/{work_id}")
def made_page(
    request: Request, code: CodeInPath, work_id: WorkInPath, who: Run, session: Db, services: Sv, works: Wk
) -> Response:
    """How far it is, or the file."""
    school = who.scope.require_school(session, code)
    work = making.find(works, who, school, work_id)
    _, first, last = work.title.split(" ")
    days = [bounds(day, services.settings.zone)[0] for day in (first, last)]
    response = page(
        request, who, "evidence_made.html", school=school, work=work, days=days, steps=STEPS,
        fingerprint=services.keys.fingerprint,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/{work_id}/file")
def file(code: CodeInPath, work_id: WorkInPath, who: Run, session: Db, works: Wk) -> FileResponse:
    work = making.find(works, who, who.scope.require_school(session, code), work_id)
    path, name = making.file_of(works, work)
    return FileResponse(path, media_type=ZIP, filename=name, headers={"Cache-Control": "no-store"})


@router.post("/{work_id}/forget")
def forget(request: Request, code: CodeInPath, work_id: WorkInPath, who: Run, session: Db, works: Wk) -> Response:
    school = who.scope.require_school(session, code)
    if making.find(works, who, school, work_id).state == "running":
        raise Problem("busy", retry_after=10)
    works.remove(work_id)
    return redirect(request, who, f"/schools/{school.code}/evidence", N_("Đã xoá hồ sơ khỏi máy chủ."))
