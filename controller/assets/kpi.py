"""Smart classrooms for the plan: counted by commune and level each few minutes, kept a month, added up within a scope.

Rooms and machines change all the time and at 41,000 schools they are a million rows, so pages read small counts, made
anew each ``EVERY`` so far as ``BUDGET`` lasts: a province's communes take a few rounds, the 3,400 of the country many
more, about 10 ms of processor time each. The last count of a month stays as it was: that is the trend.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, delete, func
from sqlmodel import Session, col, select

from controller.assets import rooms
from controller.plan.months import month_of
from controller.scope import Scope
from controller.tables import RoomMonth, School
from inventory.rooms.gap import Tally

EVERY = 300.0  # seconds after which a commune is counted again
BUDGET = 1.0  # seconds a round
MONTHS = 12
NAMES = tuple(Tally.__slots__)


@dataclass(frozen=True, slots=True)
class Cell:
    commune: str
    level: str
    tally: Tally


def count_up(engine: Engine, zone: ZoneInfo, now: float, *, budget: float = BUDGET) -> int:
    """Communes whose count is old, the oldest first, so long as the time lasts; how many."""
    month, until, done = month_of(now, zone), time.monotonic() + budget, 0
    with Session(engine) as session:
        for commune in _due(session, month, now):
            count_commune(session, month, commune, now)
            session.commit()
            done += 1
            if time.monotonic() >= until:
                break
    return done


def _due(session: Session, month: str, now: float) -> list[str]:
    newest_of = select(RoomMonth.commune_code, func.max(RoomMonth.at)).where(RoomMonth.month == month)
    counted = session.execute(newest_of.group_by(col(RoomMonth.commune_code)))
    newest = {row[0]: row[1] for row in counted}
    there = set(session.exec(select(School.commune_code).where(col(School.is_demo).is_(False)).distinct()))
    ages = {commune: newest.get(commune, 0.0) for commune in there | newest.keys()}
    return sorted((one for one, at in ages.items() if now - at >= EVERY or at > now), key=lambda one: (ages[one], one))


def count_commune(session: Session, month: str, commune: str, now: float) -> None:
    """The rows of one commune anew; none are left of one that has no schools any more."""
    tallies: dict[str, Tally] = {}
    for school in rooms.by_school(session, Scope(commune_codes=frozenset({commune}))):
        tallies.setdefault(school.level, Tally()).add(school.tally)
    these = (col(RoomMonth.month) == month, col(RoomMonth.commune_code) == commune)
    session.execute(delete(RoomMonth).where(*these))
    for level, tally in sorted(tallies.items()):
        values = {name: getattr(tally, name) for name in NAMES}
        session.add(RoomMonth(month=month, commune_code=commune, level=level, at=now, **values))
    session.flush()


def cells(session: Session, scope: Scope, month: str, this_month: str) -> list[Cell]:
    """One for each commune and level. A scope of single schools is counted on the spot, so only for this month."""
    if scope.school_codes and not scope.is_all:
        if month != this_month:
            return []
        return _counted_now(session, scope)
    query: Any = select(RoomMonth).where(RoomMonth.month == month)
    if not scope.is_all:
        query = query.where(col(RoomMonth.commune_code).in_(sorted(scope.commune_codes)))
    found = session.exec(query.order_by(RoomMonth.commune_code, RoomMonth.level)).all()
    if not found and month == this_month:  # a month, or an installation, that has just begun
        return _counted_now(session, scope)
    return [Cell(row.commune_code, row.level, _tally(row)) for row in found]


def _counted_now(session: Session, scope: Scope) -> list[Cell]:
    return [Cell(school.commune, school.level, school.tally) for school in rooms.by_school(session, scope)]


def trend(session: Session, scope: Scope) -> dict[str, Tally]:
    """The last twelve months that were counted, oldest first; none for a scope of single schools."""
    if scope.school_codes and not scope.is_all:
        return {}
    added = [func.sum(getattr(RoomMonth, name)).label(name) for name in NAMES]
    query: Any = select(RoomMonth.month, *added).group_by(col(RoomMonth.month))
    if not scope.is_all:
        query = query.where(col(RoomMonth.commune_code).in_(sorted(scope.commune_codes)))
    rows = session.execute(query.order_by(col(RoomMonth.month).desc()).limit(MONTHS)).all()
    return {row.month: _tally(row) for row in reversed(rows)}


def _tally(row: Any) -> Tally:
    return Tally(**{name: int(getattr(row, name) or 0) for name in NAMES})


def total(found: Iterable[Cell]) -> Tally:
    whole = Tally()
    for cell in found:
        whole.add(cell.tally)
    return whole


def by(found: Iterable[Cell], what: Literal["commune", "level"]) -> Mapping[str, Tally]:
    parts: dict[str, Tally] = {}
    for cell in found:
        parts.setdefault(cell.commune if what == "commune" else cell.level, Tally()).add(cell.tally)
    return parts
