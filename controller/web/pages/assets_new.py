"""Machines of one school by hand, from inventory files, and from GLPI agents that are pointed at us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData, UploadFile

from controller.api import assets as api
from controller.api import school_links
from controller.api.shapes import CodeInPath
from controller.assets import intake, links
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.services import Services
from controller.tables import Room, School
from controller.web import asset_words
from controller.web.fields import Form, Submitted, close_form, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect, web_of
from inventory.identity.body import MAX_PACKED

MAX_FILES = 100
MAX_TOGETHER = 32 * 1024 * 1024
router = APIRouter(include_in_schema=False, max_body_size=MAX_TOGETHER, dependencies=[Depends(close_form)])
Write = Annotated[Caller, require("school.write")]
NEW = ("name", "kind", "serial", "mac", "tag", "vendor", "model", "room_id", "seat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file."""

    name: str
    how: str = ""  # a code of asset_words.HOW
    asset: int = 0
    asked: int = 0
    parts: int = 0
    problem: str = ""


def words_of(request: Request, who: Caller) -> dict[str, Any]:
    return asset_words.words(web_of(request).translate(who.lang))


@router.get("/schools/{code}/assets/new")
def new_page(request: Request, code: CodeInPath, who: Write, session: Db) -> Response:
    school = who.scope.require_school(session, code)
    return show_new(request, who, session, school, Form(who.lang, {"kind": "pc"}))


def show_new(request: Request, who: Caller, session: Session, school: School, form: Form) -> Response:
    rooms = session.exec(select(Room).where(Room.school_id == school.id).order_by(col(Room.code)).limit(500)).all()
    return page(
        request, who, "asset_new.html", status=form.status, school=school, form=form, rooms=rooms,
        **words_of(request, who),
    )  # fmt: skip


@router.post("/schools/{code}/assets/new")
def add(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
    given: dict[str, Any] = {name: form.text(name) for name in NEW if form.text(name)}
    if not given.keys() & {"name", "serial", "mac", "tag"}:
        form.wrong("tag", WHO_IS_IT)
    body = form.bind(api.AssetIn, given)
    taken = None
    if body is not None:
        with form.guard(session):
            taken = api.write_down(session, services, who, school, body)
    if taken is None or taken.asset is None:
        return show_new(request, who, session, school, form)
    if taken.how == "same":
        said = N_("Máy này đã có trong danh sách; đã bổ sung vào đó.")
        return redirect(request, who, f"/assets/{taken.asset.id}", said)
    if taken.decision.ask:
        said = N_("Đã thêm. Có thể là một máy đã biết: hãy xem câu hỏi bên dưới.")
        return redirect(request, who, f"/assets/{taken.asset.id}", said, "warning")
    return redirect(request, who, f"/assets/{taken.asset.id}", N_("Đã thêm."))


WHO_IS_IT = (
    "cần ít nhất một trong: mã tài sản, số sê-ri, địa chỉ MAC, tên máy",
    "give at least one of: asset tag, serial number, MAC address, name",
)


@router.get("/schools/{code}/assets/intake")
def intake_page(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    school = who.scope.require_school(session, code)
    return show_intake(request, who, session, services, school, [])


def show_intake(
    request: Request, who: Caller, session: Session, services: Services, school: School, outcomes: list[Outcome]
) -> Response:
    good = [row for row in links.of_school(session, school, services.clock()) if row.purpose == "glpi"]
    shown = [school_links.out(services, school.code, row) for row in good]
    base = services.settings.base_url
    response = page(
        request, who, "asset_intake.html", school=school, links=shown, base=base, outcomes=outcomes,
        max_files=MAX_FILES, **words_of(request, who),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


async def many(request: Request) -> FormData:
    return await request.form(max_files=MAX_FILES)


@router.post("/schools/{code}/assets/intake")
def upload(
    request: Request,
    code: CodeInPath,
    who: Write,
    session: Db,
    services: Sv,
    data: Annotated[FormData, Depends(many)],
) -> Response:
    """Each file by itself: one that is bad does not hold up the others, and is named with its reason."""
    school = who.scope.require_school(session, code)
    outcomes = []
    for sent in data.getlist("files")[:MAX_FILES]:
        if isinstance(sent, UploadFile) and sent.filename:
            outcomes.append(_one(session, services, who, school, sent))
    services.changes.publish(school.id, "assets")
    return show_intake(request, who, session, services, school, outcomes)


def _one(session: Session, services: Services, who: Caller, school: School, sent: UploadFile) -> Outcome:
    name = "".join(letter for letter in PurePath(sent.filename or "").name if letter.isprintable())[-100:]
    try:
        message = intake.read(sent.file.read(MAX_PACKED + 1))
        took = intake.lay(session, school, message, services.clock())
        session.commit()
    except Problem as problem:
        session.rollback()
        return Outcome(name=name, problem=str(problem.body(who.lang)["detail"]))
    how = took.how if took.action == "inventory" else "contact"
    return Outcome(name=name, how=how, asset=took.asset, asked=took.asked, parts=took.parts)


@router.post("/schools/{code}/assets/links")
def add_link(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    body = school_links.SchoolLinkIn(purpose="glpi")
    school_links.add_school_link(code, body, who, session, services)
    return redirect(request, who, f"/schools/{code}/assets/intake", N_("Đã tạo địa chỉ cho GLPI agent."))


@router.post("/schools/{code}/assets/links/{code_id}/remove")
def remove_link(
    request: Request, code: CodeInPath, code_id: school_links.LinkId, who: Write, session: Db, services: Sv
) -> Response:
    school_links.remove_school_link(code, code_id, who, session, services)
    return redirect(request, who, f"/schools/{code}/assets/intake", N_("Đã thu hồi địa chỉ."))
