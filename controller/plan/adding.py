"""Adds up what pages of the plan show, within a person's scope, from the small rows of ``PlanMonth``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from controller.plan.counts import WHOLE, sums
from controller.plan.months import month_of
from controller.scope import Scope
from controller.tables import PlanMonth, School, SchoolMonth

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """How many schools, of ``schools`` in the registry. Money in VND a month."""

    schools: int = 0
    with_contract: int = 0
    target_met: int = 0
    target_not_met: int = 0
    contract_met: int = 0
    contract_not_met: int = 0
    upgrades: int = 0
    unpriced: int = 0
    more_vnd: int = 0

    @property
    def judged(self) -> int:
        """Of which enough was measured to say whether they have what they need."""
        return self.target_met + self.target_not_met

    @property
    def unknown(self) -> int:
        return self.schools - self.judged

    @property
    def contract_judged(self) -> int:
        return self.contract_met + self.contract_not_met

    def values(self) -> dict[str, int]:
        return asdict(self)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in NAMES)


NAMES = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True, slots=True)
class Cell:
    commune: str
    level: str
    counts: Counts


def cells(session: Session, scope: Scope, month: str) -> list[Cell]:
    """One for each commune and level of ``month``."""
    if scope.is_all or not scope.school_codes:
        table = PlanMonth.__table__  # type: ignore[attr-defined]
        columns = [table.c[name] for name in ("commune_code", "level", *NAMES)]
        statement: Any = select(*columns).where(table.c.month == month, table.c.commune_code != WHOLE)
        if not scope.is_all:
            statement = statement.where(table.c.commune_code.in_(sorted(scope.commune_codes)))
        return [Cell(row[0], row[1], Counts(*row[2:])) for row in session.execute(statement)]
    return [
        Cell(row.commune_code, row.level, _counts(row))
        for row in session.execute(_own(scope, month, School.commune_code, School.level))
    ]


def trend(session: Session, scope: Scope) -> dict[str, Counts]:
    """The last twelve months of which there is anything, oldest first."""
    if scope.is_all or not scope.school_codes:
        added = [func.sum(getattr(PlanMonth, name)).label(name) for name in NAMES]
        # the sum of all is there already; a person's communes are added up
        of = [WHOLE] if scope.is_all else sorted(scope.commune_codes)
        statement: Any = select(PlanMonth.month, *added).where(col(PlanMonth.commune_code).in_(of))
        statement = statement.group_by(col(PlanMonth.month))
        rows = session.execute(statement.order_by(col(PlanMonth.month).desc()).limit(MONTHS)).all()
    else:
        own = select(SchoolMonth.month).join(School, col(School.id) == SchoolMonth.school_id)
        known = session.exec(scope.schools(own).distinct().order_by(col(SchoolMonth.month).desc()).limit(MONTHS)).all()
        rows = [row for month in known for row in session.execute(_own(scope, month))]
    return {row.month: _counts(row) for row in reversed(rows)}


def _own(scope: Scope, month: str, *groups: Any) -> Any:
    """The same sums over the schools of a scope that is no whole commune."""
    is_there = and_(col(SchoolMonth.school_id) == School.id, col(SchoolMonth.month) == month)
    added = [value.label(name) for name, value in sums().items()]
    statement: Any = (
        select(func.coalesce(func.max(SchoolMonth.month), month).label("month"), *groups, *added)
        .select_from(School)
        .outerjoin(SchoolMonth, is_there)
        .where(col(School.is_demo).is_(False))
    )
    return scope.schools(statement.group_by(*groups) if groups else statement)


def _counts(row: Any) -> Counts:
    return Counts(**{name: int(getattr(row, name) or 0) for name in NAMES})


def total(found: Iterable[Cell]) -> Counts:
    return _sum(cell.counts for cell in found)


def by(found: Iterable[Cell], what: Literal["commune", "level"]) -> dict[str, Counts]:
    parts: dict[str, list[Counts]] = {}
    for cell in found:
        parts.setdefault(cell.commune if what == "commune" else cell.level, []).append(cell.counts)
    return {key: _sum(some) for key, some in parts.items()}


def _sum(found: Iterable[Counts]) -> Counts:
    rows = [counts.numbers for counts in found]
    return Counts(*(sum(column) for column in zip(*rows, strict=True))) if rows else Counts()


def opens_with(found: Mapping[str, Counts], now: float, zone: ZoneInfo) -> str:
    """The newest month of which enough is measured to say something of half of those that ever reported; else now's.

    In a month's first days nothing can be judged yet: then it is the last month that people want to see.
    """
    judged = {month: counts.judged for month, counts in found.items() if counts.judged}
    most = max(judged.values(), default=0)
    good = [month for month, count in judged.items() if count * 2 >= most]
    return max(good, default=month_of(now, zone))
