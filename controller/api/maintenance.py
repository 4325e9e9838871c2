"""Planned work: of a school, a commune, a provider's schools, or the province. What fails meanwhile is no incident."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import In, Moment, NumberInPath, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.plan import marks
from controller.plan.months import month_of
from controller.problems import Problem
from controller.scope import Scope
from controller.services import Services
from controller.tables import Commune, Maintenance, School

router = APIRouter(prefix="/api/v1/maintenance", tags=["incidents"])
Kind = Literal["province", "commune", "school", "provider"]
LONGEST = 90 * 86_400.0


class MaintenanceOut(Out):
    id: int
    scope_kind: str = Field(examples=["school"])
    scope_id: str = Field("", examples=["82001"], description="code of the school or commune, or the provider's name")
    starts_at: float
    ends_at: float
    reason: str = ""
    created_by: str = ""


class MaintenanceIn(In):
    scope_kind: Kind = Field(examples=["school"])
    scope_id: Text = Field("", examples=["82001"])
    starts_at: Moment = Field(examples=[1795496400])
    ends_at: Moment = Field(examples=[1795503600])
    reason: Text = Field("", examples=["Thay bộ định tuyến"])


class MaintenanceChange(In):
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    reason: Text | None = None


def visible(scope: Scope) -> Any:
    """Work of one's own places, and what concerns everybody."""
    if scope.is_all:
        return col(Maintenance.id).is_not(None)
    schools = select(School.code).where(scope.condition())
    communes = select(School.commune_code).where(scope.condition())
    return or_(
        col(Maintenance.scope_kind).in_(("province", "provider")),
        and_(col(Maintenance.scope_kind) == "school", col(Maintenance.scope_id).in_(schools)),
        and_(col(Maintenance.scope_kind) == "commune", col(Maintenance.scope_id).in_(communes)),
    )


def check_place(session: Session, scope: Scope, kind: str, place: str) -> int | None:
    """Whether this person may plan work there; the school's id when it is one. Problem when not."""
    if kind == "school":
        return scope.require_school(session, place).id
    if kind == "commune":
        if not scope.holds_commune(place) or session.get(Commune, place) is None:
            raise Problem("commune-not-found")
        return None
    if not scope.is_all:
        raise Problem("forbidden")
    if kind == "provider" and not place:
        raise wrong("scope_id", "hãy ghi tên nhà mạng / name the provider")
    return None


def wrong(field: str, message: str) -> Problem:
    return Problem("invalid", errors=[{"field": field, "code": "value", "message": message}])


def check_times(starts: float, ends: float) -> None:
    if ends <= starts:
        raise wrong("ends_at", "phải sau giờ bắt đầu / must be after the beginning")
    if ends - starts > LONGEST:
        raise wrong("ends_at", "dài nhất 90 ngày / at most 90 days")


def find(session: Session, scope: Scope, number: int) -> Maintenance:
    """One that this person may change. Problem "not-found"."""
    row = session.exec(select(Maintenance).where(Maintenance.id == number, visible(scope))).one_or_none()
    if row is None:
        raise Problem("not-found")
    check_place(session, scope, row.scope_kind, row.scope_id)
    return row


@router.get("", responses=problems())
def list_maintenance(
    who: Annotated[Caller, require("incident.read")],
    session: Db,
    services: Sv,
    wanted: Paged,
    response: Response,
    past: bool = False,
) -> list[MaintenanceOut]:
    """What is going on and what is to come; with ``past`` also what is over."""
    query = select(Maintenance).where(visible(who.scope))
    if not past:
        query = query.where(Maintenance.ends_at > services.clock())
    rows = fetch(session, query.order_by(col(Maintenance.starts_at), col(Maintenance.id)), wanted, response)
    return [MaintenanceOut.model_validate(row) for row in rows]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems("school-not-found", "commune-not-found"),
)
def add_maintenance(
    body: MaintenanceIn, who: Annotated[Caller, require("maintenance.write")], session: Db, services: Sv
) -> MaintenanceOut:
    check_times(body.starts_at, body.ends_at)
    place = "" if body.scope_kind == "province" else body.scope_id
    school = check_place(session, who.scope, body.scope_kind, place)
    row = Maintenance(**{**body.model_dump(), "scope_id": place}, created_by=who.login, created_at=services.clock())
    session.add(row)
    _mark(session, services, row)
    _commit(session, services, who, "maintenance.create", row, school)
    return MaintenanceOut.model_validate(row)


@router.patch("/{number}", responses=problems("not-found", "school-not-found", "commune-not-found"))
def change_maintenance(
    number: NumberInPath,
    body: MaintenanceChange,
    who: Annotated[Caller, require("maintenance.write")],
    session: Db,
    services: Sv,
) -> MaintenanceOut:
    row = find(session, who.scope, number)
    before = (row.starts_at, row.ends_at)
    _mark(session, services, row)
    for name, value in body.model_dump(exclude_unset=True, exclude_none=True).items():
        setattr(row, name, value)
    check_times(row.starts_at, row.ends_at)
    if row.starts_at < before[0] or row.ends_at > before[1]:
        row.created_at = services.clock()  # more is asked for from now on: it excuses nothing that was before
    session.add(row)
    _mark(session, services, row)
    _commit(session, services, who, "maintenance.update", row, None)
    return MaintenanceOut.model_validate(row)


@router.delete(
    "/{number}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("not-found", "school-not-found", "commune-not-found"),
)
def remove_maintenance(
    number: NumberInPath, who: Annotated[Caller, require("maintenance.write")], session: Db, services: Sv
) -> None:
    row = find(session, who.scope, number)
    _mark(session, services, row)
    session.delete(row)
    _commit(session, services, who, "maintenance.remove", row, None)


def _mark(session: Session, services: Services, row: Maintenance) -> None:
    """Verdicts of the months that the work touches, as it stands, are no longer what they would be."""
    first, last = (month_of(at, services.settings.zone) for at in (row.starts_at, row.ends_at))
    marks.work_changed(session, row.scope_kind, row.scope_id, first, last)


def _commit(
    session: Session, services: Services, who: Caller, action: str, row: Maintenance, school: int | None
) -> None:
    session.flush()
    detail: dict[str, Any] = {
        "kind": row.scope_kind,
        "place": row.scope_id,
        "starts": row.starts_at,
        "ends": row.ends_at,
    }
    audit.record(session, who.login, action, f"maintenance:{row.id}", school, now=services.clock(), **detail)
    session.commit()
    services.changes.publish(None, "status")
