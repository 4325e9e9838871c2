"""Machines to be listed, one with its history and evidence, and the queue of questions; all within one's scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from controller.assets import tree
from controller.assets.heirs import merged_into
from controller.scope import Scope
from controller.tables import Asset, AssetEvent, AssetIdentifier, AssetPair, Commune, Room, School
from inventory.fold import fold

FIRST = "name"
MAX_HISTORY = 300
MAX_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    q: str = ""
    school: str = ""
    commune: str = ""
    device: str = ""
    state: str = ""
    room: str = ""  # a room's id, "none" for machines without a room

    @property
    def params(self) -> dict[str, str | Sequence[str]]:
        return {name: getattr(self, name) for name in ("q", "school", "commune", "device", "state", "room")}

    @property
    def is_any(self) -> bool:
        return any(self.params.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: int
    school: str
    school_name: str
    commune: str
    room: str
    seat: str
    kind: str
    state: str
    tag: str
    name: str
    vendor: str
    model: str
    serial: str
    source: str
    first_seen: float
    last_seen: float
    is_sample: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def columns() -> Mapping[str, Any]:
    return {
        "name": col(Asset.search),
        "kind": col(Asset.kind),
        "state": col(Asset.state),
        "tag": col(Asset.tag),
        "model": col(Asset.model),
        "school": col(School.search),
        "room": col(Room.code),
        "first_seen": col(Asset.first_seen),
        "last_seen": col(Asset.last_seen),
    }


def statement(scope: Scope, filters: Filters) -> Any:
    known: Any = (
        Asset.id, col(School.code).label("school"), col(School.name).label("school_name"),
        col(Commune.name).label("commune"), func.coalesce(Room.code, "").label("room"), Asset.seat, Asset.kind,
        Asset.state, Asset.tag, Asset.name, Asset.vendor, Asset.model, Asset.serial, Asset.source, Asset.first_seen,
        Asset.last_seen, School.is_sample, Asset.facts,
    )  # fmt: skip
    found: Any = select(*known).select_from(Asset).join(School, col(School.id) == Asset.school_id)
    found = found.join(Commune, col(Commune.code) == School.commune_code)
    found = found.join(Room, col(Room.id) == Asset.room_id, isouter=True).where(col(Asset.merged_into).is_(None))
    found = scope.schools(found)
    for word in fold(filters.q).split()[:MAX_WORDS]:
        found = found.where(col(Asset.search).contains(word, autoescape=True))
    for value, column in (
        (filters.school, col(School.code)), (filters.commune, col(School.commune_code)),
        (filters.device, col(Asset.kind)), (filters.state, col(Asset.state)),
    ):  # fmt: skip
        if value:
            found = found.where(column == value)
    if filters.room == "none":
        found = found.where(col(Asset.room_id).is_(None))
    elif filters.room.isdecimal() and len(filters.room) < 10:
        found = found.where(col(Asset.room_id) == int(filters.room))
    return found


def ordered(found: Any, sort: str) -> Any:
    column = columns().get(sort.removeprefix("-"), columns()[FIRST])
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return found.order_by(first, Asset.id)


def sort_of(sort: str) -> str:
    return sort if sort.removeprefix("-") in columns() else FIRST


def total(session: Session, found: Any) -> int:
    return int(session.execute(select(func.count()).select_from(found.order_by(None).subquery())).scalar_one())


def rows(session: Session, found: Any) -> Iterator[Row]:
    for row in session.execute(found):
        yield Row(**row._asdict())


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A machine with everything that is known of it."""

    asset: Asset
    school: School
    room: Room | None
    identifiers: Sequence[AssetIdentifier]
    events: Sequence[AssetEvent]
    pairs: Sequence[tuple[AssetPair, Asset]]  # a question, and the record on its other side


def whole(session: Session, scope: Scope, asset: Asset) -> Whole:
    records = tree.below(session, asset.id or 0)
    values = select(AssetIdentifier).where(col(AssetIdentifier.asset_id).in_(records))
    events = select(AssetEvent).where(col(AssetEvent.asset_id).in_(records))
    if not scope.is_all:  # where it stood before may be another's school; one that was merged into this one is its past
        here = col(AssetEvent.school_id).in_(select(School.id).where(scope.condition()))
        events = events.where(or_(here, col(AssetEvent.school_id).in_(merged_into(session, asset.school_id))))
    asked = select(AssetPair).where(col(AssetPair.one_id).in_(records) | col(AssetPair.other_id).in_(records))
    pairs = []
    for pair in session.exec(asked.order_by(col(AssetPair.opened_at).desc()).limit(20)):
        beside = session.get(Asset, pair.other_id if pair.one_id in records else pair.one_id)
        school = session.get(School, beside.school_id) if beside is not None else None
        if beside is not None and school is not None and scope.holds(school):
            pairs.append((pair, beside))
    school = session.get(School, asset.school_id)
    assert school is not None  # noqa: S101 - a foreign key holds it
    return Whole(
        asset=asset,
        school=school,
        room=session.get(Room, asset.room_id) if asset.room_id is not None else None,
        identifiers=session.exec(
            values.order_by(col(AssetIdentifier.kind), col(AssetIdentifier.since)).limit(MAX_HISTORY)
        ).all(),
        events=session.exec(
            events.order_by(col(AssetEvent.at).desc(), col(AssetEvent.id).desc()).limit(MAX_HISTORY)
        ).all(),
        pairs=pairs,
    )


def queue(scope: Scope, state: str = "open") -> Any:
    """Questions of which both records lie in the scope."""
    found: Any = select(AssetPair).where(AssetPair.state == state)
    if not scope.is_all:
        here = select(School.id).where(scope.condition())
        mine = select(Asset.id).where(col(Asset.school_id).in_(here))
        found = found.where(col(AssetPair.one_id).in_(mine), col(AssetPair.other_id).in_(mine))
    return found.order_by(col(AssetPair.opened_at if state == "open" else AssetPair.decided_at).desc(), AssetPair.id)


def waiting(session: Session, scope: Scope) -> int:
    return total(session, queue(scope))
