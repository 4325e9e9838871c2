"""What people do to incidents, each within their part of the province, each audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, true
from sqlmodel import Session, col, select

from controller import audit, measuring
from controller.deps import Caller
from controller.incidents import gather
from controller.incidents.task import KIND
from controller.problems import Problem
from controller.scope import Scope, key_of
from controller.services import Services
from controller.tables import Incident, IncidentSchool, IncidentStep, Latest, School

MOST_STEPS = 500
HOUR = 3_600.0


def visible(scope: Scope) -> ColumnElement[bool]:
    """Incidents that took a school of this scope; the province's own are the province's to see."""
    if scope.is_all:
        return true()
    part = (
        select(IncidentSchool.id)
        .join(School, col(School.id) == IncidentSchool.school_id)
        .where(IncidentSchool.incident_id == Incident.id, scope.condition())
    )
    return exists(part)


def require(session: Session, scope: Scope, number: int) -> Incident:
    """The incident of that number, when a school of ``scope`` is in it. Problem "not-found"."""
    found = session.exec(select(Incident).where(Incident.id == number, visible(scope))).one_or_none()
    if found is None:
        raise Problem("not-found")
    return found


def require_whole(session: Session, scope: Scope, number: int) -> Incident:
    """The same, when all of its schools lie in ``scope``: what is done concerns them all. Problem "forbidden"."""
    found = require(session, scope, number)
    if not scope.is_all:
        others = select(IncidentSchool.id).join(School, col(School.id) == IncidentSchool.school_id)
        others = others.where(IncidentSchool.incident_id == number, ~scope.condition()).limit(1)
        if session.exec(others).first() is not None:
            raise Problem("forbidden")
    return found


def steps(session: Session, scope: Scope, number: int) -> Sequence[IncidentStep]:
    """The timeline, oldest first; lines of schools outside ``scope`` are left out."""
    query = select(IncidentStep).where(IncidentStep.incident_id == number)
    if not scope.is_all:
        mine = select(School.id).where(scope.condition())
        query = query.where(or_(col(IncidentStep.school_id).is_(None), col(IncidentStep.school_id).in_(mine)))
    newest = query.order_by(col(IncidentStep.at).desc(), col(IncidentStep.id).desc()).limit(MOST_STEPS)
    return list(session.exec(newest))[::-1]


def members(session: Session, scope: Scope, number: int) -> list[tuple[IncidentSchool, School]]:
    query = select(IncidentSchool, School).join(School, col(School.id) == IncidentSchool.school_id)
    query = scope.schools(query.where(IncidentSchool.incident_id == number))
    return list(session.exec(query.order_by(col(IncidentSchool.began_at), col(School.search))))


class Desk:
    """One person at one incident."""

    def __init__(self, session: Session, services: Services, who: Caller, number: int) -> None:
        self.session, self.services, self.who = session, services, who
        self.incident = require_whole(session, who.scope, number)
        self.now = services.clock()

    def acknowledge(self) -> None:
        """Somebody is on it. Done twice it says who was first."""
        if self.incident.acknowledged_at is None:
            self.incident.acknowledged_at, self.incident.acknowledged_by = self.now, self.who.login
            self._keep("acknowledged")

    def comment(self, text: str) -> None:
        self._keep("comment", text)

    def mute(self, hours: float) -> None:
        self.incident.muted_until, self.incident.muted_by = self.now + hours * HOUR, self.who.login
        self._keep("muted", until=self.incident.muted_until)

    def unmute(self) -> None:
        if self.incident.muted_until is not None:
            self.incident.muted_until, self.incident.muted_by = None, ""
            self._keep("unmuted")

    def ticket(self, number: str) -> None:
        if number != self.incident.ticket:
            self.incident.ticket = number
            self._keep("ticket", number=number)

    def close(self) -> None:
        """By hand: for what people reported, and no box measures."""
        if self.incident.state != "open":
            return
        self.incident.state, self.incident.closed_at = "closed", self.now
        self.incident.ended_at = self.incident.ended_at or self.now
        query = select(IncidentSchool).where(IncidentSchool.incident_id == self.incident.id)
        for member in self.session.exec(query.where(col(IncidentSchool.ended_at).is_(None))):
            member.ended_at = self.now
            self.session.add(member)
        self._keep("closed")

    def _keep(self, kind: str, text: str = "", **facts: Any) -> None:
        number = self.incident.id or 0
        self.session.add(self.incident)
        self.session.add(
            IncidentStep(incident_id=number, at=self.now, actor=self.who.login, kind=kind, text=text, facts=facts)
        )
        schools = self.session.exec(select(IncidentSchool.school_id).where(IncidentSchool.incident_id == number)).all()
        only = schools[0] if len(schools) == 1 else None
        audit.record(self.session, self.who.login, f"incident.{kind}", f"incident:{number}", only, now=self.now)
        self.session.commit()
        for school in schools or (None,):
            self.services.changes.publish(school, KIND)


def open_of(session: Session, school: School) -> Incident | None:
    """The incident that this school is in now."""
    query = (
        select(Incident)
        .join(IncidentSchool, col(IncidentSchool.incident_id) == Incident.id)
        .where(Incident.state == "open", IncidentSchool.school_id == school.id)
        .order_by(col(Incident.began_at))
    )
    return session.exec(query).first()


@dataclass(frozen=True, slots=True)
class Reported:
    """``test``: "asked", "recent" (one is young enough, none was asked for), or "no-box"."""

    incident: Incident
    test: str


def report(session: Session, services: Services, who: Caller, school: School, text: str) -> Reported:
    """Somebody at the school says that something is wrong: it joins what is open, or opens something new.

    A test is asked for, but not at every press: each costs the school of its month's data.
    """
    now, key = services.clock(), key_of(school)
    incident = open_of(session, school)
    if incident is None:
        latest = session.get(Latest, key)
        status = latest.status if latest is not None else "no-box"
        incident = Incident(
            severity="down" if status in ("down", "silent") else "degraded", schools=1, opened_at=now, began_at=now,
            reported_by=who.login, is_sample=school.is_sample, commune_code=school.commune_code,
            provider=gather.places(session.connection(), [key])[key][1],
        )  # fmt: skip
        session.add(incident)
        session.flush()
        part = IncidentSchool(incident_id=incident.id or 0, school_id=key, status=status, began_at=now)
        session.add(part)
    boxes = measuring.boxes(session, school)
    test = "no-box" if not boxes else "recent" if measuring.is_recent(session, school, now) else "asked"
    step = IncidentStep(
        incident_id=incident.id or 0, school_id=key, at=now, actor=who.login, kind="reported", text=text
    )
    step.facts = {"test": test}
    session.add(step)
    audit.record(session, who.login, "incident.reported", f"incident:{incident.id}", key, now=now)
    if test == "asked":
        measuring.ask(session, school, who.login, now)  # admission decides how much and when
    session.commit()
    services.beats.wake(boxes)  # they tell at once what they know
    services.changes.publish(key, KIND)
    return Reported(incident, test)
