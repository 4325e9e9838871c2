"""Marks months to be rolled up again, within the transaction that changed something of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, select, update
from sqlmodel import Session

from controller.tables import Link, School, SchoolMonth

CHUNK = 500


def contracts_changed(source: Session | Connection, month: str, schools: Collection[int] | None = None) -> None:
    """Of ``month``, that is now: older months keep the verdict by the contract as it stood. None: of all schools."""
    table = SchoolMonth.__table__  # type: ignore[attr-defined]
    statement = update(table).where(table.c.month >= month).values(is_stale=True)
    if schools is None:
        source.execute(statement)
        return
    listed = sorted(schools)
    for first in range(0, len(listed), CHUNK):
        source.execute(statement.where(table.c.school_id.in_(listed[first : first + CHUNK])))


def work_changed(source: Session | Connection, kind: str, place: str, first: str, last: str) -> None:
    """Planned work of the months ``first`` to ``last`` was entered, changed or removed, see controller/planned.py."""
    table: Any = SchoolMonth.__table__  # type: ignore[attr-defined]
    statement = update(table).where(table.c.month >= first, table.c.month <= last).values(is_stale=True)
    if kind != "province":
        school: Any = School.__table__  # type: ignore[attr-defined]
        link: Any = Link.__table__  # type: ignore[attr-defined]
        schools = {
            "school": select(school.c.id).where(school.c.code == place),
            "commune": select(school.c.id).where(school.c.commune_code == place),
            "provider": select(link.c.school_id).where(link.c.is_primary, link.c.provider == place),
        }[kind]
        statement = statement.where(table.c.school_id.in_(schools))
    source.execute(statement)


def days_changed(connection: Connection, days: Iterable[tuple[int, str]], today: str) -> None:
    """Days that were rolled up late: their months are too. Today's month is looked at each day anyway."""
    table: Any = SchoolMonth.__table__  # type: ignore[attr-defined]
    by_month: dict[str, set[int]] = {}
    for school, day in days:
        if day[:7] < today[:7]:
            by_month.setdefault(day[:7], set()).add(school)
    for month, schools in sorted(by_month.items()):
        statement = update(table).where(table.c.month == month, table.c.school_id.in_(sorted(schools)))
        connection.execute(statement.values(is_stale=True))
