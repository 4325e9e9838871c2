"""Medians in the database: one row a group is fetched, and not one a school."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import func, literal, select
from sqlmodel import Session


class Middle(NamedTuple):
    """The median of ``n`` values."""

    n: int
    median: float


def medians(session: Session, found: Any, key: Any, value: Any) -> dict[Any, Middle]:
    """Of ``value`` over the rows of the statement ``found`` that have one, by ``key``: as ``statistics.median``."""
    rows = found.order_by(None).with_only_columns(key.label("key"), value.label("value")).subquery()
    there = select(
        rows.c.key,
        rows.c.value,
        func.row_number().over(partition_by=rows.c.key, order_by=rows.c.value).label("place"),
        func.count().over(partition_by=rows.c.key).label("count"),
    ).where(rows.c.value.is_not(None))
    ranked = there.subquery()
    # the one in the middle, or the two
    middle = (ranked.c.place * 2).between(ranked.c.count, ranked.c.count + 2)
    wanted = select(ranked.c.key, func.max(ranked.c.count), func.avg(ranked.c.value)).where(middle)
    return {row[0]: Middle(row[1], row[2]) for row in session.execute(wanted.group_by(ranked.c.key))}


def median_of(session: Session, found: Any, value: Any) -> Middle | None:
    """Of all rows of ``found`` that have one; None when none has."""
    return medians(session, found, literal(1), value).get(1)
