"""The school head's page: one sentence, since when, who is on it, what the contract gives, and "report a problem"."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from controller import our_side
from controller.api.incidents import ReportIn
from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.incidents import people, phones
from controller.scope import key_of
from controller.services import Services
from controller.tables import Latest, Link, School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.pages.incidents import words_of
from controller.web.read import incidents as read
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("school.read")]
Report = Annotated[Caller, require("incident.report")]

# One sentence for a person who looks after children, not after networks.
SENTENCES: Mapping[str, str] = {
    "up": N_("Mạng của trường đang tốt."),
    "degraded": N_("Mạng của trường dùng được nhưng đang kém."),
    "down": N_("Trường đang mất Internet."),
    "silent": N_("Chưa liên lạc được với thiết bị của trường."),
    "expected-off": N_("Ngoài giờ: thiết bị của trường đang nghỉ."),
    "no-box": N_("Trường chưa có thiết bị đo."),
    "unheard": N_("Phía tỉnh đang mất liên lạc; đây không phải lỗi của trường."),
    "reported": N_("Trường đã báo sự cố; thiết bị chưa đo thấy gì hỏng."),
}
TOLD: Mapping[str, str] = MappingProxyType(
    {
        "asked": N_("Đã báo cho tỉnh và xin đo tốc độ. Bạn theo dõi được ở trang này."),
        "recent": N_(
            "Đã báo cho tỉnh. Chưa xin đo thêm: trường vừa được đo hoặc đã xin đo trong 30 phút qua. "
            "Bạn theo dõi được ở trang này."
        ),
        "no-box": N_("Đã báo cho tỉnh. Bạn theo dõi được ở trang này."),
    }
)


@router.get("/my-school")
def mine(request: Request, who: Read, session: Db) -> Response:
    """To the one school that this person looks after; whoever has several chooses."""
    found = session.exec(who.scope.schools(select(School.code)).order_by(col(School.search)).limit(2)).all()
    return redirect(request, who, f"/my-school/{found[0]}" if len(found) == 1 else "/schools")


@router.get("/my-school/{code}")
def my_school(request: Request, code: CodeInPath, who: Read, session: Db, services: Sv) -> Response:
    return show(request, who, session, services, who.scope.require_school(session, code))


def show(
    request: Request, who: Caller, session: Session, services: Services, school: School, form: Form | None = None
) -> Response:
    latest = session.get(Latest, school.id)
    incident = people.open_of(session, school)
    rows = read.rows(session, who.scope, [incident]) if incident is not None else []
    form = form or Form(who.lang, {})
    link = session.exec(
        select(Link).where(Link.school_id == school.id).order_by(col(Link.is_primary).desc(), col(Link.id))
    ).first()
    context: dict[str, Any] = {
        "school": school,
        "latest": latest,
        "row": rows[0] if rows else None,
        "link": link,
        "sentence": SENTENCES[said(latest, incident, our_side.read(session.connection()).is_cut)],
        "state": latest.status if latest is not None else "no-box",
        "people": read.names_of(session, [incident.acknowledged_by] if incident is not None else []),
        "phones": phones.providers(session, incident, [key_of(school)]) if incident is not None else [],
        "past": read.of_school(session, who.scope, key_of(school)),
        "may_report": who.can("incident.report") and who.scope_of("incident.report").holds(school),
        "form": form,
    }
    return page(request, who, "my_school.html", status=form.status, **context, **words_of(request, who))


def said(latest: Latest | None, incident: Any, is_cut: bool) -> str:
    """Which sentence it is."""
    status = latest.status if latest is not None else "no-box"
    if is_cut and status in ("up", "degraded", "silent"):
        return "unheard"
    if incident is not None and incident.reported_by and status == "up":
        return "reported"
    return status if status in SENTENCES else "no-box"


@router.post("/my-school/{code}/report")
def report(request: Request, code: CodeInPath, who: Report, session: Db, services: Sv, data: Submitted) -> Response:
    school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
    body = form.bind(ReportIn, {"text": form.text("text")})
    if body is None:
        return show(request, who, session, services, school, form)
    told = people.report(session, services, who, school, body.text)
    return redirect(request, who, f"/my-school/{code}", TOLD[told.test])
