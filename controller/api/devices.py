"""Devices seen on a school's LAN, and the hardware of its boxes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import MAX_INT, CodeInPath, In, Moment, NumberInPath, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Device, InventorySnapshot, Room

router = APIRouter(prefix="/api/v1/schools/{code}", tags=["devices"])
Read = Annotated[Caller, require("device.read")]


class DeviceOut(Out):
    id: int
    mac: str = Field(examples=["b8:27:eb:01:02:03"])
    ip: str = ""
    vendor: str = ""
    is_private_mac: bool = Field(False, description="made up by the device, so no vendor can be known")
    name: str = ""
    room_id: int | None = None
    first_seen: float
    last_seen: float
    facts: dict[str, Any] = Field(default_factory=dict)


class DeviceChange(In):
    name: Text | None = None
    room_id: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None


class InventoryOut(Out):
    agent_id: str
    at: float
    digest: str = Field(description="SHA-256 of the sections' canonical JSON, as the box made it")
    sections: dict[str, Any] = Field(default_factory=dict)


@router.get("/devices", responses=problems("school-not-found"))
def list_devices(
    code: CodeInPath, who: Read, session: Db, wanted: Paged, response: Response, seen_since: Moment | None = None
) -> list[DeviceOut]:
    school = who.scope.require_school(session, code)
    statement = select(Device).where(Device.school_id == school.id)
    if seen_since is not None:
        statement = statement.where(Device.last_seen >= seen_since)
    rows = fetch(session, statement.order_by(col(Device.last_seen).desc(), col(Device.id)), wanted, response)
    return [DeviceOut.model_validate(row) for row in rows]


@router.patch("/devices/{number}", responses=problems("not-found"))
def change_device(
    code: CodeInPath,
    number: NumberInPath,
    body: DeviceChange,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
) -> DeviceOut:
    """Give a device a name and a room; a null room takes it out of its room."""
    school = who.scope.require_school(session, code)
    row = session.get(Device, number)
    if row is None or row.school_id != school.id:
        raise Problem("not-found")
    values = body.model_dump(exclude_unset=True)
    if values.get("name") is not None:
        row.name = values["name"]
    if "room_id" in values:
        _check_room(session, key_of(school), values["room_id"])
        row.room_id = values["room_id"]
    session.add(row)
    audit.record(session, who.login, "device.update", f"device:{number}", school.id, now=services.clock())
    session.commit()
    services.changes.publish(school.id, "devices")
    return DeviceOut.model_validate(row)


@router.get("/inventory", responses=problems("school-not-found"))
def get_inventory(code: CodeInPath, who: Read, session: Db) -> list[InventoryOut]:
    """The hardware and software of the school's boxes as it stands now."""
    school = who.scope.require_school(session, code)
    statement = select(InventorySnapshot).where(InventorySnapshot.school_id == school.id)
    rows = session.exec(statement.order_by(col(InventorySnapshot.agent_id)).limit(100))
    return [InventoryOut.model_validate(row) for row in rows]


def _check_room(session: Session, school_id: int, room_id: int | None) -> None:
    room = session.get(Room, room_id) if room_id is not None else None
    if room_id is not None and (room is None or room.school_id != school_id):
        raise Problem("not-found")
