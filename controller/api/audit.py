"""The audit log: who did what; and whether its chain is whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select

from controller import audit
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import Moment, Out
from controller.deps import Caller, Db, require
from controller.problems import Problem
from controller.tables import Audit

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])
Read = Annotated[Caller, require("audit.read")]
Word = Annotated[str, Query(max_length=100, pattern=r"^[\w.:@-]*$")]


class AuditOut(Out):
    id: int
    at: float
    actor: str = Field(examples=["admin"])
    action: str = Field(examples=["school.update"])
    object: str = Field("", examples=["school:82001"])
    outcome: str = "ok"
    detail: dict[str, Any] = Field(default_factory=dict)
    hash: str


class VerifiedOut(BaseModel):
    """Note ``head`` elsewhere from time to time: a log cut off at its end is found by comparing it."""

    whole: bool
    count: int = Field(description="rows that follow from one another")
    head: str
    broken: int | None = Field(None, description="the first row that does not follow from the one before")


@router.get("", responses=problems())
def list_audit(
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    actor: Word = "",
    action: Word = "",
    object: Word = "",
    since: Moment | None = None,
    until: Moment | None = None,
) -> list[AuditOut]:
    """Newest first. Over a part of the province: what concerned its schools."""
    statement = who.scope.limit(select(Audit), col(Audit.school_id))
    if actor:
        statement = statement.where(Audit.actor == actor)
    if action:
        statement = statement.where(col(Audit.action).startswith(action, autoescape=True))
    if object:
        statement = statement.where(Audit.object == object)
    if since is not None:
        statement = statement.where(Audit.at >= since)
    if until is not None:
        statement = statement.where(Audit.at < until)
    rows = fetch(session, statement.order_by(col(Audit.id).desc()), wanted, response)
    return [AuditOut.model_validate(row) for row in rows]


@router.get("/verify", responses=problems())
def verify_audit(who: Read, session: Db) -> VerifiedOut:
    """Walk the whole chain. Only with a role over the province, since the chain is one."""
    if not who.scope.is_all:
        raise Problem("forbidden")
    found = audit.verify(session)
    return VerifiedOut(whole=found.broken is None, count=found.count, head=found.head, broken=found.broken)
