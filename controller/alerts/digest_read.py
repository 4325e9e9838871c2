"""What the morning's page is made from, for one part of the province."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, or_, select, true

from controller.alerts.digest import Digest, Trouble, summarise
from controller.store import table_of
from controller.tables import Commune, Incident, IncidentSchool, Latest, School


def read(connection: Connection, scope_kind: str, scope_id: str, since: float, until: float) -> Digest:
    """Samples and the demonstration are no schools of the province."""
    here = _here(scope_kind, scope_id)
    return summarise(_troubles(connection, here, since, until), _statuses(connection, here), since, until)


def _here(scope_kind: str, scope_id: str) -> ColumnElement[bool]:
    school = table_of(School)
    if scope_kind == "commune":
        return school.c.commune_code == scope_id
    return school.c.code == scope_id if scope_kind == "school" else true()


def _statuses(connection: Connection, here: ColumnElement[bool]) -> dict[str, int]:
    school, latest = table_of(School), table_of(Latest)
    status = func.coalesce(latest.c.status, "no-box")
    query = (
        select(status, func.count())
        .select_from(school.outerjoin(latest, latest.c.school_id == school.c.id))
        .where(school.c.is_sample.is_(False), school.c.is_demo.is_(False), here)
        .group_by(status)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _troubles(connection: Connection, here: ColumnElement[bool], since: float, until: float) -> list[Trouble]:
    """What the box told afterwards is nearer to the truth than what we saw meanwhile."""
    school, commune = table_of(School), table_of(Commune)
    incident, member = table_of(Incident), table_of(IncidentSchool)
    began = func.coalesce(member.c.final_began_at, member.c.began_at)
    ended = func.coalesce(member.c.final_ended_at, member.c.ended_at)
    query = (
        select(
            school.c.code, school.c.name, commune.c.name, incident.c.severity, incident.c.id,
            func.coalesce(func.nullif(member.c.final_cause, ""), func.nullif(member.c.provisional_cause, ""), ""),
            began, ended,
        )
        .select_from(member)
        .join(incident, incident.c.id == member.c.incident_id)
        .join(school, school.c.id == member.c.school_id)
        .join(commune, commune.c.code == school.c.commune_code)
        .where(school.c.is_sample.is_(False), school.c.is_demo.is_(False), here)
        .where(incident.c.state != "merged", incident.c.is_sample.is_(False))
        .where(began < until, or_(ended.is_(None), ended >= since))
        .order_by(began, member.c.id)
    )  # fmt: skip
    return [
        Trouble(
            code=code, name=name, commune=where, severity=severity, cause=cause, began_at=start, ended_at=end,
            path=f"/incidents/{number}",
        )
        for code, name, where, severity, number, cause, start, end in connection.execute(query)
    ]  # fmt: skip
