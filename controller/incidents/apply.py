"""Writes down what ``monitoring.incidents.advance`` said, each with a line of the incident's timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Incident, IncidentSchool, IncidentStep
from monitoring import incident_steps as pure


@dataclass(slots=True)
class Book:
    """The incidents that are not over, with their schools, as they are being changed."""

    session: Session
    now: float
    incidents: dict[int, Incident]
    members: dict[int, list[IncidentSchool]]
    touched: set[int] = field(default_factory=set)  # schools that pages should look at again
    changed: bool = False
    unheard: int = 0  # schools that our own side does not hear, see monitoring.side

    def take(self, steps: Iterable[pure.Step]) -> None:
        for step in steps:
            self.changed = True
            self._take(step)
        self.session.flush()

    def count_unheard(self) -> None:
        """The province's own trouble takes more schools as their beats fail to come; at most, as long as it lasts."""
        for incident in self.incidents.values():
            if incident.kind == "province" and incident.ended_at is None and incident.schools < self.unheard:
                incident.schools, self.changed = self.unheard, True

    def step(self, incident: int, kind: str, at: float, school: int | None = None, **facts: Any) -> None:
        self.session.add(IncidentStep(incident_id=incident, school_id=school, at=at, kind=kind, facts=facts))

    def _take(self, step: pure.Step) -> None:
        match step:
            case pure.Open():
                self._open(step)
            case pure.Join():
                self._add(step.incident, step.school)
                self.step(step.incident, "joined", self.now, step.school.id)
            case pure.Back():
                self._member(step.incident, step.school).ended_at = step.at
                self.step(step.incident, "back", step.at, step.school)
                self._settle(step.incident)
            case pure.Again():
                member = self._member(step.incident, step.school.id)
                member.ended_at, member.flaps = None, member.flaps + 1
                member.status, member.reason = step.school.status, step.school.reason
                incident = self.incidents[step.incident]
                incident.flaps, incident.ended_at = incident.flaps + 1, None
                self.step(step.incident, "again", step.school.since, step.school.id)
            case pure.Widen():
                incident = self.incidents[step.incident]
                incident.kind, incident.commune_code = step.kind, step.commune
                incident.provider, incident.began_at = step.provider, step.began
                self.step(step.incident, "widened", self.now)
            case pure.Merge():
                incident = self.incidents[step.incident]
                incident.state, incident.merged_into, incident.closed_at = "merged", step.into, self.now
                self.step(step.incident, "merged", self.now, into=step.into)
            case pure.Worsen():
                self.incidents[step.incident].severity = step.severity
            case pure.Ended():
                self.incidents[step.incident].ended_at = step.at
                self.step(step.incident, "back", step.at)
            case pure.Resume():
                incident = self.incidents[step.incident]
                incident.ended_at, incident.flaps = None, incident.flaps + 1
                self.step(step.incident, "again", self.now)
            case pure.Close():
                incident = self.incidents[step.incident]
                incident.state, incident.ended_at, incident.closed_at = "closed", step.ended, self.now
                self.step(step.incident, "closed", self.now)

    def _open(self, step: pure.Open) -> None:
        count = self.unheard if step.kind == "province" else len(step.schools)
        incident = Incident(
            kind=step.kind, severity=step.severity, commune_code=step.commune, provider=step.provider, schools=count,
            opened_at=self.now, began_at=step.began,
        )  # fmt: skip
        if step.kind == "province":
            incident.cause, incident.confidence = "controller", 0.9
            incident.provisional_cause, incident.provisional_confidence = "controller", 0.9
        self.session.add(incident)
        self.session.flush()
        number = incident.id or 0
        self.incidents[number], self.members[number] = incident, []
        self.step(number, "opened", self.now, schools=count)
        for school in step.schools:
            self._add(number, school)
        incident.schools = count

    def _add(self, incident: int, school: pure.Seen) -> None:
        if any(member.school_id == school.id for member in self.members[incident]):
            return
        member = IncidentSchool(
            incident_id=incident, school_id=school.id, status=school.status, reason=school.reason,
            began_at=school.since,
        )  # fmt: skip
        self.session.add(member)
        self.members[incident].append(member)
        self.incidents[incident].schools = len(self.members[incident])
        self.incidents[incident].ended_at = None
        self.touched.add(school.id)

    def _member(self, incident: int, school: int) -> IncidentSchool:
        self.touched.add(school)
        return next(member for member in self.members[incident] if member.school_id == school)

    def _settle(self, incident: int) -> None:
        """All are back: it is over, if it stays so."""
        ends = [member.ended_at for member in self.members[incident]]
        if all(end is not None for end in ends):
            self.incidents[incident].ended_at = max(end for end in ends if end is not None)


def open_book(session: Session, now: float) -> Book:
    """The incidents that are not over, locked against another process where the database can."""
    query = select(Incident).where(Incident.state == "open", col(Incident.is_sample).is_(False))
    found = session.exec(query.order_by(col(Incident.id)).with_for_update()).all()
    incidents = {one.id: one for one in found if one.id is not None}
    rows = select(IncidentSchool).where(col(IncidentSchool.incident_id).in_(sorted(incidents)))
    members: dict[int, list[IncidentSchool]] = {number: [] for number in incidents}
    for row in session.exec(rows.order_by(col(IncidentSchool.id))):
        members[row.incident_id].append(row)
    return Book(session, now, incidents, members)
