"""Adds a month's verdicts up by commune and level, in the database, so that pages read a few thousand small rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, cast, delete, func, insert, literal, select

from controller.db import one_at_a_time
from controller.store import table_of
from controller.tables import PlanMonth, School, SchoolMonth

LOCK = 0x706C_616E  # PostgreSQL's advisory lock of those who count
WHOLE = "*"  # instead of a commune and a level: the sum of all, so that twelve months are twelve rows


def newest_count(connection: Connection, month: str) -> float | None:
    table = table_of(PlanMonth)
    found: float | None = connection.scalar(select(func.max(table.c.at)).where(table.c.month == month))
    return found


def count_up(connection: Connection, month: str, now: float) -> None:
    """The rows of ``month`` anew. Every school of today's registry counts, also one of which nothing is known."""
    school, plan = table_of(School), table_of(PlanMonth)
    row = table_of(SchoolMonth)
    keys = {"month": literal(month), "commune_code": school.c.commune_code, "level": school.c.level}
    values = {**keys, "at": literal(now), **sums()}
    source = (
        select(*values.values())
        .select_from(school.outerjoin(row, and_(row.c.school_id == school.c.id, row.c.month == month)))
        .where(school.c.is_demo.is_(False))
        .group_by(school.c.commune_code, school.c.level)
    )
    one_at_a_time(connection, LOCK)  # who lost his lease may still be at it
    connection.execute(delete(plan).where(plan.c.month == month))
    connection.execute(insert(plan).from_select(list(values), source))
    added = {name: func.sum(plan.c[name]) for name in sums()}
    whole: dict[str, Any] = {
        "month": literal(month),
        "commune_code": literal(WHOLE),
        "level": literal(WHOLE),
        "at": literal(now),
        **added,
    }
    these = select(*whole.values()).where(plan.c.month == month).having(func.count() > 0)
    connection.execute(insert(plan).from_select(list(whole), these))


def count_all(connection: Connection, now: float) -> None:
    """Every month of which there are verdicts, and no other: after many schools came or went."""
    plan, row = table_of(PlanMonth), table_of(SchoolMonth)
    there = list(connection.scalars(select(row.c.month).distinct()))
    connection.execute(delete(plan).where(plan.c.month.not_in(there)))
    for month in there:
        count_up(connection, month, now)


def sums() -> dict[str, Any]:
    """What is added up over schools and their months, each by its name in ``PlanMonth``."""
    row = table_of(SchoolMonth)
    upgrades = row.c.upgrade_bps.is_not(None)
    return {
        "schools": func.count(),
        "with_contract": _count(row.c.contract != "not-promised"),
        "target_met": _count(row.c.target == "met"),
        "target_not_met": _count(row.c.target == "not-met"),
        "contract_met": _count(row.c.contract == "met"),
        "contract_not_met": _count(row.c.contract == "not-met"),
        "upgrades": _count(upgrades),
        "unpriced": _count(and_(upgrades, row.c.more_vnd.is_(None))),
        "more_vnd": func.coalesce(func.sum(row.c.more_vnd), 0),
    }


def _count(condition: ColumnElement[bool]) -> Any:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)
