"""``/schools/{code}/weeks``: four weeks of a school hour by hour, as a picture and as a table that says the same."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from controller import audit
from controller.api.csv_answer import csv_answer
from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.scope import key_of
from controller.services import Services
from controller.tables import School
from controller.web.i18n import N_
from controller.web.read.school_line import windows_between
from controller.web.render import page, web_of
from controller.web.sheets import xlsx_answer
from monitoring import heat
from monitoring.days import bounds, day_of

router = APIRouter(include_in_schema=False)
What = Literal["availability", "latency", "loss"]
WEEKS = 4
KINDS: dict[str, str] = {"availability": N_("Có mạng"), "latency": N_("Độ trễ"), "loss": N_("Mất gói")}
FURTHEST = 60  # weeks back


HEADS = (
    N_("Ngày"), N_("Giờ"), N_("Số giây đã đo"), N_("Có mạng (%)"), N_("Độ trễ trung vị (ms)"), N_("Mất gói (%)"),
)  # fmt: skip
Back = Annotated[int, Query(ge=0, le=FURTHEST)]


@router.get("/schools/{code}/weeks")
def weeks_page(
    request: Request,
    code: CodeInPath,
    who: Annotated[Caller, require("measure.read")],
    session: Db,
    services: Sv,
    what: What = "availability",
    back: Back = 0,
) -> HTMLResponse:
    """``back``: how many times four weeks before this week."""
    school = who.scope.require_school(session, code)
    days, today = days_of(session, school, services, back)
    shown = [day for day in days if day.day <= today]
    return page(
        request,
        who,
        "school_weeks.html",
        school=school,
        what=what,
        back=back,
        furthest=FURTHEST,
        days=list(reversed(shown)),
        weeks=[days[number : number + 7] for number in range(0, len(days), 7)],
        today=today,
        kinds=KINDS,
        shade=lambda cell: heat.shade(what, cell),
        shades=heat.SHADES[what],
        measured=sum(cell.measured for day in days for cell in day.cells),
    )


@router.get("/schools/{code}/weeks/export/{kind}")
def weeks_export(
    request: Request,
    code: CodeInPath,
    kind: Literal["csv", "xlsx"],
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    back: Back = 0,
) -> Response:
    """A line for each hour until now; what was not measured is empty."""
    school = who.scope.require_school(session, code)
    days, _ = days_of(session, school, services, back)
    lines = [
        [day.day, f"{hour:02d}:00", round(cell.measured), _scaled(cell.up, 100), _scaled(cell.rtt, 1e3),
         _scaled(cell.loss, 100)]
        for day in days for hour, cell in enumerate(day.cells) if cell.at <= services.clock()
    ]  # fmt: skip
    translate, name = web_of(request).translate(who.lang), f"truongnet-weeks-{days[0].day}"
    audit.record(session, who.login, "export", f"file:{name}.{kind}", school=school.code, now=services.clock())
    session.commit()
    heads = [translate(text) for text in HEADS]
    return (
        xlsx_answer(name, translate(N_("Bốn tuần")), heads, lines) if kind == "xlsx" else csv_answer(name, heads, lines)
    )


def days_of(session: Session, school: School, services: Services, back: int) -> tuple[list[heat.Day], str]:
    """Four weeks, oldest first, and today."""
    zone = services.settings.zone
    today = dt.date.fromisoformat(day_of(services.clock(), zone))
    monday = today - dt.timedelta(days=today.weekday()) - dt.timedelta(weeks=WEEKS - 1 + back * WEEKS)
    past = monday + dt.timedelta(weeks=WEEKS)
    start, end = bounds(monday.isoformat(), zone)[0], bounds(past.isoformat(), zone)[0]
    windows = windows_between(session, key_of(school), start, end)
    return heat.lay(windows, monday.isoformat(), WEEKS * 7, zone), today.isoformat()


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 3)
