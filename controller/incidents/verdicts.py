"""Causes into the rows: provisional while a school is dark, final once its box has told; both are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from controller.incidents import gather
from controller.incidents.apply import Book
from controller.tables import Agent, Incident, IncidentSchool, Latest, School
from monitoring.calendar import effective, is_expected_off
from monitoring.causes import Cause, Dark, Neighbours, provisional
from monitoring.incident_steps import TROUBLED, Place, Seen
from monitoring.outage import BEFORE, Outage, judge
from monitoring.verdict import AFTER, TOLD_BY, basis, is_due, whole, worse

NEAR_CLOSING = 2_700.0  # seconds before the school's day ends
LATE_DAYS = 7.0  # a box that comes back later than this tells nothing any more about an incident that is over
A_ROUND = 20  # incidents that are over and judged again in one round: each is judged at once and comes no more
CHANGED = 0.04  # of a confidence: less is no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What all schools of one round have in common."""

    session: Session
    now: float
    zone: ZoneInfo
    well: Mapping[Place, int]
    seen: Mapping[int, Seen]
    is_our_side: bool
    calendar: Mapping[str, Any] = field(default_factory=dict)  # of schools that have none of their own


def update(book: Book, facts: Facts) -> None:
    """Judge what is open, and what was closed before its box had told."""
    for number, incident in book.incidents.items():
        if incident.kind != "province" and incident.state != "merged":
            _incident(book, facts, incident, book.members[number])
    for incident, members in _untold(facts):
        _incident(book, facts, incident, members)


def _untold(facts: Facts) -> Iterable[tuple[Incident, Sequence[IncidentSchool]]]:
    """Incidents that were closed while some box had not told yet; it may have by now."""
    waits = (
        select(IncidentSchool.id)
        .join(Agent, col(Agent.school_id) == IncidentSchool.school_id)
        .where(
            IncidentSchool.incident_id == Incident.id,
            col(IncidentSchool.status).in_(TROUBLED),  # what people reported alone is judged by nobody
            col(IncidentSchool.final_at).is_(None),
            col(IncidentSchool.ended_at).is_not(None),
            Agent.state == "accepted",
            col(Agent.last_exchange_at) > IncidentSchool.began_at + TOLD_BY,
        )
    )
    query = (
        select(Incident)
        .where(
            Incident.state == "closed",
            col(Incident.is_sample).is_(False),
            col(Incident.closed_at) > facts.now - LATE_DAYS * 86_400,
            waits.exists(),
        )
        .order_by(col(Incident.closed_at).desc(), col(Incident.id).desc())
        .limit(A_ROUND)
    )
    found = facts.session.exec(query).all()
    members = gather.members_of(facts.session, [one.id or 0 for one in found]) if found else {}
    return [(one, members[one.id or 0]) for one in found]


def _incident(book: Book, facts: Facts, incident: Incident, members: Sequence[IncidentSchool]) -> None:
    connection, schools = facts.session.connection(), [member.school_id for member in members]
    boxes = _boxes(facts, schools)
    due = [one for one in members if is_due(one.ended_at, one.final_at, _told_at(boxes.get(one.school_id)))]
    if not due:
        return
    around = gather.around(connection, [member.began_at for member in members], facts.well)
    places = gather.places(connection, schools)
    for member in due:
        near = around.neighbours(member.school_id, member.began_at, places[member.school_id])
        _member(book, facts, near, member, boxes.get(member.school_id))
    _roll_up(book, facts, incident, members)


def _boxes(facts: Facts, schools: Collection[int]) -> dict[int, Agent]:
    """The box in use at each school; of several the one that told last."""
    query = select(Agent).where(col(Agent.school_id).in_(schools), Agent.state == "accepted")
    found = facts.session.exec(query.order_by(col(Agent.last_exchange_at).asc().nulls_first()))
    return {box.school_id: box for box in found if box.school_id is not None}


def _told_at(box: Agent | None) -> float | None:
    return box.last_exchange_at if box is not None else None


def _member(book: Book, facts: Facts, near: Neighbours, member: IncidentSchool, box: Agent | None) -> None:
    school = facts.session.get(School, member.school_id)
    if school is None:
        return
    seen = facts.seen.get(member.school_id)
    if seen is not None and seen.is_troubled and member.ended_at is None:
        member.status = worse(member.status, seen.status)
        member.reason = seen.reason
    if member.status not in TROUBLED:
        return  # people reported it, and nothing was measured
    is_silent = seen is not None and seen.status == "silent"
    by = basis(member.began_at, member.ended_at, _told_at(box), is_silent=is_silent, has_box=box is not None)
    if by == "outside":
        states = facts.session.get(Latest, member.school_id)
        dark = Dark(
            since=member.began_at,
            neighbours=near,
            states={name: str(one.get("after")) for name, one in (states.states if states else {}).items()},
            is_our_side=facts.is_our_side,
            is_near_closing=_is_near_closing(effective(school.calendar, facts.calendar), member.began_at, facts.zone),
        )
        _keep_provisional(book, member, provisional(dark))
        return
    if not by or box is None:
        return  # it has not told yet
    connection, until = facts.session.connection(), (member.ended_at or facts.now) + AFTER
    told = gather.told(connection, member.school_id, box.id, member.began_at - BEFORE, until)
    was_silent = member.status == "silent"
    measured = None
    if was_silent and member.ended_at is not None:
        measured = gather.has_measured(connection, member.school_id, member.began_at, member.ended_at)
    cause = judge(
        Outage(
            began=member.began_at,
            ended=member.ended_at,
            told=told,
            was_silent=was_silent,
            neighbours=near,
            is_our_side=facts.is_our_side,
            usual_start=gather.usual_start(connection, member.school_id, box.id, member.began_at),
            has_measured=measured,
        )
    )
    if member.ended_at is None:
        _keep_provisional(book, member, cause)
        return
    _keep_final(book, member, cause, facts.now)


def _is_near_closing(calendar: Mapping[str, Any], at: float, zone: ZoneInfo) -> bool:
    return not is_expected_off(calendar, at, zone) and is_expected_off(calendar, at + NEAR_CLOSING, zone)


def _keep_provisional(book: Book, member: IncidentSchool, cause: Cause) -> None:
    if member.provisional_cause == cause.cause and abs(member.provisional_confidence - cause.confidence) < CHANGED:
        return
    member.provisional_cause, member.provisional_confidence = cause.cause, cause.confidence
    member.provisional_evidence = [one.as_dict() for one in cause.evidence]
    _tell(book, member, "provisional", cause)


def _keep_final(book: Book, member: IncidentSchool, cause: Cause, now: float) -> None:
    is_news = member.final_cause != cause.cause
    member.final_cause, member.final_confidence, member.final_at = cause.cause, cause.confidence, now
    member.final_evidence = [one.as_dict() for one in cause.evidence]
    member.final_began_at, member.final_ended_at = cause.began, cause.ended
    if is_news:
        _tell(book, member, "final", cause)
    else:
        book.session.add(member)


def _tell(book: Book, member: IncidentSchool, kind: str, cause: Cause) -> None:
    book.session.add(member)
    book.touched.add(member.school_id)
    book.changed = True
    facts: dict[str, Any] = {"cause": cause.cause, "confidence": round(cause.confidence, 2)}
    book.step(member.incident_id, kind, book.now, member.school_id, **facts)


def _roll_up(book: Book, facts: Facts, incident: Incident, members: Sequence[IncidentSchool]) -> None:
    """The incident's cause is what most of its schools say, each as loud as it is sure."""
    before = (incident.cause, incident.is_final)
    said = whole(
        [(member.provisional_cause, member.provisional_confidence) for member in members],
        [(member.final_cause, member.final_confidence) for member in members],
    )
    incident.cause, incident.confidence, incident.is_final = said.cause, said.confidence, said.is_final
    incident.provisional_cause, incident.provisional_confidence = said.first
    ends = [member.final_ended_at or member.ended_at for member in members]
    if incident.state == "open" and incident.is_final and all(end is not None for end in ends):
        incident.ended_at = max(end for end in ends if end is not None)
    facts.session.add(incident)
    if (incident.cause, incident.is_final) != before:
        book.changed = True
