"""Incidents: one trouble each, however many schools it takes, with its cause, its evidence and who is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import Field
from sqlalchemy import case
from sqlmodel import Session, col, select

from controller.api.common import Paged, fetch, ordered, problems
from controller.api.shapes import Code, CodeInPath, CommuneCode, In, Moment, Name, NumberInPath, Out
from controller.deps import Caller, Db, Sv, require
from controller.incidents import people, phones
from controller.tables import Contact, Incident, IncidentSchool, IncidentStep, School

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Read = Annotated[Caller, require("incident.read")]
Write = Annotated[Caller, require("incident.write")]

CauseName = Literal["power", "lan", "router", "isp-access", "isp-core", "international", "dns", "controller", "box", ""]
SORTS: Mapping[str, Any] = MappingProxyType(
    {
        "began": col(Incident.began_at),
        "ended": col(Incident.ended_at),
        "schools": col(Incident.schools),
        "cause": col(Incident.cause),
        "severity": case({"down": 0, "degraded": 1}, value=col(Incident.severity), else_=2),
    }
)
NAMED = 50  # schools by name in a list


class IncidentOut(Out):
    id: int
    kind: str = Field(examples=["area"], description="school, area, provider or province")
    state: str = Field(examples=["open"])
    severity: str = Field(examples=["down"])
    commune_code: str = ""
    provider: str = Field("", examples=["VNPT"])
    schools: int = Field(description="how many it took", examples=[14])
    school_codes: list[str] = Field(default_factory=list, description="those in your part of the province")
    began_at: float
    opened_at: float
    ended_at: float | None = None
    closed_at: float | None = None
    cause: str = Field("", examples=["isp-access"], description="final once the boxes have told, else provisional")
    confidence: float = Field(0.0, examples=[0.9])
    is_final: bool = False
    provisional_cause: str = ""
    provisional_confidence: float = 0.0
    flaps: int = 0
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    muted_until: float | None = None
    ticket: str = Field("", description="the provider's number for it")
    reported_by: str = ""
    merged_into: int | None = None
    is_sample: bool = False


class EvidenceOut(Out):
    code: str = Field(examples=["hop-lost"])
    at: float | None = None
    values: dict[str, Any] = Field(default_factory=dict)


class CallOut(Out):
    name: str = ""
    role: str = ""
    phone: str = Field("", examples=["0277 385 1234"])
    email: str = ""


class MemberOut(Out):
    school_code: str = Field(examples=["82001"])
    school_name: str = ""
    status: str = ""
    reason: str = ""
    began_at: float
    ended_at: float | None = None
    flaps: int = 0
    provisional_cause: str = ""
    provisional_confidence: float = 0.0
    provisional_evidence: list[EvidenceOut] = Field(default_factory=list)
    final_cause: str = ""
    final_confidence: float = 0.0
    final_evidence: list[EvidenceOut] = Field(default_factory=list)
    final_began_at: float | None = Field(None, description="as the box told")
    final_ended_at: float | None = None
    contacts: list[CallOut] = Field(default_factory=list, description="people to call, when you may read them")


class StepOut(Out):
    at: float
    kind: str = Field(examples=["opened"])
    actor: str = Field("", description="a login; empty: the controller")
    text: str = ""
    school_code: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class IncidentOne(IncidentOut):
    members: list[MemberOut] = Field(default_factory=list)
    steps: list[StepOut] = Field(default_factory=list)
    provider_phone: str = Field("", description="also of a school's own line, when only its people reported it")


class CommentIn(In):
    text: Annotated[Name, Field(max_length=200)] = Field(examples=["Đã gọi nhà mạng, hẹn 14:00"])


class MuteIn(In):
    hours: Annotated[float, Field(gt=0, le=720, allow_inf_nan=False)] = Field(4, examples=[4])


class TicketIn(In):
    ticket: Annotated[str, Field(max_length=60, pattern=r"^[\w ./#:-]*$")] = Field(examples=["VNPT-2026-1124"])


class ReportIn(In):
    text: Annotated[Name, Field(max_length=200)] = Field(examples=["Cả trường không vào được mạng từ tiết 2"])


def statement(
    who: Caller,
    state: str = "open",
    cause: str = "",
    commune: str = "",
    provider: str = "",
    school: str = "",
    since: float | None = None,
    until: float | None = None,
) -> Any:
    found = select(Incident).where(people.visible(who.scope))
    found = (
        found.where(Incident.state == state) if state in ("open", "closed") else found.where(Incident.state != "merged")
    )
    if cause:
        found = found.where(Incident.cause == cause)
    if provider:
        found = found.where(Incident.provider == provider)
    if commune or school:
        part = (
            select(IncidentSchool.id)
            .join(School, col(School.id) == IncidentSchool.school_id)
            .where(IncidentSchool.incident_id == Incident.id, who.scope.condition())
        )
        part = part.where(School.commune_code == commune) if commune else part
        part = part.where(School.code == school) if school else part
        found = found.where(part.exists())
    if since is not None:
        found = found.where(Incident.began_at >= since)
    if until is not None:
        found = found.where(Incident.began_at <= until)
    return found


def codes_of(session: Session, who: Caller, incidents: Sequence[Incident]) -> dict[int, list[str]]:
    """The codes of each incident's schools that this person may see."""
    query = (
        select(IncidentSchool.incident_id, School.code)
        .join(School, col(School.id) == IncidentSchool.school_id)
        .where(col(IncidentSchool.incident_id).in_([one.id for one in incidents]))
        .order_by(col(School.code))
    )
    found: dict[int, list[str]] = {}
    for number, code in session.exec(who.scope.schools(query)):
        found.setdefault(number, []).append(code)
    return found


def out(incident: Incident, codes: Mapping[int, list[str]]) -> IncidentOut:
    made = IncidentOut.model_validate(incident)
    made.school_codes = codes.get(incident.id or 0, [])[:NAMED]
    return made


@router.get("/incidents", responses=problems())
def list_incidents(
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    state: Literal["open", "closed", "all"] = "open",
    cause: CauseName = "",
    commune: CommuneCode | None = None,
    provider: Annotated[str, Query(max_length=200)] = "",
    school: Code | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    sort: Annotated[str, Query(max_length=20)] = "-began",
) -> list[IncidentOut]:
    found = statement(who, state, cause, commune or "", provider, school or "", since, until)
    rows = fetch(session, ordered(found, sort, SORTS, col(Incident.id).desc()), wanted, response)
    codes = codes_of(session, who, rows)
    return [out(one, codes) for one in rows]


@router.get("/incidents/{number}", responses=problems("not-found"))
def get_incident(number: NumberInPath, who: Read, session: Db) -> IncidentOne:
    return one_of(session, who, people.require(session, who.scope, number))


def one_of(session: Session, who: Caller, incident: Incident) -> IncidentOne:
    number = incident.id or 0
    parts = people.members(session, who.scope, number)
    codes = {school.id: school.code for _, school in parts}
    made = IncidentOne.model_validate(incident)
    made.school_codes = sorted(codes.values())[:NAMED]
    people_of = phones.contacts(session, who, [school for _, school in parts])
    made.members = [_member(part, school, people_of.get(part.school_id, ())) for part, school in parts]
    made.steps = [_step(step, codes) for step in people.steps(session, who.scope, number)]
    providers = phones.providers(session, incident, [school.id or 0 for _, school in parts[:1]])
    made.provider_phone = next((one.number for one in providers), "")
    return made


def _member(part: IncidentSchool, school: School, contacts: Sequence[Contact]) -> MemberOut:
    made = MemberOut.model_validate({**part.model_dump(), "school_code": school.code, "school_name": school.name})
    made.contacts = [CallOut.model_validate(one) for one in contacts]
    return made


def _step(step: IncidentStep, codes: Mapping[int | None, str]) -> StepOut:
    return StepOut.model_validate({**step.model_dump(), "school_code": codes.get(step.school_id, "")})


@router.post("/incidents/{number}/acknowledge", responses=problems("not-found"))
def acknowledge(number: NumberInPath, who: Write, session: Db, services: Sv) -> IncidentOne:
    """Say that you are on it."""
    desk = people.Desk(session, services, who, number)
    desk.acknowledge()
    return one_of(session, who, desk.incident)


@router.post("/incidents/{number}/comments", status_code=status.HTTP_201_CREATED, responses=problems("not-found"))
def comment(number: NumberInPath, body: CommentIn, who: Write, session: Db, services: Sv) -> IncidentOne:
    desk = people.Desk(session, services, who, number)
    desk.comment(body.text)
    return one_of(session, who, desk.incident)


@router.post("/incidents/{number}/mute", responses=problems("not-found"))
def mute(number: NumberInPath, body: MuteIn, who: Write, session: Db, services: Sv) -> IncidentOne:
    """No alert about it for so many hours; it stays on all pages."""
    desk = people.Desk(session, services, who, number)
    desk.mute(body.hours)
    return one_of(session, who, desk.incident)


@router.post("/incidents/{number}/unmute", responses=problems("not-found"))
def unmute(number: NumberInPath, who: Write, session: Db, services: Sv) -> IncidentOne:
    desk = people.Desk(session, services, who, number)
    desk.unmute()
    return one_of(session, who, desk.incident)


@router.put("/incidents/{number}/ticket", responses=problems("not-found"))
def ticket(number: NumberInPath, body: TicketIn, who: Write, session: Db, services: Sv) -> IncidentOne:
    """The number that the provider gave it; empty takes it away."""
    desk = people.Desk(session, services, who, number)
    desk.ticket(body.ticket.strip())
    return one_of(session, who, desk.incident)


@router.post("/incidents/{number}/close", responses=problems("not-found"))
def close(number: NumberInPath, who: Write, session: Db, services: Sv) -> IncidentOne:
    """By hand. What is still measured as broken opens a new one."""
    desk = people.Desk(session, services, who, number)
    desk.close()
    return one_of(session, who, desk.incident)


@router.post("/schools/{code}/report", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def report(
    code: CodeInPath,
    body: ReportIn,
    who: Annotated[Caller, require("incident.report")],
    session: Db,
    services: Sv,
) -> IncidentOut:
    """Report a problem: it joins the incident that the school is in, or opens one.

    A speed test is asked for too, unless one ran or was asked for within half an hour; the incident's step says which.
    """
    school = who.scope.require_school(session, code)
    incident = people.report(session, services, who, school, body.text).incident
    return out(incident, codes_of(session, who, [incident]))
