"""Incidents as the pages show them: in a table, on the wall, and one of them with all that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from controller.incidents import people
from controller.scope import Scope
from controller.tables import Commune, Incident, IncidentSchool, School, User

FIRST_OF_TABLE = "-began"
NAMES = 3  # schools by name in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    state: str = "open"
    cause: str = ""
    commune: str = ""
    provider: str = ""

    @property
    def params(self) -> dict[str, str | Sequence[str]]:
        state = "" if self.state == "open" else self.state
        return {"state": state, "cause": self.cause, "commune": self.commune, "provider": self.provider}

    @property
    def is_any(self) -> bool:
        return any(self.params.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One incident with the names that its title is made of."""

    incident: Incident
    commune: str
    names: Sequence[str]  # of schools that the reader may see
    code: str  # of the school, when it is one

    @property
    def is_watched(self) -> bool:
        """All are back, and it is not closed yet."""
        return self.incident.state == "open" and self.incident.ended_at is not None

    def lasted(self, now: float) -> float:
        return max(0.0, (self.incident.ended_at or now) - self.incident.began_at)


def rank() -> Any:
    """The worst first: what is still down, and takes the most schools."""
    return case({"down": 0, "degraded": 1}, value=col(Incident.severity), else_=2)


def rows(session: Session, scope: Scope, incidents: Sequence[Incident]) -> list[Row]:
    names: dict[int, list[tuple[str, str]]] = {}
    query = (
        select(IncidentSchool.incident_id, School.name, School.code)
        .join(School, col(School.id) == IncidentSchool.school_id)
        .where(col(IncidentSchool.incident_id).in_([one.id for one in incidents]))
        .order_by(col(IncidentSchool.began_at), col(School.search))
    )
    for number, name, code in session.exec(scope.schools(query)):
        names.setdefault(number, []).append((name, code))
    wanted = {one.commune_code for one in incidents if one.commune_code}
    communes = dict(session.exec(select(Commune.code, Commune.name).where(col(Commune.code).in_(wanted))).all())
    return [
        Row(
            incident=one,
            commune=communes.get(one.commune_code, ""),
            names=[name for name, _ in names.get(one.id or 0, [])][:NAMES],
            code=names[one.id or 0][0][1] if len(names.get(one.id or 0, [])) == 1 else "",
        )
        for one in incidents
    ]


def open_worst(session: Session, scope: Scope, limit: int) -> tuple[int, list[Row]]:
    """How many are open, and the worst of them."""
    found = select(Incident).where(Incident.state == "open", people.visible(scope))
    total = session.exec(select(func.count()).select_from(found.subquery())).one()
    worst = found.order_by(
        col(Incident.ended_at).is_not(None), rank(), col(Incident.schools).desc(), col(Incident.began_at)
    )
    return total, rows(session, scope, session.exec(worst.limit(limit)).all())


def of_school(session: Session, scope: Scope, school: int, limit: int = 5) -> list[Row]:
    """A school's newest incidents, those that are open first."""
    query = (
        select(Incident)
        .join(IncidentSchool, col(IncidentSchool.incident_id) == Incident.id)
        .where(IncidentSchool.school_id == school, Incident.state != "merged")
        .order_by(case({"open": 0}, value=col(Incident.state), else_=1), col(Incident.began_at).desc())
        .limit(limit)
    )
    return rows(session, scope, session.exec(query).all())


def names_of(session: Session, logins: Sequence[str]) -> Mapping[str, str]:
    """People's names by their logins; a program or someone who left keeps the login."""
    wanted = set(logins) - {""}
    query = select(User.login, User.name).where(col(User.login).in_(wanted))
    return {login: name or login for login, name in session.exec(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    communes: Sequence[tuple[str, str]]
    providers: Sequence[str]


def choices(session: Session, scope: Scope) -> Choices:
    """What can be chosen: what incidents there are have."""
    providers = select(Incident.provider).where(Incident.provider != "", people.visible(scope)).distinct()
    communes: Any = (
        select(Commune.code, Commune.name)
        .join(School, col(School.commune_code) == Commune.code)
        .join(IncidentSchool, col(IncidentSchool.school_id) == School.id)
    )
    found = session.execute(scope.schools(communes).distinct().order_by(Commune.name))
    return Choices(communes=[(row[0], row[1]) for row in found], providers=sorted(session.exec(providers)))


def batches(session: Session, scope: Scope, found: Any, size: int = 500) -> Iterator[list[Row]]:
    """All rows of a statement, for a file."""
    offset = 0
    while True:
        some = session.exec(found.limit(size).offset(offset)).all()
        yield rows(session, scope, some)
        if len(some) < size:
            return
        offset += size
