"""Lines of a school to the Internet, with what their contracts promise."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlmodel import col, select

from controller.api import parts
from controller.api.common import IfMatch, Paged, fetch, problems
from controller.api.shapes import BitsPerSecond, CodeInPath, In, Name, NumberInPath, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.scope import key_of
from controller.tables import Link

router = APIRouter(prefix="/api/v1/schools/{code}/links", tags=["links"])
Medium = Literal["fibre", "copper", "cable", "mobile", "satellite", "radio", "other"]
Price = Annotated[int, Field(ge=0, le=2_000_000_000, description="VND a month")]

Budget = Annotated[int, Field(ge=0, le=1_000_000)]


class LinkOut(Out):
    id: int
    name: str = Field(examples=["1"])
    provider: str = Field("", examples=["VNPT"])
    medium: str = "fibre"
    down_bps: float | None = Field(None, examples=[150e6], description="what the contract says, bits per second")
    up_bps: float | None = None
    price_vnd: int | None = None
    contract: str = ""
    is_primary: bool = True
    backhaul: str = Field("", description="schools that share a link upstream have the same word", examples=["OLT 3"])
    budget_mb: int | None = Field(None, description="MB a month for speed tests; none: the province's")


class LinkChange(In):
    name: Name | None = None
    provider: Text | None = None
    medium: Medium | None = None
    down_bps: BitsPerSecond | None = None
    up_bps: BitsPerSecond | None = None
    price_vnd: Price | None = None
    contract: Text | None = None
    is_primary: bool | None = None
    backhaul: Text | None = None
    budget_mb: Budget | None = None


class LinkIn(LinkChange):
    name: Name = Field("1", examples=["1"])


@router.get("", responses=problems("school-not-found"))
def list_links(
    code: CodeInPath, who: Annotated[Caller, require("school.read")], session: Db, wanted: Paged, response: Response
) -> list[LinkOut]:
    school = who.scope.require_school(session, code)
    statement = select(Link).where(Link.school_id == school.id).order_by(col(Link.is_primary).desc(), col(Link.name))
    return [LinkOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found", "conflict"))
def add_link(
    code: CodeInPath,
    body: LinkIn,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
    response: Response,
) -> LinkOut:
    school = who.scope.require_school(session, code)
    row = Link(school_id=key_of(school), **body.model_dump(exclude_none=True))
    return LinkOut.model_validate(parts.add(session, services, who, school, "link", row, response))


@router.patch("/{number}", responses=problems("not-found", "conflict", "changed-meanwhile"))
def change_link(
    code: CodeInPath,
    number: NumberInPath,
    body: LinkChange,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> LinkOut:
    school, row = parts.find(session, who, code, Link, number)
    values = body.model_dump(exclude_unset=True)
    return LinkOut.model_validate(parts.update(session, services, who, school, "link", row, values, if_match, response))


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_link(
    code: CodeInPath, number: NumberInPath, who: Annotated[Caller, require("school.write")], session: Db, services: Sv
) -> None:
    school, row = parts.find(session, who, code, Link, number)
    parts.remove(session, services, who, school, "link", row)
