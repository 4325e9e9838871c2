"""``/schools/{code}/weeks``: four weeks of a school hour by hour, as a picture and as a table that says the same."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.scope import key_of
from controller.web.i18n import N_
from controller.web.read.school_line import windows_between
from controller.web.render import page
from monitoring import heat
from monitoring.days import bounds, day_of

router = APIRouter(include_in_schema=False)
What = Literal["availability", "latency", "loss"]
WEEKS = 4
KINDS: dict[str, str] = {"availability": N_("Có mạng"), "latency": N_("Độ trễ"), "loss": N_("Mất gói")}
FURTHEST = 60  # weeks back


@router.get("/schools/{code}/weeks")
def weeks_page(
    request: Request,
    code: CodeInPath,
    who: Annotated[Caller, require("measure.read")],
    session: Db,
    services: Sv,
    what: What = "availability",
    back: Annotated[int, Query(ge=0, le=FURTHEST)] = 0,
) -> HTMLResponse:
    """``back``: how many times four weeks before this week."""
    school, zone = who.scope.require_school(session, code), services.settings.zone
    today = dt.date.fromisoformat(day_of(services.clock(), zone))
    monday = today - dt.timedelta(days=today.weekday()) - dt.timedelta(weeks=WEEKS - 1 + back * WEEKS)
    past = monday + dt.timedelta(weeks=WEEKS)
    start, end = bounds(monday.isoformat(), zone)[0], bounds(past.isoformat(), zone)[0]
    windows = windows_between(session, key_of(school), start, end)
    days = heat.lay(windows, monday.isoformat(), WEEKS * 7, zone)
    shown = [day for day in days if day.day <= today.isoformat()]
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
        today=today.isoformat(),
        kinds=KINDS,
        shade=lambda cell: heat.shade(what, cell),
        shades=heat.SHADES[what],
        measured=sum(cell.measured for day in days for cell in day.cells),
    )
