"""People to call about a school. Personal data: a permission of its own, and never in logs or the audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlmodel import col, select

from controller.api import parts
from controller.api.common import IfMatch, Paged, fetch, problems
from controller.api.shapes import CodeInPath, Email, In, Name, NumberInPath, Out, Phone, Text
from controller.deps import Caller, Db, Sv, require
from controller.scope import key_of
from controller.tables import Contact

router = APIRouter(prefix="/api/v1/schools/{code}/contacts", tags=["contacts"])


class ContactOut(Out):
    id: int
    name: str = Field(examples=["Nguyễn Thị Hoa"])
    role: str = Field("", examples=["Hiệu trưởng"])
    phone: str = ""
    email: str = ""


class ContactChange(In):
    name: Name | None = None
    role: Text | None = None
    phone: Phone | None = None
    email: Email | None = None


class ContactIn(ContactChange):
    name: Name = Field(examples=["Nguyễn Thị Hoa"])


@router.get("", responses=problems("school-not-found"))
def list_contacts(
    code: CodeInPath, who: Annotated[Caller, require("contact.read")], session: Db, wanted: Paged, response: Response
) -> list[ContactOut]:
    school = who.scope.require_school(session, code)
    statement = select(Contact).where(Contact.school_id == school.id).order_by(col(Contact.id))
    return [ContactOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def add_contact(
    code: CodeInPath,
    body: ContactIn,
    who: Annotated[Caller, require("contact.write")],
    session: Db,
    services: Sv,
    response: Response,
) -> ContactOut:
    school = who.scope.require_school(session, code)
    row = Contact(school_id=key_of(school), **body.model_dump(exclude_none=True))
    return ContactOut.model_validate(parts.add(session, services, who, school, "contact", row, response))


@router.patch("/{number}", responses=problems("not-found", "changed-meanwhile"))
def change_contact(
    code: CodeInPath,
    number: NumberInPath,
    body: ContactChange,
    who: Annotated[Caller, require("contact.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> ContactOut:
    school, row = parts.find(session, who, code, Contact, number)
    values = body.model_dump(exclude_unset=True)
    return ContactOut.model_validate(
        parts.update(session, services, who, school, "contact", row, values, if_match, response)
    )


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_contact(
    code: CodeInPath, number: NumberInPath, who: Annotated[Caller, require("contact.write")], session: Db, services: Sv
) -> None:
    school, row = parts.find(session, who, code, Contact, number)
    parts.remove(session, services, who, school, "contact", row)
