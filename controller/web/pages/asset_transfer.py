"""``/schools/{code}/assets/transfer``: a school was merged into another; its machines and rooms go along, or back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.api import asset_transfers as api
from controller.api.shapes import CodeInPath, NumberInPath
from controller.assets import transfer
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.tables import Asset, Room, School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False)
Write = Annotated[Caller, require("school.write")]
UNKNOWN = ("không có trường với mã này trong phạm vi của bạn", "no school of your part of the province has this code")


@router.get("/schools/{code}/assets/transfer")
def transfer_page(request: Request, code: CodeInPath, who: Write, session: Db) -> Response:
    return _show(request, who, session, who.scope.require_school(session, code), Form(who.lang))


def _show(request: Request, who: Caller, session: Session, school: School, form: Form) -> Response:
    machines = select(func.count()).where(Asset.school_id == school.id, col(Asset.merged_into).is_(None))
    rooms = select(func.count()).where(Room.school_id == school.id)
    return page(
        request, who, "asset_transfer.html", status=form.status, school=school, form=form,
        machines=session.execute(machines).scalar_one(), rooms=session.execute(rooms).scalar_one(),
        transfers=transfer.of_school(session, who, school),
    )  # fmt: skip


@router.post("/schools/{code}/assets/transfer")
def move(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
    body = form.bind(api.TransferIn, {"target": form.text("school")})
    if "target" in form.errors:  # the field has the name by which schools are searched for
        form.errors["school"] = form.errors.pop("target")
    done = None
    if body is not None:
        try:
            with form.guard(session):
                done = api.add_transfer(code, body, who, session, services)
        except Problem as problem:
            if problem.code != "school-not-found":
                raise
            form.wrong("school", UNKNOWN)
    if done is None:
        return _show(request, who, session, school, form)
    said = N_("Đã chuyển {machines} máy và {rooms} phòng sang trường {target}. Có thể hoàn tác ở dưới.")
    shown: dict[str, Any] = {"machines": done.machines, "rooms": done.rooms, "target": done.target}
    return redirect(request, who, f"/schools/{code}/assets/transfer", said, **shown)


@router.post("/assets/transfers/{number}/undo")
def undo(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    row, source, _ = transfer.find(session, who, number)
    form = Form(who.lang)
    done = None
    with form.guard(session):
        done = api.undo_transfer(row.id or 0, who, session, services)
    if done is None:
        return _show(request, who, session, source, form)
    said = N_("Đã trả {machines} máy về trường {source}; {stayed} máy ở lại.")
    shown: dict[str, Any] = {"machines": done.machines - done.stayed, "source": done.source, "stayed": done.stayed}
    return redirect(request, who, f"/schools/{source.code}/assets/transfer", said, **shown)
