"""Rooms of a school."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlalchemy import update as update_rows
from sqlmodel import col, select

from controller.api import parts
from controller.api.common import IfMatch, Paged, fetch, problems
from controller.api.shapes import Code, CodeInPath, Count, In, NumberInPath, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.scope import key_of
from controller.tables import Device, Room

router = APIRouter(prefix="/api/v1/schools/{code}/rooms", tags=["rooms"])
Kind = Literal["classroom", "computer-room", "library", "office", "server", "other"]


class RoomOut(Out):
    id: int
    code: str = Field(examples=["A101"])
    name: str = ""
    kind: str = "classroom"
    seats: int | None = None


class RoomChange(In):
    code: Code | None = None
    name: Text | None = None
    kind: Kind | None = None
    seats: Count | None = None


class RoomIn(RoomChange):
    code: Code = Field(examples=["A101"])


@router.get("", responses=problems("school-not-found"))
def list_rooms(
    code: CodeInPath, who: Annotated[Caller, require("school.read")], session: Db, wanted: Paged, response: Response
) -> list[RoomOut]:
    school = who.scope.require_school(session, code)
    statement = select(Room).where(Room.school_id == school.id).order_by(col(Room.code))
    return [RoomOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found", "conflict"))
def add_room(
    code: CodeInPath,
    body: RoomIn,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
    response: Response,
) -> RoomOut:
    school = who.scope.require_school(session, code)
    row = Room(school_id=key_of(school), **body.model_dump(exclude_none=True))
    return RoomOut.model_validate(parts.add(session, services, who, school, "room", row, response))


@router.patch("/{number}", responses=problems("not-found", "conflict", "changed-meanwhile"))
def change_room(
    code: CodeInPath,
    number: NumberInPath,
    body: RoomChange,
    who: Annotated[Caller, require("school.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> RoomOut:
    school, row = parts.find(session, who, code, Room, number)
    values = body.model_dump(exclude_unset=True)
    return RoomOut.model_validate(parts.update(session, services, who, school, "room", row, values, if_match, response))


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_room(
    code: CodeInPath, number: NumberInPath, who: Annotated[Caller, require("school.write")], session: Db, services: Sv
) -> None:
    """Remove a room; devices that stood in it stay at the school."""
    school, row = parts.find(session, who, code, Room, number)
    session.execute(update_rows(Device).where(col(Device.room_id) == row.id).values(room_id=None))
    parts.remove(session, services, who, school, "room", row)
