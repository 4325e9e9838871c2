"""What the province tells its boxes, and the calendar that says when they are expected to be off."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import update
from sqlmodel import Session, col

from controller import audit
from controller.api.common import IfMatch, problems
from controller.api.schools import Level, check_calendar
from controller.api.shapes import CommuneCode, In
from controller.deps import Caller, Db, Sv, require
from controller.middleware import matches
from controller.problems import Problem
from controller.tables import School, Setting
from controller.tell import BOX_SETTINGS

router = APIRouter(prefix="/api/v1/settings", tags=["settings"])

ProbeName = Literal["host", "reach", "speed", "lan"]
Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")]


class ProbeSettings(In):
    every: Annotated[float, Field(ge=5, le=7 * 86_400)] | None = Field(None, description="seconds", examples=[60])
    enabled: bool | None = None


class Target(In):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$")] = Field(examples=["vnix"])
    kind: Literal["domestic", "international"] = Field(examples=["domestic"])
    address: Address = Field(examples=["203.119.8.1"])


class BoxSettings(In):
    probes: dict[ProbeName, ProbeSettings] = Field(default_factory=dict, examples=[{"reach": {"every": 60}}])
    targets: Annotated[list[Target], Field(max_length=20)] = Field(default_factory=list)


class BoxSettingsOut(BaseModel):
    revision: int = Field(description="rises with each change; boxes say which one they hold")
    probes: dict[str, dict[str, Any]]
    targets: list[dict[str, str]]


class CalendarIn(In):
    """A calendar for many schools at once: those of the commune and level given, else all."""

    calendar: dict[str, Any] = Field(
        examples=[{"hours": {"mon": ["06:30", "17:30"]}, "holidays": [["2027-06-01", "2027-08-15"]]}]
    )
    commune: CommuneCode | None = None
    level: Level | None = None


class Changed(BaseModel):
    schools: int


def read_box_settings(session: Session) -> BoxSettingsOut:
    row = session.get(Setting, BOX_SETTINGS)
    value = row.value if row is not None and isinstance(row.value, dict) else {}
    revision = int(row.updated_at) if row is not None else 0
    return BoxSettingsOut(revision=revision, probes=value.get("probes") or {}, targets=value.get("targets") or [])


def _tag(settings: BoxSettingsOut) -> str:
    return f'"{settings.revision}"'


@router.get("/boxes", responses=problems())
def get_box_settings(
    who: Annotated[Caller, require("settings.read")], session: Db, response: Response
) -> BoxSettingsOut:
    found = read_box_settings(session)
    response.headers["ETag"] = _tag(found)
    return found


@router.put("/boxes", responses=problems("changed-meanwhile"))
def put_box_settings(
    body: BoxSettings,
    who: Annotated[Caller, require("settings.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> BoxSettingsOut:
    """Boxes get them with their next exchange."""
    before = read_box_settings(session)
    if if_match and not matches(if_match, _tag(before)):
        raise Problem("changed-meanwhile")
    names = [target.name for target in body.targets]
    if len(set(names)) != len(names):
        message = "tên bị trùng / a name is used twice"
        raise Problem("invalid", errors=[{"field": "targets", "code": "duplicate", "message": message}])
    now = services.clock()
    row = session.get(Setting, BOX_SETTINGS) or Setting(key=BOX_SETTINGS)
    row.value = body.model_dump(exclude_none=True)
    row.updated_at = max(now, before.revision + 1.0)  # the revision is whole seconds and must rise
    session.add(row)
    audit.record(session, who.login, "settings.boxes", "settings:boxes", now=now, value=row.value)
    session.commit()
    services.changes.publish(None, "settings")
    found = read_box_settings(session)
    response.headers["ETag"] = _tag(found)
    return found


@router.put("/calendar", responses=problems())
def put_calendar(
    body: CalendarIn, who: Annotated[Caller, require("settings.write")], session: Db, services: Sv
) -> Changed:
    """Lay one calendar over many schools. A single school's own is changed at the school."""
    check_calendar(body.calendar)
    statement = update(School).where(col(School.is_sample).is_(False)).values(calendar=body.calendar)
    if body.commune is not None:
        statement = statement.where(col(School.commune_code) == body.commune)
    if body.level is not None:
        statement = statement.where(col(School.level) == body.level)
    count = session.connection().execute(statement).rowcount
    detail: dict[str, Any] = {"schools": count, "commune": body.commune or "", "level": body.level or ""}
    audit.record(session, who.login, "settings.calendar", "settings:calendar", now=services.clock(), **detail)
    session.commit()
    services.changes.publish(None, "registry")
    return Changed(schools=count)
