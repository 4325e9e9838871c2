"""Lines of a school to the Internet, with what their contracts promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response, status
from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import Session, col, select

from controller.api import parts
from controller.api.common import IfMatch, Paged, fetch, problems
from controller.api.shapes import BitsPerSecond, CodeInPath, In, IsoDay, Name, NumberInPath, Out, Phone, Text
from controller.deps import Caller, Db, Sv, require
from controller.plan import marks
from controller.plan.months import month_of
from controller.problems import Problem
from controller.scope import key_of
from controller.services import Services
from controller.tables import Link, School
from inventory.registry import sense
from inventory.registry.terms import BadTerm, downtime_of, shown_downtime

router = APIRouter(prefix="/api/v1/schools/{code}/links", tags=["links"])
Medium = Literal["fibre", "copper", "cable", "mobile", "satellite", "radio", "other"]
Price = Annotated[int, Field(ge=0, le=2_000_000_000, description="VND a month")]

Budget = Annotated[int, Field(ge=0, le=1_000_000)]


Rule = Literal["", "qcvn34-2019", "province-contract"]


def _downtime(entries: list[list[str]]) -> list[list[str]]:
    """Each entry is one that ``monitoring.excluded`` understands."""
    try:
        kept = downtime_of(shown_downtime(entries))
    except BadTerm as error:
        raise ValueError(f"{error.said.vi} / {error.said.en}") from None
    if len(kept) != len(entries):
        raise ValueError("an entry is neither [day, from, to] nor [from, to]")
    return kept


Entry = Annotated[list[Annotated[str, StringConstraints(max_length=16)]], Field(min_length=2, max_length=3)]
Downtime = Annotated[
    list[Entry],
    Field(
        max_length=30,
        description="maintenance, left out of availability: [day or daily, from, to] each week, or [from, to] once",
        examples=[[["sun", "00:00", "05:00"], ["2026-12-01T22:00", "2026-12-02T04:00"]]],
    ),
    AfterValidator(_downtime),
]


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
    starts_on: str | None = Field(None, examples=["2026-09-01"], description="both days of the term are included")
    ends_on: str | None = None
    availability: float | None = Field(None, examples=[0.995], description="promised, a ratio")
    max_rtt: float | None = Field(None, examples=[0.05], description="promised, seconds")
    data_cap_bytes: int | None = Field(None, description="a month")
    excluded: list[list[str]] = Field(default_factory=list)
    provider_phone: str = ""
    rule: str = Field("", description="by which it is judged; empty: the province's choice")


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
    starts_on: IsoDay | None = None
    ends_on: IsoDay | None = None
    availability: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | None = None
    max_rtt: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] | None = None
    data_cap_bytes: Annotated[int, Field(gt=0, le=1_000_000_000_000_000)] | None = None
    excluded: Downtime | None = None
    provider_phone: Phone | None = None
    rule: Rule | None = None


class LinkIn(LinkChange):
    name: Name = Field("1", examples=["1"])


def _check(values: Mapping[str, Any]) -> None:
    """Problem "invalid" that says of each number why it cannot be."""
    found = [
        {"field": name, "code": said.code, "message": f"{said.vi} / {said.en}"} for name, said in sense.problems(values)
    ]
    if found:
        raise Problem("invalid", errors=found)


def _mark(session: Session, services: Services, school: School) -> None:
    month = month_of(services.clock(), services.settings.zone)
    marks.contracts_changed(session, month, [key_of(school)])


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
    values = body.model_dump(exclude_none=True)
    _check(values)
    row = Link(school_id=key_of(school), changed_at=services.clock(), **values)
    _mark(session, services, school)
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
    _check({name: getattr(row, name) for name in sense.FIELDS} | values)
    _mark(session, services, school)
    return LinkOut.model_validate(parts.update(session, services, who, school, "link", row, values, if_match, response))


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_link(
    code: CodeInPath, number: NumberInPath, who: Annotated[Caller, require("school.write")], session: Db, services: Sv
) -> None:
    school, row = parts.find(session, who, code, Link, number)
    _mark(session, services, school)
    parts.remove(session, services, who, school, "link", row)
