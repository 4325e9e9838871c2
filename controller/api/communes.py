"""Communes and wards: the middle of the scope tree."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response, status
from pydantic import Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, SearchText, change, fetch, problems
from controller.api.shapes import In, Latitude, Longitude, Name, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.people import grants
from controller.problems import Problem
from controller.scope import Scope
from controller.tables import Commune, School
from inventory.fold import fold

router = APIRouter(prefix="/api/v1/communes", tags=["communes"])
CodePath = Annotated[str, Path(pattern=r"^[0-9]{1,10}$", examples=["29869"])]


class CommuneOut(Out):
    code: str = Field(examples=["29869"])
    name: str = Field(examples=["Phường Cao Lãnh"])
    kind: str = ""
    lat: float | None = None
    lon: float | None = None
    schools: int = Field(0, description="that you may see")


class CommuneIn(In):
    name: Name = Field(examples=["Phường Cao Lãnh"])
    kind: Text = ""
    lat: Latitude | None = None
    lon: Longitude | None = None


def _counts(session: Session, scope: Scope) -> dict[str, int]:
    statement = scope.schools(select(School.commune_code, func.count()).group_by(School.commune_code))
    return dict(iter(session.exec(statement)))


@router.get("", responses=problems())
def list_communes(
    who: Annotated[Caller, require("commune.read")], session: Db, wanted: Paged, response: Response, q: SearchText = ""
) -> list[CommuneOut]:
    statement = who.scope.communes(select(Commune)).order_by(col(Commune.name), col(Commune.code))
    if q:  # a province has about a hundred: names are folded here instead of in a column
        names = session.exec(who.scope.communes(select(Commune.code, Commune.name)))
        found = [code for code, name in names if all(word in fold(f"{name} {code}") for word in fold(q).split())]
        statement = statement.where(col(Commune.code).in_(found))
    counts = _counts(session, who.scope)
    rows = fetch(session, statement, wanted, response)
    return [CommuneOut.model_validate(row).model_copy(update={"schools": counts.get(row.code, 0)}) for row in rows]


@router.get("/{code}", responses=problems("commune-not-found"))
def get_commune(code: CodePath, who: Annotated[Caller, require("commune.read")], session: Db) -> CommuneOut:
    row = session.exec(who.scope.communes(select(Commune)).where(Commune.code == code)).one_or_none()
    if row is None:
        raise Problem("commune-not-found")
    return CommuneOut.model_validate(row).model_copy(update={"schools": _counts(session, who.scope).get(code, 0)})


@router.put("/{code}", responses=problems())
def put_commune(
    code: CodePath, body: CommuneIn, who: Annotated[Caller, require("commune.write")], session: Db, services: Sv
) -> CommuneOut:
    """Make a commune or change it. The province's own come with the import; this is for corrections."""
    row = session.get(Commune, code) or Commune(code=code, name="", province_code=services.settings.province_code)
    changed = change(row, body.model_dump())
    if changed:
        session.add(row)
        audit.record(session, who.login, "commune.update", f"commune:{code}", now=services.clock(), fields=changed)
        session.commit()
        services.changes.publish(None, "registry")
    return CommuneOut.model_validate(row).model_copy(update={"schools": _counts(session, who.scope).get(code, 0)})


@router.delete("/{code}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("commune-not-found", "in-use"))
def remove_commune(code: CodePath, who: Annotated[Caller, require("commune.write")], session: Db, services: Sv) -> None:
    row = session.get(Commune, code)
    if row is None:
        raise Problem("commune-not-found")
    if session.exec(select(School.id).where(School.commune_code == code).limit(1)).first() is not None:
        raise Problem("in-use")
    session.delete(row)
    grants.forget(session, "commune", code)
    audit.record(session, who.login, "commune.remove", f"commune:{code}", now=services.clock())
    session.commit()
