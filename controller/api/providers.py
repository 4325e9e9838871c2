"""Who to call at an Internet provider. The names are those that the schools' lines carry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, change, fetch, problems
from controller.api.shapes import Email, In, Name, NumberInPath, Out, Phone, Text
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.services import Services
from controller.tables import Provider

router = APIRouter(prefix="/api/v1/providers", tags=["incidents"])
Write = Annotated[Caller, require("provider.write")]


class ProviderOut(Out):
    id: int
    name: str = Field(examples=["VNPT"])
    phone: str = Field("", examples=["1800 1166"])
    email: str = ""
    note: str = ""


class ProviderChange(In):
    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    note: Text | None = None


class ProviderIn(ProviderChange):
    name: Name = Field(examples=["VNPT"])


@router.get("", responses=problems())
def list_providers(
    who: Annotated[Caller, require("incident.read")], session: Db, wanted: Paged, response: Response
) -> list[ProviderOut]:
    rows = fetch(session, select(Provider).order_by(col(Provider.name)), wanted, response)
    return [ProviderOut.model_validate(row) for row in rows]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("conflict"))
def add_provider(body: ProviderIn, who: Write, session: Db, services: Sv) -> ProviderOut:
    row = Provider(**body.model_dump(exclude_none=True))
    session.add(row)
    _commit(session, services, who, "provider.create", row)
    return ProviderOut.model_validate(row)


@router.patch("/{number}", responses=problems("not-found", "conflict"))
def change_provider(number: NumberInPath, body: ProviderChange, who: Write, session: Db, services: Sv) -> ProviderOut:
    row = find(session, number)
    if change(row, body.model_dump(exclude_unset=True, exclude_none=True)):
        session.add(row)
        _commit(session, services, who, "provider.update", row)
    return ProviderOut.model_validate(row)


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_provider(number: NumberInPath, who: Write, session: Db, services: Sv) -> None:
    row = find(session, number)
    session.delete(row)
    _commit(session, services, who, "provider.remove", row)


def find(session: Session, number: int) -> Provider:
    row = session.get(Provider, number)
    if row is None:
        raise Problem("not-found")
    return row


def _commit(session: Session, services: Services, who: Caller, action: str, row: Provider) -> None:
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Problem("conflict") from None
    audit.record(session, who.login, action, f"provider:{row.id}", now=services.clock())
    session.commit()
