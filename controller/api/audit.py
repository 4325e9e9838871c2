"""The audit log: who did what; and whether its chain is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import or_
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, fetch, problems
from controller.api.csv_answer import csv_answer
from controller.api.shapes import Moment, Out
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.scope import Scope
from controller.tables import Audit

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])
Read = Annotated[Caller, require("audit.read")]
Word = Annotated[str, Query(max_length=100, pattern=r"^[\w.:@-]*$")]
COLUMNS = ("id", "at", "actor", "action", "object", "outcome", "detail", "previous", "hash")
MAX_ROWS = 100_000


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


class Wanted:
    """Which rows, the same for the list, the CSV and the page."""

    def __init__(
        self,
        actor: Word = "",
        action: Word = "",
        object: Word = "",
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> None:
        self.actor, self.action, self.object = actor, action, object
        self.since, self.until = since, until

    def statement(self, scope: Scope) -> Any:
        """Newest first. ``action`` by its beginning, ``object`` whole ("school:82001") or without its kind."""
        statement = scope.limit(select(Audit), col(Audit.school_id))
        if self.actor:
            statement = statement.where(Audit.actor == self.actor)
        if self.action:
            statement = statement.where(col(Audit.action).startswith(self.action, autoescape=True))
        if self.object:
            bare = col(Audit.object).endswith(f":{self.object}", autoescape=True)
            statement = statement.where(or_(col(Audit.object) == self.object, bare))
        if self.since is not None:
            statement = statement.where(Audit.at >= self.since)
        if self.until is not None:
            statement = statement.where(Audit.at < self.until)
        return statement.order_by(col(Audit.id).desc())


Filter = Annotated[Wanted, Depends()]


@router.get("", responses=problems())
def list_audit(who: Read, session: Db, page: Paged, response: Response, wanted: Filter) -> list[AuditOut]:
    """Newest first. Over a part of the province: what concerned its schools."""
    rows = fetch(session, wanted.statement(who.scope), page, response)
    return [AuditOut.model_validate(row) for row in rows]


@router.get(
    ".csv",
    response_class=StreamingResponse,
    responses={**problems(), 200: {"content": {"text/csv": {}}, "description": "UTF-8, at most 100,000 rows"}},
)
def export_audit(who: Read, services: Sv, wanted: Filter) -> StreamingResponse:
    """The same as CSV, newest first; with the hashes, so that the chain can be followed elsewhere."""
    statement = wanted.statement(who.scope).limit(MAX_ROWS)

    def rows() -> Iterator[Sequence[Any]]:
        options = {"yield_per": 1_000}
        with (
            Session(services.engine) as session,
            closing(session.exec(statement.execution_options(**options))) as found,
        ):
            for row in found:
                detail = orjson.dumps(row.detail).decode()
                yield row.id, row.at, row.actor, row.action, row.object, row.outcome, detail, row.previous, row.hash
                session.expunge(row)

    return csv_answer("audit", COLUMNS, rows())


@router.get("/verify", responses=problems())
def verify_audit(who: Read, session: Db) -> VerifiedOut:
    """Walk the whole chain. Only with a role over the province, since the chain is one."""
    if not who.scope.is_all:
        raise Problem("forbidden")
    found = audit.verify(session)
    return VerifiedOut(whole=found.broken is None, count=found.count, head=found.head, broken=found.broken)
