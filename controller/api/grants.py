"""Grants: a role over the province, a commune or a school."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, status
from pydantic import Field
from sqlmodel import col, select

from controller import audit
from controller.api.common import problems
from controller.api.shapes import In, NumberInPath, Out
from controller.api.users import require_user
from controller.deps import Caller, Db, Sv, require
from controller.people import grants
from controller.problems import Problem
from controller.scope import Grant
from controller.tables import RoleGrant

router = APIRouter(prefix="/api/v1/users/{number}/grants", tags=["grants"])
Role = Literal["province-admin", "operator", "technician", "auditor", "commune-officer", "school"]


class GrantIn(In):
    role: Role = Field(examples=["commune-officer"])
    scope_kind: Literal["province", "commune", "school"] = Field("province", examples=["commune"])
    scope_id: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9._-]*$", examples=["29869"])


class GrantOut(Out):
    id: int
    role: str
    scope_kind: str
    scope_id: str


@router.get("", responses=problems("not-found"))
def list_grants(number: NumberInPath, who: Annotated[Caller, require("user.read")], session: Db) -> list[GrantOut]:
    require_user(session, number)
    rows = session.exec(select(RoleGrant).where(RoleGrant.user_id == number).order_by(col(RoleGrant.id)))
    return [GrantOut.model_validate(row) for row in rows]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("not-found", "cannot-grant", "conflict"))
def add_grant(
    number: NumberInPath, body: GrantIn, who: Annotated[Caller, require("user.write")], session: Db, services: Sv
) -> GrantOut:
    """Nobody can grant more than he has himself."""
    user = require_user(session, number)
    grants.check(session, who.principal.grants, Grant(body.role, body.scope_kind, body.scope_id))
    row = RoleGrant(user_id=number, **body.model_dump())
    session.add(row)
    session.flush()
    audit.record(session, who.login, "grant.add", f"user:{user.login}", now=services.clock(), grant=body.model_dump())
    session.commit()
    return GrantOut.model_validate(row)


@router.delete("/{grant_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found", "last-admin"))
def remove_grant(
    number: NumberInPath,
    grant_id: NumberInPath,
    who: Annotated[Caller, require("user.write")],
    session: Db,
    services: Sv,
) -> None:
    user, row = require_user(session, number), session.get(RoleGrant, grant_id)
    if row is None or row.user_id != number:
        raise Problem("not-found")
    session.delete(row)
    grants.keep_an_admin(session)
    said = {"role": row.role, "scope_kind": row.scope_kind, "scope_id": row.scope_id}
    audit.record(session, who.login, "grant.remove", f"user:{user.login}", now=services.clock(), grant=said)
    session.commit()
