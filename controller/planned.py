"""Which schools have planned work now."""

from __future__ import annotations

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
