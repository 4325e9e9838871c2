"""Incidents: the list, one of them with its evidence and timeline, and what people do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller import audit
from controller.api import incidents as api
from controller.api.common import ordered
from controller.api.csv_answer import csv_answer
from controller.api.shapes import NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.incidents import people, phones
from controller.problems import Problem
from controller.services import Services
from controller.tables import Incident
from controller.web.fields import Form, Submitted, texts
from controller.web.fields import number as as_number
from controller.web.i18n import N_, Translate
from controller.web.incident_words import CAUSES, advice_of, cause_word, evidence_text, step_text, sure_word
from controller.web.read import incidents as read
from controller.web.render import lang_of, page, redirect, web_of
from controller.web.sheets import xlsx_answer
from controller.web.tables import PAGE_SIZE, Listing

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("incident.read")]
Write = Annotated[Caller, require("incident.write")]
Short = Annotated[str, Query(max_length=100)]
STATES = ("open", "closed", "all")
COLUMNS = (
    N_("Số"), N_("Sự cố"), N_("Trạng thái"), N_("Mức độ"), N_("Bắt đầu"), N_("Kết thúc"), N_("Kéo dài (phút)"),
    N_("Số trường"), N_("Nhà cung cấp"), N_("Nguyên nhân"), N_("Độ chắc chắn"), N_("Đã xác nhận bằng thiết bị"),
    N_("Nhận định tạm"), N_("Người nhận xử lý"), N_("Mã phiếu của nhà mạng"), N_("Điện thoại nhà mạng"),
    N_("Điện thoại của trường"), N_("Dữ liệu mẫu"),
)  # fmt: skip


def filters(state: Short = "open", cause: Short = "", commune: Short = "", provider: Short = "") -> read.Filters:
    return read.Filters(
        state=state if state in STATES else "open",
        cause=cause if cause in CAUSES else "",
        commune=commune,
        provider=provider,
    )


Asked = Annotated[read.Filters, Depends(filters)]
Sort = Annotated[str, Query(max_length=20)]


def title_of(translate: Translate) -> Any:
    """What an incident is called."""

    def title(row: read.Row) -> str:
        incident = row.incident
        if incident.kind == "province" and not incident.schools:
            return translate(N_("Đường truyền của tỉnh có sự cố"))
        if incident.kind == "province":
            return translate(N_("Phía tỉnh mất liên lạc với {n} trường"), n=incident.schools)
        if incident.kind == "provider":
            return translate(N_("{n} trường dùng {provider}"), n=incident.schools, provider=incident.provider)
        if incident.kind == "area" and incident.provider:
            return translate(
                N_("{n} trường ở {commune} dùng {provider}"), n=incident.schools, commune=row.commune,
                provider=incident.provider,
            )  # fmt: skip
        if incident.kind == "area":
            return translate(N_("{n} trường ở {commune}"), n=incident.schools, commune=row.commune)
        return row.names[0] if row.names else translate(N_("Một trường"))

    return title


def words_of(request: Request, who: Caller) -> dict[str, Any]:
    web, lang = web_of(request), lang_of(request, who)
    translate, fmt = web.translate(lang), web.format(lang)
    return {
        "title_of": title_of(translate),
        "cause_word": lambda cause: cause_word(translate, cause),
        "sure_word": lambda confidence: sure_word(translate, confidence),
        "advice_of": lambda cause, confidence: advice_of(translate, cause, confidence),
        "evidence_text": lambda one: evidence_text(translate, fmt, one),
        "step_text": lambda step: step_text(translate, fmt, step.kind, step.facts),
        "causes": [name for name in CAUSES if name],
    }


def found_of(who: Caller, asked: read.Filters, sort: str) -> Any:
    wanted = sort if sort.removeprefix("-") in api.SORTS else read.FIRST_OF_TABLE
    found = api.statement(who, asked.state, asked.cause, asked.commune, asked.provider)
    if not sort and asked.state == "open":
        return found.order_by(read.rank(), col(Incident.schools).desc(), col(Incident.began_at))
    return ordered(found, wanted, api.SORTS, col(Incident.id).desc())


@router.get("/incidents")
def incidents(
    request: Request,
    who: Read,
    session: Db,
    asked: Asked,
    sort: Sort = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    found = found_of(who, asked, sort)
    total = int(session.execute(select(func.count()).select_from(found.order_by(None).subquery())).scalar_one())
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    some = session.exec(found.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    listing = Listing(
        id="incidents",
        url="/incidents",
        rows=read.rows(session, who.scope, some),
        total=total,
        page=number,
        sort=sort,
        params=asked.params,
    )
    people_names = read.names_of(session, [row.incident.acknowledged_by for row in listing.rows])
    return page(
        request, who, "incidents.html", list=listing, asked=asked, choices=read.choices(session, who.scope),
        people=people_names, **words_of(request, who),
    )  # fmt: skip


@router.get("/incidents/export/{kind}")
def export(
    request: Request,
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    kind: Literal["csv", "xlsx"],
    asked: Asked,
    sort: Sort = "",
) -> Response:
    """The table as it was asked for, all its pages."""
    web = web_of(request)
    translate = web.translate(who.lang)
    found = found_of(who, asked, sort)
    lines: list[list[Any]] = []
    for rows in read.batches(session, who.scope, found):
        calls = phones.lines(session, who, [row.incident for row in rows])
        lines += cells(rows, calls, translate, web.format(who.lang).iso, services.clock())
    heads = [translate(text) for text in COLUMNS]
    audit.record(session, who.login, "export", f"file:truongnet-incidents.{kind}", now=services.clock())
    session.commit()
    if kind == "xlsx":
        return xlsx_answer("truongnet-incidents", translate(N_("Sự cố")), heads, lines)
    return csv_answer("truongnet-incidents", heads, lines)


def cells(
    rows: Sequence[read.Row], calls: Mapping[int, phones.Lines], translate: Translate, moment: Any, now: float
) -> Iterator[list[Any]]:
    title = title_of(translate)
    states = {"open": translate(N_("Đang xảy ra")), "closed": translate(N_("Đã kết thúc"))}
    severities = {"down": translate(N_("Mất mạng")), "degraded": translate(N_("Suy giảm"))}
    for row in rows:
        one, call = row.incident, calls[row.incident.id or 0]
        yield [
            one.id, title(row), states.get(one.state, one.state), severities.get(one.severity, one.severity),
            moment(one.began_at), moment(one.ended_at), round(row.lasted(now) / 60), one.schools, one.provider,
            cause_word(translate, one.cause), round(one.confidence, 2),
            translate(N_("có")) if one.is_final else "", cause_word(translate, one.provisional_cause),
            one.acknowledged_by, one.ticket, call.providers, call.schools, translate(N_("có")) if one.is_sample else "",
        ]  # fmt: skip


@router.get("/incidents/{number}")
def incident(request: Request, number: NumberInPath, who: Read, session: Db, services: Sv) -> Response:
    return show(request, who, session, services, number)


def show(
    request: Request,
    who: Caller,
    session: Session,
    services: Services,
    number: int,
    form: Form | None = None,
) -> Response:
    scope = who.scope_of("incident.read")
    one = people.require(session, scope, number)
    parts, steps = people.members(session, scope, number), people.steps(session, scope, number)
    form = form or Form(who.lang, {"ticket": one.ticket, "hours": "4", "text": ""})
    row = read.rows(session, scope, [one])[0]
    logins = [step.actor for step in steps] + [one.acknowledged_by, one.muted_by, one.reported_by]
    context = {
        "row": row,
        "incident": one,
        "parts": parts,
        "spoken": spoken(parts, one.cause),
        "steps": list(reversed(steps)),
        "codes": {school.id: school for _, school in parts},
        "phones": phones.phones(session, who, one, [school for _, school in parts]),
        "people": read.names_of(session, logins),
        "may_write": may_write(session, who, number),
        "form": form,
        "is_muted": one.muted_until is not None and one.muted_until > services.clock(),
    }
    return page(request, who, "incident.html", status=form.status, **context, **words_of(request, who))


def spoken(parts: Any, cause: str) -> Any:
    """The school whose evidence speaks best for the incident's cause: shown in full, the others folded."""

    def loudness(pair: Any) -> tuple[bool, bool, float]:
        part = pair[0]
        final = part.final_cause == cause
        return bool(part.final_cause), final or part.provisional_cause == cause, part.final_confidence

    return max(parts, key=loudness)[0] if parts else None


def may_write(session: Session, who: Caller, number: int) -> bool:
    if not who.can("incident.write"):
        return False
    try:
        people.require_whole(session, who.scope_of("incident.write"), number)
    except Problem:
        return False
    return True


@router.post("/incidents/{number}/acknowledge")
def acknowledge(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    people.Desk(session, services, who, number).acknowledge()
    return redirect(request, who, f"/incidents/{number}", N_("Bạn đã nhận xử lý sự cố này."))


@router.post("/incidents/{number}/unmute")
def unmute(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    people.Desk(session, services, who, number).unmute()
    return redirect(request, who, f"/incidents/{number}", N_("Đã bật lại cảnh báo."))


@router.post("/incidents/{number}/close")
def close(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    people.Desk(session, services, who, number).close()
    return redirect(request, who, f"/incidents/{number}", N_("Đã đóng sự cố."))


@router.post("/incidents/{number}/comment")
def comment(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    desk = people.Desk(session, services, who, number)
    form = filled(who, desk, data)
    body = form.bind(api.CommentIn, {"text": form.text("text")})
    if body is None:
        return show(request, who, session, services, number, form)
    desk.comment(body.text)
    return redirect(request, who, f"/incidents/{number}", N_("Đã ghi chú."))


@router.post("/incidents/{number}/ticket")
def ticket(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    desk = people.Desk(session, services, who, number)
    form = filled(who, desk, data)
    body = form.bind(api.TicketIn, {"ticket": form.text("ticket")})
    if body is None:
        return show(request, who, session, services, number, form)
    desk.ticket(body.ticket)
    return redirect(request, who, f"/incidents/{number}", N_("Đã lưu mã phiếu của nhà mạng."))


@router.post("/incidents/{number}/mute")
def mute(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    desk = people.Desk(session, services, who, number)
    form = filled(who, desk, data)
    body = form.bind(api.MuteIn, {"hours": as_number(form.text("hours"))})
    if body is None:
        return show(request, who, session, services, number, form)
    desk.mute(body.hours)
    return redirect(request, who, f"/incidents/{number}", N_("Đã tạm tắt cảnh báo. Sự cố vẫn hiện trên mọi trang."))


def filled(who: Caller, desk: people.Desk, data: Any) -> Form:
    given: Mapping[str, str] = texts(data)
    return Form(who.lang, {"ticket": desk.incident.ticket, "hours": "4", "text": "", **given})
