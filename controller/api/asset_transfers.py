"""Schools merge: the machines and rooms of one become those of another, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field
from sqlmodel import Session

from controller.api.common import problems
from controller.api.shapes import Code, CodeInPath, In, NumberInPath, Out
from controller.assets import kpi, transfer
from controller.deps import Caller, Db, Sv, require
from controller.plan.months import month_of
from controller.services import Services
from controller.tables import AssetTransfer, School

router = APIRouter(prefix="/api/v1", tags=["assets"])
Read = Annotated[Caller, require("device.read")]
Write = Annotated[Caller, require("school.write")]


class RenamedOut(Out):
    before: str
    after: str


class TransferOut(Out):
    id: int
    source: str = Field(examples=["82001"], description="the school that was merged")
    target: str = Field(examples=["82002"], description="the school that took over")
    at: float
    by: str
    machines: int
    rooms: int
    renamed: list[RenamedOut] = Field(description="rooms whose code the other school had already")
    undone_at: float | None = None
    undone_by: str = ""
    stayed: int = Field(
        0, description="machines that did not come back: moved on, or joined with another one meanwhile"
    )


class TransferIn(In):
    target: Code = Field(examples=["82002"], description="code of the school that takes over")


def out(row: AssetTransfer, source: School, target: School) -> TransferOut:
    renamed = [RenamedOut(before=before, after=after) for before, after in row.facts["renamed"].values()]
    return TransferOut(
        id=row.id or 0, source=source.code, target=target.code, at=row.at, by=row.by, machines=row.facts["machines"],
        rooms=len(row.facts["rooms"]), renamed=renamed, undone_at=row.undone_at, undone_by=row.undone_by,
        stayed=row.facts.get("stayed", 0),
    )  # fmt: skip


@router.get("/schools/{code}/asset-transfers", responses=problems("school-not-found"))
def list_transfers(code: CodeInPath, who: Read, session: Db) -> list[TransferOut]:
    """From this school and to it, the newest first; only those of which you may see both schools."""
    school = who.scope.require_school(session, code)
    return [out(*one) for one in transfer.of_school(session, who, school)]


@router.post(
    "/schools/{code}/asset-transfers",
    status_code=status.HTTP_201_CREATED,
    responses=problems("school-not-found", "transfer-refused"),
)
def add_transfer(code: CodeInPath, body: TransferIn, who: Write, session: Db, services: Sv) -> TransferOut:
    """Move all machines and rooms to another school, as when schools merge. What this school's box, network and
    inventory agents tell counts for the other from now on. You need to be allowed to write at both; it can be undone.
    """
    source = who.scope.require_school(session, code)
    target = who.scope.require_school(session, body.target)
    row = transfer.transfer(session, who, source, target, services.clock())
    _commit(session, services, source, target)
    return out(row, source, target)


@router.post("/asset-transfers/{number}/undo", responses=problems("not-found", "transfer-refused"))
def undo_transfer(number: NumberInPath, who: Write, session: Db, services: Sv) -> TransferOut:
    """Give back what is still there. ``stayed`` says how many machines are not."""
    row, source, target = transfer.find(session, who, number)
    transfer.undo(session, who, row, source, target, services.clock())
    _commit(session, services, source, target)
    return out(row, source, target)


def _commit(session: Session, services: Services, source: School, target: School) -> None:
    now = services.clock()
    for commune in sorted({source.commune_code, target.commune_code}):
        kpi.count_commune(session, month_of(now, services.settings.zone), commune, now)
    session.commit()
    for school in (source, target):
        services.changes.publish(school.id, "assets")
