"""From the database to the plain data that ``monitoring.incidents`` and ``monitoring.causes`` decide by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select
from sqlmodel import Session, col
from sqlmodel import select as pick

from controller.store import table_of
from controller.tables import Event, Hour, Incident, IncidentSchool, Latest, Link, School
from monitoring.incident_steps import DEGRADED, LOST, TROUBLED, UNWATCHED, Known, Member, Place, Seen
from monitoring.neighbours import Around, Vanished, span
from monitoring.told import Told

TOLD_KINDS = ("target", "link", "power", "box")
DENSE = 0.75  # of the usual tries a second
STARTS, LONG_START = 20, 120.0  # an agent that was started by hand later says nothing about the machine
MAX_TOLD = 2_000  # events of one outage; a school that flaps for days is judged by the newest


def provider_of() -> Any:
    """The provider of a school's primary line, as a scalar subquery over ``School``."""
    link = table_of(Link)
    wanted = select(link.c.provider).where(link.c.school_id == table_of(School).c.id)
    return func.coalesce(
        wanted.order_by(link.c.is_primary.desc(), link.c.id).limit(1).correlate(table_of(School)).scalar_subquery(), ""
    )


def _counted() -> ColumnElement[bool]:
    """Schools that incidents are made of: no samples, and not the machine that stands for a school to show it."""
    school = table_of(School)
    return and_(school.c.is_sample.is_(False), school.c.is_demo.is_(False))


def _troubled() -> ColumnElement[bool]:
    latest = table_of(Latest)
    return or_(latest.c.status.in_(LOST), and_(latest.c.status == "degraded", latest.c.status_reason.in_(DEGRADED)))


def seen(connection: Connection, members: Collection[int], planned: Collection[int], silent_after: float) -> list[Seen]:
    """Schools in trouble, and those of incidents that are not over."""
    school, latest = table_of(School), table_of(Latest)
    query = (
        select(
            school.c.id,
            school.c.commune_code,
            provider_of().label("provider"),
            func.coalesce(latest.c.status, "no-box").label("status"),
            func.coalesce(latest.c.status_reason, "").label("reason"),
            func.coalesce(latest.c.status_since, 0.0).label("since"),
        )
        .outerjoin(latest, latest.c.school_id == school.c.id)
        .where(or_(and_(_counted(), _troubled()), school.c.id.in_(sorted(members))))
        .order_by(school.c.id)
    )
    return [
        Seen(
            id=row.id,
            commune=row.commune_code,
            provider=row.provider,
            status=row.status,
            reason=row.reason,
            since=row.since,
            silent_after=silent_after,
            is_planned=row.id in planned,
        )
        for row in connection.execute(query)
    ]


def places(connection: Connection, schools: Collection[int]) -> dict[int, Place]:
    """Where each of these schools is, also of those that are well again and in no incident that goes on."""
    school = table_of(School)
    query = select(school.c.id, school.c.commune_code, provider_of()).where(school.c.id.in_(sorted(schools)))
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def well(connection: Connection) -> dict[Place, int]:
    """How many schools are there and well, by commune and provider."""
    school, latest = table_of(School), table_of(Latest)
    provider = provider_of().label("provider")
    inner = (
        select(school.c.commune_code, provider)
        .join(latest, latest.c.school_id == school.c.id)
        .where(_counted(), ~_troubled(), latest.c.status.not_in(UNWATCHED))
        .subquery()
    )
    query = select(inner.c.commune_code, inner.c.provider, func.count()).group_by(
        inner.c.commune_code, inner.c.provider
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def members_of(session: Session, incidents: Collection[int]) -> dict[int, list[IncidentSchool]]:
    """The schools of each incident."""
    found: dict[int, list[IncidentSchool]] = {number: [] for number in incidents}
    query = pick(IncidentSchool).where(col(IncidentSchool.incident_id).in_(sorted(incidents)))
    for row in session.exec(query.order_by(col(IncidentSchool.id))):
        found[row.incident_id].append(row)
    return found


def known(incidents: Iterable[Incident], members: Mapping[int, Sequence[IncidentSchool]]) -> list[Known]:
    return [
        Known(
            id=one.id or 0,
            kind=one.kind,
            began=one.began_at,
            opened=one.opened_at,
            commune=one.commune_code,
            provider=one.provider,
            severity=one.severity,
            members={
                row.school_id: Member(
                    school=row.school_id,
                    began=row.began_at,
                    ended=row.ended_at,
                    flaps=row.flaps,
                    is_measured=row.status in TROUBLED,
                )
                for row in members.get(one.id or 0, ())
            },
            is_reported=bool(one.reported_by),
            is_touched=one.acknowledged_at is not None,
            ended=one.ended_at,
        )
        for one in incidents
    ]


def around(connection: Connection, begins: Collection[float], well: Mapping[Place, int]) -> Around:
    """Who vanished near ``begins``: all parts of incidents in which schools were lost."""
    part, school, incident = table_of(IncidentSchool), table_of(School), table_of(Incident)
    rows = connection.execute(
        select(
            part.c.school_id,
            func.min(part.c.began_at),
            school.c.commune_code,
            provider_of(),
            func.max(case((part.c.ended_at.is_(None), 1), else_=0)),
        )
        .join(school, school.c.id == part.c.school_id)
        .join(incident, incident.c.id == part.c.incident_id)
        .where(part.c.began_at.between(*span(begins)), incident.c.severity == "down", incident.c.is_sample.is_(False))
        .group_by(part.c.school_id, school.c.commune_code, school.c.id)
    )
    vanished = (Vanished(school=row[0], began=row[1], place=(row[2], row[3]), is_gone=bool(row[4])) for row in rows)
    return Around(vanished, well)


def told(connection: Connection, school: int, agent: str, since: float, until: float) -> list[Told]:
    """State changes of one box in a time, after the newest of each subject from before it."""
    event = table_of(Event)
    mine = and_(event.c.school_id == school, event.c.kind.in_(TOLD_KINDS), event.c.agent_id == agent)
    columns = (event.c.at, event.c.subject, event.c.before, event.c.after, event.c.facts)
    last = (
        select(event.c.subject, func.max(event.c.at).label("at"))
        .where(mine, event.c.at < since)
        .group_by(event.c.subject)
        .subquery()
    )
    earlier = (
        select(*columns)
        .join(last, and_(last.c.subject == event.c.subject, last.c.at == event.c.at))
        .where(mine)
        .order_by(event.c.at)
    )
    within = (
        select(*columns).where(mine, event.c.at.between(since, until)).order_by(event.c.at, event.c.id).limit(MAX_TOLD)
    )
    rows = [*connection.execute(earlier), *connection.execute(within)]
    return [Told(row.at, row.subject, row.before, row.after, row.facts or {}) for row in rows]


def usual_start(connection: Connection, school: int, agent: str, before: float) -> float | None:
    """Seconds from power to agent, the least of the last starts of this box's machine; None when none is known."""
    event = table_of(Event)
    mine = and_(event.c.school_id == school, event.c.agent_id == agent, event.c.kind == "box", event.c.after == "up")
    query = select(event.c.facts).where(mine, event.c.at < before).order_by(event.c.at.desc()).limit(STARTS)
    found = [
        float(facts["up_seconds"])
        for facts in connection.scalars(query)
        if isinstance(facts.get("up_seconds"), int | float) and not facts.get("same_boot")
    ]
    return min((seconds for seconds in found if seconds < LONG_START), default=None)


def has_measured(connection: Connection, school: int, began: float, ended: float) -> bool:
    """Whether the box went on measuring in the middle of that time. A window that a standstill stretched is thinner
    than its neighbours: it has fewer tries a second."""
    hour = table_of(Hour)
    query = select(hour.c.windows).where(
        hour.c.school_id == school, hour.c.hour_at > began - 7_200, hour.c.hour_at < ended + 1_800
    )
    windows = [window for some in connection.scalars(query) for window in some if window["seconds"] > 0]
    usual: dict[str, float] = {}
    for window in windows:
        target = window["labels"].get("target", "")
        usual[target] = max(usual.get(target, 0.0), window["count"] / window["seconds"])
    middle = (began + ended) / 2
    return any(
        window["at"] <= middle <= window["at"] + window["seconds"]
        and window["count"] / window["seconds"] >= DENSE * usual[window["labels"].get("target", "")] > 0
        for window in windows
    )
