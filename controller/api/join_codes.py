"""Join codes: made for one school, shown once, good once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlmodel import col, select

from controller import audit, joincodes
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import Code, IdInPath, In, Out
from controller.deps import Caller, Db, Sv, require
from controller.tables import JoinCode, School

router = APIRouter(prefix="/api/v1/join-codes", tags=["boxes"])
Create = Annotated[Caller, require("join.create")]


class JoinCodeOut(Out):
    id: str
    school_code: str = Field("", examples=["82001"])
    created_at: float
    created_by: str = ""
    expires_at: float
    used_at: float | None = None
    used_by: str = ""


class JoinCodeIn(In):
    school: Code = Field(examples=["82001"])
    hours: Annotated[int, Field(ge=1, le=720)] = 72


class NewJoinCode(JoinCodeOut):
    text: str = Field(description="shown once", examples=["tn1:…"])


@router.get("", responses=problems())
def list_join_codes(
    who: Create, session: Db, services: Sv, wanted: Paged, response: Response, open: bool | None = None
) -> list[JoinCodeOut]:
    """``open``: only those that are neither used nor past their time, or only the others."""
    statement = who.scope.schools(select(JoinCode, School.code).join(School, col(School.id) == JoinCode.school_id))
    if open is not None:
        is_open = col(JoinCode.used_at).is_(None) & (col(JoinCode.expires_at) > services.clock())
        statement = statement.where(is_open if open else ~is_open)
    statement = statement.order_by(col(JoinCode.created_at).desc(), col(JoinCode.id))
    rows = fetch(session, statement, wanted, response)
    return [JoinCodeOut.model_validate(row).model_copy(update={"school_code": code}) for row, code in rows]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def create_join_code(body: JoinCodeIn, who: Create, session: Db, services: Sv) -> NewJoinCode:
    school, now = who.scope.require_school(session, body.school), services.clock()
    made = joincodes.create(
        session,
        services.keys,
        school=school,
        by=who.login,
        url=services.settings.base_url,
        now=now,
        seconds=body.hours * 3600.0,
    )
    detail: dict[str, Any] = {"school": school.code, "hours": body.hours}
    audit.record(session, who.login, "join-code.create", f"join-code:{made.id}", school.id, now=now, **detail)
    session.commit()
    return NewJoinCode(
        id=made.id,
        school_code=school.code,
        created_at=now,
        created_by=who.login,
        expires_at=made.expires_at,
        text=made.text,
    )


@router.delete("/{code_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def revoke_join_code(code_id: IdInPath, who: Create, session: Db, services: Sv) -> None:
    """The code is over from now on; a box that joined with it stays."""
    row, now = who.scope.require(session, JoinCode, code_id), services.clock()
    if row.used_at is None and row.expires_at > now:
        row.expires_at = now
        session.add(row)
        audit.record(session, who.login, "join-code.revoke", f"join-code:{code_id}", row.school_id, now=now)
        session.commit()
