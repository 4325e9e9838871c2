"""When schools are measured: the province's limits, its calendar for schools without one, a school's next test."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field
from sqlmodel import Session

from controller import audit, measuring
from controller.admission_data import CALENDAR, MEASURING, MeasuringRules, plain, rules_of
from controller.api.common import IfMatch, problems
from controller.api.schools import check_calendar
from controller.api.shapes import CodeInPath, In, Out
from controller.deps import Caller, Db, Sv, require
from controller.middleware import matches
from controller.problems import Problem
from controller.tables import Setting

router = APIRouter(prefix="/api/v1", tags=["measurements"])

SettingsRead = Annotated[Caller, require("settings.read")]
SettingsWrite = Annotated[Caller, require("settings.write")]
Mbps = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, description="Mbit/s at once; 0: no limit")]
AtOnce = Annotated[int, Field(ge=0, le=10_000, description="tests at once; 0: no limit")]


class Limits(In):
    """What may run at once, and what a school may spend."""

    budget_mb: Annotated[int, Field(ge=0, le=1_000_000, description="MB a school and month")] = 2_000
    server_mbps: Mbps = 1_000
    server_tests: Annotated[int, Field(ge=1, le=10_000, description="tests at once")] = 8
    provider_mbps: Mbps = 0
    provider_tests: AtOnce = 4


class LimitsOut(BaseModel):
    revision: int
    budget_mb: int
    server_mbps: float
    server_tests: int
    provider_mbps: float
    provider_tests: int


class DefaultCalendar(In):
    calendar: dict[str, Any] = Field(
        examples=[
            {
                "hours": {"mon": ["06:30", "17:30"]},
                "shifts": [{"periods": [["07:00", "07:45"], ["07:50", "08:35"]]}],
                "public_holidays": True,
            }
        ]
    )


class MeasuringOut(Out):
    """A school's next test. ``mode`` and ``reason`` are foretold until the test has its place (``is_booked``)."""

    has_box: bool
    next_at: float | None = None
    is_booked: bool = False
    mode: str = Field("", examples=["short"])
    reason: str = Field("", examples=["pace"])
    used: int = Field(0, description="bytes of speed tests this month")
    budget: int = Field(0, description="bytes a month")
    asked_at: float | None = None
    asked_by: str = ""


def read_limits(session: Session) -> LimitsOut:
    row = session.get(Setting, MEASURING)
    rules = rules_of(row.value) if row is not None and isinstance(row.value, dict) else MeasuringRules()
    return LimitsOut(revision=int(row.updated_at) if row is not None else 0, **plain(rules))


def read_default(session: Session) -> dict[str, Any]:
    row = session.get(Setting, CALENDAR)
    return row.value if row is not None and isinstance(row.value, dict) else {}


def _tag(limits: LimitsOut) -> str:
    return f'"{limits.revision}"'


@router.get("/settings/measuring", responses=problems())
def get_limits(who: SettingsRead, session: Db, response: Response) -> LimitsOut:
    found = read_limits(session)
    response.headers["ETag"] = _tag(found)
    return found


@router.put("/settings/measuring", responses=problems("changed-meanwhile"))
def put_limits(
    body: Limits, who: SettingsWrite, session: Db, services: Sv, response: Response, if_match: IfMatch = ""
) -> LimitsOut:
    """They hold from the next decision on; places that are booked stay."""
    before = read_limits(session)
    if if_match and not matches(if_match, _tag(before)):
        raise Problem("changed-meanwhile")
    now = services.clock()
    row = session.get(Setting, MEASURING) or Setting(key=MEASURING)
    row.value, row.updated_at = body.model_dump(), max(now, before.revision + 1.0)
    session.add(row)
    audit.record(session, who.login, "settings.measuring", "settings:measuring", now=now, value=row.value)
    session.commit()
    found = read_limits(session)
    response.headers["ETag"] = _tag(found)
    return found


@router.get("/settings/calendar/default", responses=problems())
def get_default_calendar(who: SettingsRead, session: Db) -> DefaultCalendar:
    """The calendar of schools that have none of their own."""
    return DefaultCalendar(calendar=read_default(session))


@router.put("/settings/calendar/default", responses=problems())
def put_default_calendar(body: DefaultCalendar, who: SettingsWrite, session: Db, services: Sv) -> DefaultCalendar:
    check_calendar(body.calendar)
    row = session.get(Setting, CALENDAR) or Setting(key=CALENDAR)
    row.value, row.updated_at = body.calendar, services.clock()
    session.add(row)
    audit.record(
        session, who.login, "settings.calendar-default", "settings:calendar", now=services.clock(), value=body.calendar
    )
    session.commit()
    services.changes.publish(None, "registry")
    return body


@router.get("/schools/{code}/measuring", responses=problems("school-not-found"))
def get_measuring(
    code: CodeInPath, who: Annotated[Caller, require("measure.read")], session: Db, services: Sv
) -> MeasuringOut:
    school = who.scope.require_school(session, code)
    return MeasuringOut.model_validate(measuring.read(session, school, services.settings, services.clock()))


@router.post(
    "/schools/{code}/measuring",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems("school-not-found", "no-box"),
)
def ask_to_measure(
    code: CodeInPath, who: Annotated[Caller, require("measure.ask")], session: Db, services: Sv
) -> MeasuringOut:
    """Measure this school next: its boxes are woken and go before those whose turn it is by plan, within the same
    limits. During lessons that is a light probe."""
    school, now = who.scope.require_school(session, code), services.clock()
    boxes = measuring.ask(session, school, who.login, now)
    if not boxes:
        session.rollback()
        raise Problem("no-box")
    audit.record(session, who.login, "measure.ask", f"school:{school.code}", school.id, now=now)
    session.commit()
    services.beats.wake(boxes)
    services.changes.publish(school.id, "measurement")
    return MeasuringOut.model_validate(measuring.read(session, school, services.settings, now))
