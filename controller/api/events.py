"""Events: what became another, when, and which sealed batch proves it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import col, select

from controller.api.common import Paged, fetch, problems
from controller.api.shapes import Code, Moment, Out
from controller.deps import Caller, Db, require
from controller.tables import Event, School

router = APIRouter(prefix="/api/v1/events", tags=["events"])


class EventOut(Out):
    id: int
    school_code: str = Field("", examples=["82001"])
    agent_id: str = ""
    at: float
    seen_at: float
    kind: str = Field(examples=["school"])
    subject: str = ""
    before: str = Field("", examples=["up"])
    after: str = Field("", examples=["down"])
    detail: str = ""
    seq: int | None = Field(None, description="of the sealed batch that proves it")
    facts: dict[str, Any] = Field(default_factory=dict)


@router.get("", responses=problems())
def list_events(
    who: Annotated[Caller, require("event.read")],
    session: Db,
    wanted: Paged,
    response: Response,
    school: Code | None = None,
    kind: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    since: Moment | None = None,
    until: Moment | None = None,
) -> list[EventOut]:
    """Newest first. Raw samples around a change (kind "raw") only when asked for by kind."""
    statement = select(Event, School.code).join(School, col(School.id) == Event.school_id, isouter=True)
    statement = who.scope.limit(statement, col(Event.school_id))
    if school is not None:
        statement = statement.where(School.code == school)
    known = [one for one in kind if one.isascii() and one.isprintable()]
    statement = statement.where(col(Event.kind).in_(known) if kind else Event.kind != "raw")
    if since is not None:
        statement = statement.where(Event.at >= since)
    if until is not None:
        statement = statement.where(Event.at < until)
    rows = fetch(session, statement.order_by(col(Event.at).desc(), col(Event.id).desc()), wanted, response)
    return [EventOut.model_validate(row).model_copy(update={"school_code": code or ""}) for row, code in rows]
