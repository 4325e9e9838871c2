"""Devices seen on a school's LAN, searched, sorted and cut into pages here: accents are beyond a database's LIKE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Device, Room, School
from controller.web.read.school_lan import KIND_WORDS
from inventory.fold import fold
from inventory.kinds import KINDS, heard_name

PAGE = 12
MAX_DEVICES = 5_000
RECENTLY = 86_400.0  # seen since: counts as present
SORTS = ("last_seen", "first_seen", "vendor", "name", "kind", "ip", "mac")
COLUMNS = (
    Device.mac,
    Device.ip,
    Device.vendor,
    Device.is_private_mac,
    Device.name,
    Device.room_id,
    Device.first_seen,
    Device.last_seen,
    Device.facts,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One device. ``is_private_mac``: the device made its address up, so no vendor can be known; ``heard``: what it
    calls itself; ``kind``: what it probably is, with ``evidence``."""

    mac: str
    ip: str
    vendor: str
    is_private_mac: bool
    name: str
    room: str
    first_seen: float
    last_seen: float
    heard: str = ""
    kind: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    rows: tuple[Seen, ...]
    total: int  # that match
    known: int  # all
    recent: int  # seen in the last day
    q: str
    sort: str
    page: int


def read_devices(
    session: Session, school: School, now: float, *, q: str = "", sort: str = "-last_seen", page: int = 1
) -> Devices:
    """One page; an unknown ``sort`` counts as the newest first."""
    name = sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "last_seen"
    falls = sort.startswith("-") or sort.removeprefix("-") != name
    rooms = dict(_rooms(session, school))
    statement = select(*COLUMNS).where(Device.school_id == school.id)  # type: ignore[call-overload]
    everything = [
        Seen(mac, ip, vendor, private, known_as, rooms.get(room, ""), first, last, *_heard(facts))
        for mac, ip, vendor, private, known_as, room, first, last, facts in session.exec(
            statement.order_by(col(Device.id)).limit(MAX_DEVICES)
        )
    ]
    words = fold(q).split()[:8]
    found = [one for one in everything if all(word in _text(one) for word in words)] if words else everything
    found.sort(key=lambda one: _key(one, name), reverse=falls)
    return Devices(
        rows=tuple(found[(page - 1) * PAGE : page * PAGE]),
        total=len(found),
        known=len(everything),
        recent=sum(one.last_seen >= now - RECENTLY for one in everything),
        q=q,
        sort=("-" if falls else "") + name,
        page=page,
    )


def _rooms(session: Session, school: School) -> Sequence[tuple[int | None, str]]:
    rooms = session.exec(select(Room).where(Room.school_id == school.id)).all()
    return [(room.id, room.name or room.code) for room in rooms]


def _heard(facts: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    kind, evidence = facts.get("kind"), facts.get("evidence")
    said = tuple(str(one)[:96] for one in evidence[:6]) if isinstance(evidence, list) else ()
    return (heard_name(facts), kind, said) if kind in KINDS else (heard_name(facts), "", ())


def _text(one: Seen) -> str:
    """Also by the kind, in both languages: whoever looks for printers may write «may in» or "printer"."""
    kind = f"{one.kind} {KIND_WORDS[one.kind]}" if one.kind else ""
    return fold(f"{one.name} {one.heard} {kind} {one.vendor} {one.room} {one.mac} {one.ip}")


def _key(one: Seen, name: str) -> tuple[bool, object]:
    """What says nothing comes after what says something, rising."""
    value = (one.name or one.heard) if name == "name" else getattr(one, name)
    if name == "ip":
        try:
            address = ip_address(value)
        except ValueError:
            return True, (0, 0)
        return False, (address.version, int(address))
    return not value, fold(value) if isinstance(value, str) else value
