"""Which schools have planned work now, and which had when: a contract is not judged by the time of agreed work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from controller.store import table_of
from controller.tables import Link, Maintenance, School


def schools(connection: Connection, now: float) -> frozenset[int]:
    """Ids of the schools that a maintenance window covers at ``now``."""
    work, school, link = table_of(Maintenance), table_of(School), table_of(Link)
    rows = connection.execute(
        select(work.c.scope_kind, work.c.scope_id).where(work.c.starts_at <= now, work.c.ends_at > now)
    ).all()
    if not rows:
        return frozenset()
    named: dict[str, list[str]] = {}
    for kind, place in rows:
        named.setdefault(kind, []).append(place)
    query = select(school.c.id)
    if "province" not in named:
        lines = select(link.c.school_id).where(link.c.is_primary, link.c.provider.in_(named.get("provider", [])))
        query = query.where(
            or_(
                school.c.code.in_(named.get("school", [])),
                school.c.commune_code.in_(named.get("commune", [])),
                school.c.id.in_(lines),
            )
        )
    return frozenset(connection.scalars(query))


Entry = list[str]


def entries(
    connection: Connection, ids: Sequence[int], start: float, end: float, zone: ZoneInfo
) -> Mapping[int, list[Entry]]:
    """Planned work that touches the time, by school, as ``monitoring.excluded`` reads what happens once.

    Work at a provider is of the schools whose main line is that provider's. Work that was entered after it had begun
    excuses what came after the entry alone: nobody can make a fault an agreed pause when it is over.
    """
    work, school, link = table_of(Maintenance), table_of(School), table_of(Link)
    found = connection.execute(
        select(work.c.scope_kind, work.c.scope_id, work.c.starts_at, work.c.ends_at, work.c.created_at)
        .where(work.c.starts_at < end, work.c.ends_at > start)
        .order_by(work.c.starts_at, work.c.id)
    ).all()
    if not found:
        return {}
    lines = select(link.c.school_id, link.c.provider).where(link.c.school_id.in_(ids), link.c.is_primary)
    providers: dict[int, set[str]] = {}
    for key, provider in connection.execute(lines):
        providers.setdefault(key, set()).add(provider)
    made: dict[int, list[Entry]] = {}
    for row in connection.execute(
        select(school.c.id, school.c.code, school.c.commune_code).where(school.c.id.in_(ids))
    ):
        for kind, place, first, past, entered in found:
            is_here = {
                "province": True,
                "commune": place == row.commune_code,
                "school": place == row.code,
                "provider": place in providers.get(row.id, ()),
            }[kind]
            first = max(first, entered)
            if is_here and first < past:
                made.setdefault(row.id, []).append([_clock(first, zone), _clock(past, zone)])
    return made


def _clock(at: float, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(at, zone).replace(tzinfo=None).isoformat(timespec="seconds")
