"""``/survey``: the form that a school fills in on a telephone; ``/surveys``: what came and what of it is taken over."""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

import segno
from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller import audit
from controller.api import school_links
from controller.api import surveys as api
from controller.api.csv_answer import csv_answer
from controller.api.shapes import CodeInPath, NumberInPath
from controller.assets import links, survey
from controller.assets.links import LinkGate
from controller.deps import Caller, Db, Sv, address_of, require
from controller.scope import Scope
from controller.services import Services
from controller.tables import Agent, Commune, Room, School, SchoolLink, SurveyAnswer
from controller.web import asset_words, survey_form
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.pages.assets import may_write
from controller.web.pages.rooms_gap import ITEMS
from controller.web.read.school_words import ROOM_KINDS
from controller.web.render import lang_of, page, redirect, web_of
from controller.web.sheets import xlsx_answer
from controller.web.tables import PAGE_SIZE, Listing

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("school.read")]
Write = Annotated[Caller, require("school.write")]
STATES = {"": N_("Chưa trả lời"), "sent": N_("Chờ xem"), "applied": N_("Đã vào hồ sơ")}
COLUMNS = (
    N_("Mã trường"), N_("Tên trường"), N_("Xã, phường"), N_("Phiếu khảo sát"), N_("Gửi lúc"), N_("Số phòng"),
    N_("Số máy tính"), N_("Có đường Internet"), N_("Nhà cung cấp"), N_("Mất điện"), N_("Bộ lưu điện"), N_("Ghi chú"),
)  # fmt: skip


def words_of(request: Request, lang: str) -> dict[str, Any]:
    translate = web_of(request).translate(lang)
    return {
        **asset_words.words(translate),
        "items": [(code, translate(text)) for code, text in ITEMS.items()],
        "room_kinds": [(code, translate(text)) for code, text in ROOM_KINDS.items()],
        "yes_no": [(code, translate(text)) for code, text in survey_form.YES_NO.items()],
        "outages": [(code, translate(text)) for code, text in survey_form.OUTAGES.items()],
        "survey_state": lambda code: translate(STATES.get(code, N_("Bỏ qua"))),
        "devices": survey.DEVICES,
    }


def _open(request: Request, session: Session, services: Services, token: str) -> tuple[SchoolLink, School]:
    now = services.clock()
    gate: LinkGate = request.app.state.link_gate
    gate.check(token, address_of(request), now)
    return links.find(session, services.keys.secret(school_links.KEY), token, "survey", now)


@router.get("/survey/{token}")
def form_page(
    request: Request, token: str, session: Db, services: Sv,
    shown: Annotated[int, Query(alias="rows", ge=0, le=survey.MAX_ROOMS, description="rooms of a draft")] = 0,
) -> Response:  # fmt: skip
    """Whoever has the link; what was sent by it can be corrected until it is decided on."""
    link, school = _open(request, session, services, token)
    sent = survey.sent_by(session, link.school_id, f"link:{link.id}")
    if sent is not None:
        values = survey_form.values_of(survey.Answers.model_validate(sent.answers))
    else:
        known = session.exec(select(Room).where(Room.school_id == school.id).order_by(col(Room.code)).limit(60)).all()
        told = [survey.RoomAnswer.model_validate({"code": room.code, "kind": room.kind, "seats": room.seats})
                for room in known]  # fmt: skip
        values = survey_form.values_of(survey.Answers(rooms=told))
    values["rows"] = str(max(shown, int(values["rows"])))
    return _show(request, school, Form(lang_of(request), values), token, link, sent)


def _show(
    request: Request, school: School, form: Form, token: str, link: SchoolLink, sent: SurveyAnswer | None
) -> Response:
    response = page(
        request, None, "asset_survey.html", status=form.status, school=school, form=form, token=token, link=link,
        sent=sent, rows=survey_form.rows_of(form), max_rooms=survey.MAX_ROOMS, **words_of(request, form.lang),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/survey/{token}")
def send(request: Request, token: str, session: Db, services: Sv, data: Submitted) -> Response:
    link, school = _open(request, session, services, token)
    form = Form(lang_of(request), texts(data))
    answers = None if form.text("more") else survey_form.read(form)
    if form.text("more"):
        form.values = {**form.values, "rows": str(survey_form.rows_of(form)), "more": ""}
    if answers is None:
        sent = survey.sent_by(session, link.school_id, f"link:{link.id}")
        return _show(request, school, form, token, link, sent)
    now = services.clock()
    survey.store(session, link.school_id, f"link:{link.id}", answers, now)
    links.used(session, link, now)
    session.commit()
    services.changes.publish(school.id, "survey")
    said = N_("Đã nhận phiếu, cảm ơn. Có thể mở lại đường dẫn này để sửa cho đến khi tỉnh xem xong.")
    return redirect(request, None, f"/survey/{token}", said)


def _statement(scope: Scope, commune: str) -> Any:
    """Schools without a box, with the newest answer that was not passed over."""
    newest = select(SurveyAnswer.school_id, func.max(SurveyAnswer.id).label("id"))
    last = newest.where(SurveyAnswer.state != "dismissed").group_by(col(SurveyAnswer.school_id)).subquery()
    boxes = select(Agent.id).where(Agent.school_id == School.id, Agent.state == "accepted").exists()
    found: Any = (
        select(School, Commune.name, SurveyAnswer)
        .join(Commune, col(Commune.code) == School.commune_code)
        .join(last, last.c.school_id == School.id, isouter=True)
        .join(SurveyAnswer, col(SurveyAnswer.id) == last.c.id, isouter=True)
        .where(col(School.is_demo).is_(False), ~boxes)
    )
    found = scope.schools(found)
    return found.where(School.commune_code == commune) if commune else found


@router.get("/surveys")
def surveys_page(
    request: Request, who: Read, session: Db, commune: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:  # fmt: skip
    """Schools without a box: the unanswered last, what waits to be looked at first."""
    found = _statement(who.scope, commune)
    counts = {"": 0, "sent": 0, "applied": 0}
    of_each = found.with_only_columns(School.id, SurveyAnswer.state, maintain_column_froms=True).subquery()
    grouped = select(of_each.c.state, func.count()).group_by(of_each.c.state)
    counts |= {state or "": count for state, count in session.execute(grouped)}
    total = sum(counts.values())
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    part = found.order_by(col(SurveyAnswer.state).desc().nulls_last(), School.search, School.id)
    rows = session.execute(part.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    listing = Listing(id="surveys", url="/surveys", rows=rows, total=total, page=number, params={"commune": commune})
    return page(request, who, "asset_surveys.html", list=listing, counts=counts, **words_of(request, who.lang))


@router.get("/surveys/export/{kind}")
def export(
    request: Request, who: Annotated[Caller, require("export.run")], session: Db, services: Sv,
    kind: Literal["csv", "xlsx"], commune: Annotated[str, Query(max_length=100)] = "",
) -> Response:  # fmt: skip
    web = web_of(request)
    translate, moment = web.translate(who.lang), web.format(who.lang).iso
    lines = [
        _cells(row, translate, moment) for row in session.execute(_statement(who.scope, commune).order_by(School.code))
    ]
    audit.record(session, who.login, "export", f"file:truongnet-surveys.{kind}", now=services.clock())
    session.commit()
    heads = [translate(text) for text in COLUMNS]
    if kind == "xlsx":
        return xlsx_answer("truongnet-surveys", translate(N_("Phiếu khảo sát")), heads, lines)
    return csv_answer("truongnet-surveys", heads, lines)


def _cells(row: Any, translate: Any, moment: Any) -> list[Any]:
    school, commune, answer = row
    first = [school.code, school.name, commune, translate(STATES[answer.state if answer is not None else ""])]
    if answer is None:
        return [*first, *[None] * (len(COLUMNS) - len(first))]
    told = survey.Answers.model_validate(answer.answers)
    computers = [told.devices[kind] for kind in ("pc", "laptop", "tablet") if kind in told.devices]
    return [
        *first, moment(answer.sent_at), len(told.rooms), sum(computers) if computers else None,
        translate(survey_form.YES_NO[told.line.has]), told.line.provider,
        translate(survey_form.OUTAGES[told.power.outages]), translate(survey_form.YES_NO[told.power.ups]), told.note,
    ]  # fmt: skip


@router.get("/schools/{code}/survey")
def school_page(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    """The link with its code to be scanned, and every answer that came."""
    school = who.scope.require_school(session, code)
    good = [row for row in links.of_school(session, school, services.clock()) if row.purpose == "survey"]
    shown = [school_links.out(services, school.code, row) for row in good]
    base = services.settings.base_url
    answers = [(row, survey.Answers.model_validate(row.answers)) for row in survey.of_school(session, school)]
    response = page(
        request, who, "asset_survey_school.html", school=school, base=base, answers=answers,
        links=[(link, _picture(f"{base}{link.path}")) for link in shown], writable=may_write(who, school),
        **words_of(request, who.lang),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def _picture(url: str) -> Markup:
    file = io.BytesIO()
    segno.make(url, error="m", micro=False).save(file, kind="svg", scale=4, xmldecl=False, omitsize=True, light="white")
    return Markup(file.getvalue().decode())  # noqa: S704 - made by the library out of modules, not of text


@router.post("/schools/{code}/survey/link")
def add_link(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    body = school_links.SchoolLinkIn(purpose="survey")
    school_links.add_school_link(code, body, who, session, services)
    return redirect(request, who, f"/schools/{code}/survey", N_("Đã tạo đường dẫn khảo sát."))


@router.post("/surveys/{number}/{deed}")
def decide(
    request: Request, number: NumberInPath, deed: Literal["apply", "dismiss"], who: Write, session: Db, services: Sv
) -> Response:
    answer = {"apply": api.apply_survey, "dismiss": api.dismiss_survey}[deed](number, who, session, services)
    said = N_("Đã đưa phiếu vào hồ sơ của trường.") if deed == "apply" else N_("Đã bỏ qua phiếu.")
    return redirect(request, who, f"/schools/{answer.school}/survey", said)
