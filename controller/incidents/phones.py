"""Whom to call about an incident: the providers, and the people of its schools.

The people of schools are contact data: who may not read a school's contacts is not given them here either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from controller.deps import Caller
from controller.tables import Contact, Incident, IncidentSchool, Link, Provider, School

CALLED = 8  # schools whose people a page names; a text of an alert names as many schools


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    whose: str
    role: str
    number: str
    email: str = ""
    is_provider: bool = False


def providers(session: Session, incident: Incident, schools: Collection[int]) -> list[Phone]:
    """Of the incident; where its schools have none in common, those of ``schools``. One without a number is named."""
    names = {incident.provider} - {""}
    if not names:
        lines = select(Link.provider).where(col(Link.school_id).in_(schools), col(Link.is_primary).is_(True))
        names = set(session.exec(lines)) - {""}
    known = session.exec(select(Provider).where(col(Provider.name).in_(names)).order_by(col(Provider.name))).all()
    found = [Phone(whose=one.name, role=one.note, number=one.phone, email=one.email, is_provider=True) for one in known]
    unknown = sorted(names - {one.name for one in known})
    return found + [Phone(whose=name, role="", number="", is_provider=True) for name in unknown]


def contacts(session: Session, who: Caller, schools: Sequence[School]) -> dict[int, list[Contact]]:
    """The people of those schools whose contacts this person may read, by school."""
    scope = who.scope_of("contact.read")
    ids = [school.id for school in schools if scope.holds(school)]
    found: dict[int, list[Contact]] = {}
    for one in session.exec(select(Contact).where(col(Contact.school_id).in_(ids)).order_by(col(Contact.id))):
        found.setdefault(one.school_id, []).append(one)
    return found


def phones(session: Session, who: Caller, incident: Incident, schools: Sequence[School]) -> list[Phone]:
    """For a page: the providers first, then the people of the first schools."""
    first = schools[:CALLED]
    found = providers(session, incident, [school.id or 0 for school in first])
    people = contacts(session, who, first)
    for school in first:
        for one in people.get(school.id or 0, ()):
            role = f"{one.role} · {school.name}" if one.role else school.name
            found.append(Phone(whose=one.name, role=role, number=one.phone, email=one.email))
    return found


@dataclass(frozen=True, slots=True)
class Lines:
    """What a line of a file holds."""

    providers: str
    schools: str


def lines(session: Session, who: Caller, incidents: Sequence[Incident]) -> dict[int, Lines]:
    """For a file: of each incident who to call, in words."""
    query = (
        select(IncidentSchool.incident_id, School)
        .join(School, col(School.id) == IncidentSchool.school_id)
        .where(col(IncidentSchool.incident_id).in_([one.id for one in incidents]))
        .order_by(col(IncidentSchool.began_at), col(School.search))
    )
    parts: dict[int, list[School]] = {}
    for number, school in session.exec(who.scope.schools(query)):
        parts.setdefault(number, []).append(school)
    first = {number: some[:CALLED] for number, some in parts.items()}
    called = [school for some in first.values() for school in some]
    people = contacts(session, who, called)
    on = select(Link.school_id, Link.provider).where(
        col(Link.school_id).in_([school.id for school in called]), col(Link.is_primary).is_(True)
    )
    theirs = dict(session.exec(on).all())
    numbers = dict(session.exec(select(Provider.name, Provider.phone)).all())
    found = {}
    for incident in incidents:
        schools = first.get(incident.id or 0, [])
        names = {incident.provider} - {""} or {theirs.get(school.id or 0, "") for school in schools}
        found[incident.id or 0] = Lines(
            "; ".join(f"{name}: {numbers[name]}" for name in sorted(names) if numbers.get(name)),
            "; ".join(
                f"{school.name}: {one.name} {one.phone}"
                for school in schools
                for one in people.get(school.id or 0, ())
                if one.phone
            ),
        )
    return found
