"""Schools: list, read, create, change, remove."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import Field
from sqlalchemy import delete, func
from sqlmodel import Session, SQLModel, col, select

from controller import audit
from controller.api.common import (
    IfMatch,
    Paged,
    SearchText,
    change,
    check_version,
    fetch,
    ordered,
    problems,
    searched,
    version_of,
)
from controller.api.shapes import (
    Code,
    CodeInPath,
    CommuneCode,
    Count,
    In,
    Latitude,
    Longitude,
    Name,
    Out,
    Text,
)
from controller.assets import heirs
from controller.deps import Caller, Db, Sv, require
from controller.people import grants
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import (
    Agent,
    Asset,
    Commune,
    Contact,
    Day,
    Device,
    Hour,
    IncidentSchool,
    JoinCode,
    Latest,
    Link,
    Measurement,
    MeasureSpent,
    Room,
    RoomItem,
    School,
    SchoolLink,
    SchoolMonth,
    SurveyAnswer,
)
from inventory.fold import school_search
from monitoring import calendar as calendars

router = APIRouter(prefix="/api/v1/schools", tags=["schools"])

Level = Literal["preschool", "primary", "lower-secondary", "upper-secondary", "mixed", "other"]
Status = Literal["up", "degraded", "down", "silent", "expected-off", "no-box"]


class SchoolStatus(Out):
    """The newest of everything; absent when the school has never been heard of."""

    status: str = "no-box"
    status_since: float | None = None
    status_reason: str = ""
    down_bps: float | None = None
    up_bps: float | None = None
    speed_at: float | None = None
    speed_scope: str = Field("", description='"loopback" is this machine only, not an Internet line')
    rtt: float | None = Field(None, description="seconds")
    loss_ratio: float | None = None


class SchoolRecord(Out):
    code: str = Field(examples=["82001"])
    name: str = Field(examples=["Trường THCS Đốc Binh Kiều"])
    level: str = Field(examples=["lower-secondary"])
    commune_code: str = Field(examples=["29869"])
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    pupils: int | None = None
    teachers: int | None = None
    shifts: int = 1
    calendar: dict[str, Any] = Field(default_factory=dict)
    is_sample: bool = False
    is_demo: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0


class SchoolOut(SchoolRecord):
    latest: SchoolStatus = SchoolStatus()


class SchoolChange(In):
    """Only what is given is changed."""

    code: Code | None = None
    name: Name | None = None
    level: Level | None = None
    commune_code: CommuneCode | None = None
    address: Text | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    pupils: Count | None = None
    teachers: Count | None = None
    shifts: Annotated[int, Field(ge=1, le=3)] | None = None
    calendar: dict[str, Any] | None = Field(
        None, examples=[{"hours": {"mon": ["06:30", "17:30"]}, "holidays": [["2027-06-01", "2027-08-15"]]}]
    )


class SchoolIn(SchoolChange):
    code: Code = Field(examples=["82001"])
    name: Name = Field(examples=["Trường THCS Đốc Binh Kiều"])
    commune_code: CommuneCode = Field(examples=["29869"])


NEVER_EMPTY = ("code", "name", "level", "commune_code", "address", "shifts", "calendar")


def shown(school: School, latest: Latest | None) -> SchoolOut:
    made = SchoolOut.model_validate(school)
    return made.model_copy(update={"latest": SchoolStatus.model_validate(latest)}) if latest else made


def check_calendar(calendar: dict[str, Any]) -> None:
    try:
        calendars.check(calendar)
    except calendars.CalendarError as error:
        raise Problem("invalid", errors=[{"field": "calendar", "code": "calendar", "message": str(error)}]) from None


@router.get("", responses=problems())
def list_schools(
    who: Annotated[Caller, require("school.read")],
    session: Db,
    response: Response,
    wanted: Paged,
    q: SearchText = "",
    commune: Annotated[list[CommuneCode], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
    level: Annotated[list[Level], Query(max_length=10)] = [],  # noqa: B006
    status: Annotated[list[Status], Query(max_length=10)] = [],  # noqa: B006
    sample: bool | None = None,
    sort: Annotated[str, Query(max_length=40, examples=["name", "-down_bps"])] = "name",
) -> list[SchoolOut]:
    """The schools of your part of the province, with the newest that is known of each."""
    statement = select(School, Latest).join(Latest, col(Latest.school_id) == School.id, isouter=True)
    statement = searched(who.scope.schools(statement), q)
    if commune:
        statement = statement.where(col(School.commune_code).in_(commune))
    if level:
        statement = statement.where(col(School.level).in_(level))
    if status:
        statement = statement.where(func.coalesce(Latest.status, "no-box").in_(status))
    if sample is not None:
        statement = statement.where(School.is_sample == sample)
    columns = {name: col(getattr(School, name)) for name in ("name", "code", "commune_code", "pupils", "updated_at")}
    columns |= {name: col(getattr(Latest, name)) for name in ("status", "down_bps", "up_bps", "rtt", "loss_ratio")}
    rows = fetch(session, ordered(statement, sort, columns, School.id), wanted, response)
    return [shown(school, latest) for school, latest in rows]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("commune-not-found", "school-exists"))
def create_school(
    body: SchoolIn, who: Annotated[Caller, require("school.write")], session: Db, services: Sv, response: Response
) -> SchoolRecord:
    _require_commune(session, who, body.commune_code)
    _require_free(session, body.code)
    values = {name: value for name, value in body.model_dump().items() if value is not None}
    check_calendar(values.get("calendar", {}))
    now = services.clock()
    school = School(**values, search=school_search(body.name, body.code), created_at=now, updated_at=now)
    session.add(school)
    session.flush()
    audit.record(session, who.login, "school.create", f"school:{school.code}", school.id, now=now)
    session.commit()
    services.changes.publish(school.id, "registry")
    response.headers["Location"] = f"{router.prefix}/{school.code}"
    response.headers["ETag"] = version_of(school)
    return SchoolRecord.model_validate(school)


@router.get("/{code}", responses=problems("school-not-found"))
def get_school(
    code: CodeInPath, who: Annotated[Caller, require("school.read")], session: Db, response: Response
) -> SchoolRecord:
    """What the registry says of one school. The ETag of this answer is what If-Match of a change takes."""
    school = who.scope.require_school(session, code)
    response.headers["ETag"] = version_of(school)
    return SchoolRecord.model_validate(school)


@router.get("/{code}/status", responses=problems("school-not-found"))
def get_status(code: CodeInPath, who: Annotated[Caller, require("school.read")], session: Db) -> SchoolStatus:
    """How one school is: status with its reason, newest speed, round trip and loss."""
    latest = session.get(Latest, who.scope.require_school(session, code).id)
    return SchoolStatus.model_validate(latest) if latest else SchoolStatus()


@router.patch(
    "/{code}",
    responses=problems("school-not-found", "commune-not-found", "school-exists", "changed-meanwhile"),
)
def change_school(
    code: CodeInPath,
    body: SchoolChange,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> SchoolRecord:
    """Change what is given; If-Match takes the ETag that you read."""
    school = who.scope.require_school(session, code)
    check_version(school, if_match)
    values = body.model_dump(exclude_unset=True)
    _refuse_empty(values)
    if "commune_code" in values and values["commune_code"] != school.commune_code:
        _require_commune(session, who, values["commune_code"])
    if values.get("code", code) != code:
        _require_free(session, values["code"])
        grants.rename_school(session, code, values["code"])
    check_calendar(values.get("calendar") or {})
    changed = change(school, values)
    if changed:
        school.search = school_search(school.name, school.code)
        school.updated_at = services.clock()
        session.add(school)
        audit.record(
            session,
            who.login,
            "school.update",
            f"school:{school.code}",
            school.id,
            now=services.clock(),
            fields=changed,
        )
        session.commit()
        services.changes.publish(school.id, "registry")
    response.headers["ETag"] = version_of(school)
    return SchoolRecord.model_validate(school)


@router.delete("/{code}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("school-not-found", "in-use"))
def remove_school(code: CodeInPath, who: Annotated[Caller, require("school.write")], session: Db, services: Sv) -> None:
    """Remove a school that never had a box. One that had keeps its history: retire its boxes instead."""
    school = who.scope.require_school(session, code)
    for kept in (Agent, Asset, IncidentSchool):
        if session.exec(select(kept.id).where(kept.school_id == school.id).limit(1)).first() is not None:
            raise Problem("in-use")
    parts: tuple[type[SQLModel], ...] = (
        Contact,
        RoomItem,
        SchoolLink,
        SurveyAnswer,
        Device,
        Room,
        Link,
        JoinCode,
        Latest,
        Hour,
        Day,
        SchoolMonth,
        Measurement,
        MeasureSpent,
    )
    for model in parts:
        session.execute(delete(model).where(model.school_id == school.id))  # type: ignore[attr-defined]
    heirs.forget(session, key_of(school))
    grants.forget(session, "school", school.code)
    session.delete(school)
    audit.record(session, who.login, "school.remove", f"school:{code}", school.id, now=services.clock())
    session.commit()
    services.changes.publish(None, "registry")


def _require_commune(session: Session, who: Caller, code: str) -> None:
    if not who.scope.holds_commune(code) or session.get(Commune, code) is None:
        raise Problem("commune-not-found")


def _require_free(session: Session, code: str) -> None:
    if session.exec(select(School.id).where(School.code == code)).first() is not None:
        raise Problem("school-exists")


def _refuse_empty(values: dict[str, Any]) -> None:
    empty = [name for name in NEVER_EMPTY if name in values and values[name] is None]
    if empty:
        raise Problem(
            "invalid",
            errors=[
                {"field": name, "code": "missing", "message": "không được trống / cannot be empty"} for name in empty
            ],
        )
