"""Rooms that go from one school to another, with what was counted in them and nothing that stays behind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import update
from sqlmodel import Session, col, select

from controller.assets.book import note
from controller.scope import key_of
from controller.tables import Asset, Device, Room, RoomItem, School

MAX_CODE = 40  # letters of a room's code
Renamed = Mapping[int, tuple[str, str]]  # room -> its code before and after


def of(session: Session, school: School) -> list[Room]:
    return list(session.exec(select(Room).where(Room.school_id == school.id).order_by(col(Room.id))))


def move(
    session: Session, rooms: Sequence[Room], target: School, *, suffix: str, codes: Mapping[int, str] | None = None
) -> dict[int, tuple[str, str]]:
    """``codes``: what a room shall be called instead. A code that is taken gets ``suffix``; those that changed."""
    taken = set(session.exec(select(Room.code).where(Room.school_id == target.id)))
    renamed = {}
    for room in rooms:
        number = room.id or 0
        before = room.code
        room.code = free_code((codes or {}).get(number, before), suffix, taken)
        room.school_id = key_of(target)
        taken.add(room.code)
        if room.code != before:
            renamed[number] = (before, room.code)
        session.add(room)
        session.execute(update(RoomItem).where(col(RoomItem.room_id) == number).values(school_id=target.id))
    session.flush()
    return renamed


def free_code(code: str, suffix: str, taken: Collection[str]) -> str:
    """``code`` itself, or with the other school's code behind it, or with a number behind that."""
    if code not in taken:
        return code
    longer = f"{code[:20]}-{suffix}"[: MAX_CODE - 4]
    found, number = longer, 1
    while found in taken:
        number += 1
        found = f"{longer}-{number}"
    return found


def empty(
    session: Session, rooms: Sequence[Room], now: float, by: str, *, keep: Collection[int | None]
) -> dict[int, int]:
    """Put out of ``rooms`` what does not go along: machines but those in ``keep``, and devices of the network, which
    belong to the line that they were seen on. The devices with the room that each stood in."""
    numbers = {room.id: room for room in rooms}
    if not rooms:
        return {}
    schools = {room.school_id for room in rooms}
    for one in session.exec(select(Asset).where(col(Asset.school_id).in_(schools), col(Asset.room_id).is_not(None))):
        if one.room_id in numbers and one.id not in keep:
            _out(session, one, numbers[one.room_id].code, now, by)
    found = {}
    for device in session.exec(
        select(Device).where(col(Device.school_id).in_(schools), col(Device.room_id).is_not(None))
    ):
        if device.room_id in numbers and device.id is not None and device.room_id is not None:
            found[device.id] = device.room_id
            device.room_id = None
            session.add(device)
    return found


def take_out(session: Session, machines: Sequence[Asset], rooms: Sequence[Room], now: float, by: str) -> None:
    """Machines that go, out of rooms that stay."""
    going = {room.id for room in rooms}
    for one in machines:
        room = session.get(Room, one.room_id) if one.room_id is not None and one.room_id not in going else None
        if room is not None:
            _out(session, one, room.code, now, by)


def _out(session: Session, one: Asset, code: str, now: float, by: str) -> None:
    one.room_id, one.seat = None, ""
    session.add(one)
    if one.merged_into is None:
        note(session, one, now, "room", by, before=code)


def put_devices_back(session: Session, school: School, rooms: Sequence[Room], devices: Mapping[str, int]) -> None:
    """Devices that nobody gave another room meanwhile. ``devices``: device -> the room that it stood in."""
    back = {room.id for room in rooms}
    for number, room in devices.items():
        device = session.get(Device, int(number))
        if device is not None and device.school_id == school.id and device.room_id is None and room in back:
            device.room_id = room
            session.add(device)
