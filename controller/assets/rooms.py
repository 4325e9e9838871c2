"""Rooms against the standard: what is known of each, laid together for schools, communes and the province."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from controller import audit
from controller.deps import Caller
from controller.scope import Scope, key_of
from controller.tables import Asset, Room, RoomItem, School
from inventory.rooms.gap import Gap, Tally, gap, standard

MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRoom:
    id: int
    code: str
    name: str
    kind: str
    seats: int | None
    gap: Gap
    counted: Mapping[str, int]
    machines: Mapping[str, int]
    at: float | None  # of the newest count


@dataclass(slots=True)
class OfPart:
    """A commune or a school with its figures."""

    code: str
    name: str
    commune: str = ""
    level: str = ""
    tally: Tally = field(default_factory=Tally)


def of_school(session: Session, school: School) -> list[OfRoom]:
    """Rooms of which something is asked."""
    return [room for _, room in _rooms(session, Scope(school_codes=frozenset({school.code})))]


def _rooms(session: Session, scope: Scope, commune: str = "") -> Iterator[tuple[int, OfRoom]]:
    wanted = standard()
    known: Any = (Room.id, Room.school_id, Room.code, Room.name, Room.kind, Room.seats)
    here: Any = select(*known).join(School, col(School.id) == Room.school_id)
    here = scope.schools(here).where(col(Room.kind).in_(sorted(wanted.rooms)))
    items: Any = select(RoomItem.room_id, RoomItem.item, RoomItem.count, RoomItem.at)
    machines: Any = select(Asset.room_id, Asset.kind, func.count()).where(
        Asset.state == "in-use", col(Asset.merged_into).is_(None), col(Asset.room_id).is_not(None)
    )
    if commune:
        of_commune = select(School.id).where(School.commune_code == commune)
        here = here.where(School.commune_code == commune)
        items, machines = (
            items.where(col(RoomItem.school_id).in_(of_commune)),
            machines.where(col(Asset.school_id).in_(of_commune)),
        )
    counted: dict[int, dict[str, int]] = {}
    newest: dict[int, float] = {}
    for room, item, count, at in session.execute(scope.limit(items, col(RoomItem.school_id))):
        counted.setdefault(room, {})[item] = count
        newest[room] = max(newest.get(room, 0.0), at)
    seen: dict[int, dict[str, int]] = {}
    for room, kind, count in session.execute(
        scope.limit(machines, col(Asset.school_id)).group_by(Asset.room_id, Asset.kind)
    ):
        seen.setdefault(room, {})[kind] = count
    for number, school_id, code, name, kind, seats in session.execute(here.order_by(Room.school_id, Room.code)):
        found = gap(wanted, kind, seats, counted.get(number, {}), seen.get(number, {}))
        if found is not None:
            yield school_id, OfRoom(
                id=number, code=code, name=name, kind=kind, seats=seats, gap=found, counted=counted.get(number, {}),
                machines=seen.get(number, {}), at=newest.get(number),
            )  # fmt: skip


def by_school(session: Session, scope: Scope, commune: str = "") -> list[OfPart]:
    """Every school of the scope but demonstrations, those without rooms too: they are part of the whole.

    What is counted are rooms that shall be smart classrooms; what a computer room lacks stands on its school's page.
    """
    known: Any = (School.id, School.code, School.name, School.commune_code, School.level)
    schools: Any = select(*known).where(col(School.is_demo).is_(False)).order_by(School.search)
    if commune:
        schools = schools.where(School.commune_code == commune)
    verdicts: dict[int, list[Any]] = {}
    for school_id, room in _rooms(session, scope, commune):
        if room.kind in standard().smart:
            verdicts.setdefault(school_id, []).append(room.gap.verdict)
    found = []
    for number, code, name, commune, level in session.execute(scope.schools(schools)):
        part = OfPart(code, name, commune, level)
        part.tally.add_school(verdicts.get(number, ()))
        found.append(part)
    return found


def count(
    session: Session, who: Caller, school: School, room: Room, counts: Mapping[str, int | None], now: float
) -> None:
    """Note what somebody counted in a room; None takes a count back, so that it is unknown again."""
    lay(session, key_of(school), room, counts, now, by=who.login, source="form")
    items = sorted(counts)
    audit.record(session, who.login, "room.count", f"room:{room.id}", school.id, now=now, items=items)


def lay(
    session: Session, school_id: int, room: Room, counts: Mapping[str, int | None], now: float, *, by: str, source: str
) -> None:
    assert room.id is not None  # noqa: S101 - it was read from the database or flushed to it
    known = {row.item: row for row in session.exec(select(RoomItem).where(RoomItem.room_id == room.id))}
    for item, number in counts.items():
        row = known.get(item)
        if number is None:
            if row is not None:
                session.delete(row)
            continue
        row = row or RoomItem(school_id=school_id, room_id=room.id, item=item)
        row.count, row.at, row.by, row.source = min(number, MAX_COUNT), now, by, source
        session.add(row)
    session.flush()
