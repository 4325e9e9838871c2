"""Boxes: who waits for a decision, who is quarantined, how all of them are; join codes; what was not taken."""

from __future__ import annotations

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlmodel import Session

from controller.api import agents as api
from controller.api import join_codes
from controller.api.common import SearchText
from controller.api.shapes import BoxInPath, IdInPath
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.services import Services
from controller.tables import InventorySnapshot
from controller.web.forms import Filled, check, failed
from controller.web.i18n import N_
from controller.web.pages.school import words_of
from controller.web.read.boxes import MACHINE, PAGE, REFUSED, SORTS, STATES, Reader
from controller.web.read.school_events import of_box, tell
from controller.web.read.school_hardware import cards, summary
from controller.web.render import lang_of, page, redirect
from controller.web.tables import Listing

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("agent.read")]
Decide = Annotated[Caller, require("agent.decide")]
Create = Annotated[Caller, require("join.create")]
Field = Annotated[str, Form(max_length=200)]
MAX_PAGE = 10_000


def reader_of(session: Session, services: Services, who: Caller) -> Reader:
    return Reader(session, who, services.beats.last(), services.clock())


def boxes_context(
    session: Session, services: Services, who: Caller, *, q: str, state: str, sort: str, number: int
) -> dict[str, Any]:
    reader = reader_of(session, services, who)
    rejected, rejected_total = reader.rejected()
    wanted = sort if sort.removeprefix("-") in SORTS else "-created_at"
    table = reader.table(q=q, state=state if state in STATES else "", sort=wanted, page=number)
    params = {"q": table.q, "state": table.state}
    return {
        "pending": reader.waiting("pending"),
        "quarantined": reader.waiting("quarantined"),
        "table": table,
        "listing": Listing(
            id="box-table",
            url="/boxes",
            rows=table.rows,
            total=table.total,
            page=table.page,
            size=PAGE,
            sort=table.sort,
            params=params,
        ),
        "codes": reader.codes(),
        "strangers": [tell(event) for event in reader.strangers()],
        "rejected": rejected,
        "rejected_total": rejected_total,
        "refusals": REFUSED,
    }


@router.get("/boxes")
def boxes_page(
    request: Request,
    who: Read,
    session: Db,
    services: Sv,
    q: SearchText = "",
    state: Annotated[str, Query(max_length=20)] = "",
    sort: Annotated[str, Query(max_length=40)] = "-created_at",
    number: Annotated[int, Query(alias="page", ge=1, le=MAX_PAGE)] = 1,
    school: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """``school`` fills the form for a join code."""
    context = boxes_context(session, services, who, q=q, state=state, sort=sort, number=number)
    return page(
        request, who, "boxes.html", form=Filled({"school": school, "hours": 72}), **context, **words_of(request, who)
    )


@router.get("/boxes/schools")
def school_choices(request: Request, who: Create, session: Db, services: Sv, school: SearchText = "") -> HTMLResponse:
    """Schools to choose from while someone types."""
    found = reader_of(session, services, who).schools(school)
    return page(request, who, "boxes_schools.html", schools=found)


@router.post("/boxes/codes")
def make_code(
    request: Request, who: Create, session: Db, services: Sv, school: Field = "", hours: Field = "72"
) -> HTMLResponse:
    """Make a join code and show it: the only time that it can be shown, so there is nothing to redirect to."""
    lang, values = lang_of(request, who), {"school": school.strip(), "hours": hours}
    try:
        body = check(join_codes.JoinCodeIn, values, lang)
        made = join_codes.create_join_code(body, who, session, services)
        place = who.scope.require_school(session, made.school_code)
    except Problem as problem:
        session.rollback()
        reader = Caller(who.principal, who.scope_of("agent.read"))
        context = boxes_context(session, services, reader, q="", state="", sort="-created_at", number=1)
        form = failed(problem, values, lang)
        context |= words_of(request, who)
        return page(request, reader, "boxes.html", status=problem.status, form=form, **context)
    return _show_code(request, who, made.text, made.expires_at, place, again=False)


@router.post("/boxes/codes/{code_id}/revoke")
def revoke_code(request: Request, code_id: IdInPath, who: Create, session: Db, services: Sv) -> Response:
    join_codes.revoke_join_code(code_id, who, session, services)
    return redirect(request, who, "/boxes#codes", N_("Đã huỷ mã ghép nối."))


@router.get("/boxes/{agent_id}")
def box_page(request: Request, agent_id: BoxInPath, who: Read, session: Db, services: Sv) -> HTMLResponse:
    agent, school = api.find(session, who, agent_id)
    reader = reader_of(session, services, who)
    held = session.get(InventorySnapshot, agent_id)
    rejected, rejected_total = reader.rejected(agent_id)
    context: dict[str, Any] = {
        "box": reader.box(agent, school),
        "hardware": cards(held.sections) if held else [],
        "hardware_at": held.at if held else None,
        "hardware_summary": summary(held.sections) if held else "",
        "events": [tell(event) for event in of_box(session, agent)],
        "rejected": rejected,
        "rejected_total": rejected_total,
        "refusals": REFUSED,
        "machine_words": MACHINE,
    }
    return page(request, who, "box.html", **context, **words_of(request, who))


@router.post("/boxes/{agent_id}/accept")
def accept(
    request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv, compared: Field = ""
) -> Response:
    if compared != "yes":
        api.find(session, who, agent_id)
        text = N_("Hãy so sáu từ với thiết bị và đánh dấu vào ô xác nhận trước khi chấp nhận.")
        return redirect(request, who, f"/boxes/{agent_id}", text, "warning")
    made = api.accept(agent_id, who, session, services)
    text = N_("Đã chấp nhận thiết bị của {school}. Kết quả đo đầu tiên sẽ tự hiện ở đây.")
    return redirect(request, who, f"/schools/{made.school_code}", text, school=made.school_name)


@router.post("/boxes/{agent_id}/refuse")
def refuse(
    request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv, reason: Field = "refused"
) -> Response:
    body = check(api.Refuse, {"reason": reason}, lang_of(request, who))
    api.refuse(agent_id, body, who, session, services)
    return redirect(request, who, "/boxes", N_("Đã từ chối thiết bị. Nó không gửi được gì."))


@router.post("/boxes/{agent_id}/retire")
def retire(request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> Response:
    api.retire(agent_id, who, session, services)
    return redirect(request, who, f"/boxes/{agent_id}", N_("Thiết bị đã ngừng dùng. Những gì nó đã báo vẫn được giữ."))


@router.post("/boxes/{agent_id}/quarantine")
def quarantine(request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> Response:
    api.quarantine(agent_id, who, session, services)
    text = N_("Thiết bị đã bị cách ly: máy chủ không nhận gì từ nó nữa.")
    return redirect(request, who, f"/boxes/{agent_id}", text, "warning")


@router.post("/boxes/{agent_id}/main")
def make_main(request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> Response:
    api.make_main(agent_id, who, session, services)
    text = N_("Từ tháng này, đường truyền của trường được đánh giá theo thiết bị này.")
    return redirect(request, who, f"/boxes/{agent_id}", text)


@router.post("/boxes/{agent_id}/release")
def release(request: Request, agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> HTMLResponse:
    """The old identity is retired; its place gets a new code, shown this once."""
    made = api.release(agent_id, who, session, services)
    _, school = api.find(session, who, agent_id)
    return _show_code(request, who, made.text, made.expires_at, school, again=True)


def _show_code(
    request: Request, who: Caller, text: str, expires_at: float, school: Any, *, again: bool
) -> HTMLResponse:
    context = {"code": text, "expires_at": expires_at, "school": school, "again": again, "qr": qr(text)}
    response = page(request, who, "box_code.html", **context)
    response.headers["Cache-Control"] = "no-store"
    return response


def qr(text: str) -> Markup:
    """An inline SVG, dark on white in either theme, without a style attribute."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, scale=4, border=3, dark="#000", light="#fff", omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - our own drawing; the text became squares
