"""Items of boxes that could not be taken: kept with their reason, never thrown away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import col, select

from controller.api.common import Paged, fetch, problems
from controller.api.shapes import Code, NumberInPath, Out
from controller.deps import Caller, Db, require
from controller.tables import Rejected, School

router = APIRouter(prefix="/api/v1/rejected", tags=["boxes"])
Read = Annotated[Caller, require("rejected.read")]


class RejectedOut(Out):
    id: int
    school_code: str = Field("", examples=["82001"])
    agent_id: str
    seq: int | None = None
    item: int | None = None
    reason: str = Field(examples=["too-old"])
    detail: str = ""
    at: float


class RejectedDetail(RejectedOut):
    body: str = Field("", description="what came, cut to a bound")


@router.get("", responses=problems())
def list_rejected(
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    school: Code | None = None,
    agent: Annotated[str, Query(max_length=64, pattern=r"^[0-9a-z]*$")] = "",
) -> list[RejectedOut]:
    """Newest first."""
    statement = select(Rejected, School.code).join(School, col(School.id) == Rejected.school_id, isouter=True)
    statement = who.scope.limit(statement, col(Rejected.school_id))
    if school is not None:
        statement = statement.where(School.code == school)
    if agent:
        statement = statement.where(Rejected.agent_id == agent)
    rows = fetch(session, statement.order_by(col(Rejected.id).desc()), wanted, response)
    return [RejectedOut.model_validate(row).model_copy(update={"school_code": code or ""}) for row, code in rows]


@router.get("/{number}", responses=problems("not-found"))
def get_rejected(number: NumberInPath, who: Read, session: Db) -> RejectedDetail:
    row = who.scope.require(session, Rejected, number)
    school = session.get(School, row.school_id) if row.school_id is not None else None
    code = school.code if school is not None else ""
    return RejectedDetail.model_validate(row).model_copy(update={"school_code": code})
