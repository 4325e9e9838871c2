"""Exports of everything, as XLSX or CSV, within one's part of the province."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from controller import audit
from controller.api.common import problems
from controller.api.csv_answer import XLSX, csv_answer, file_answer
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.registry import Actor
from controller.registry.exporting import tables_of, write_xlsx, write_zip
from controller.services import Services

router = APIRouter(prefix="/api/v1/exports", tags=["import and export"])
Run = Annotated[Caller, require("export.run")]
Table = Annotated[
    Literal[
        "schools", "links", "rooms", "contacts", "users", "status", "boxes", "devices", "days", "events",
        "measurements", "incidents", "months", "assets",
    ],
    Path(description="contacts and users need the permission to read them"),
]  # fmt: skip
ZIP = "application/zip"


def _file(kind: str) -> dict[int | str, dict[str, Any]]:
    return {**problems(), 200: {"content": {kind: {}}, "description": "a file to be saved"}}


def _note(session: Session, services: Services, who: Caller, what: str) -> None:
    """Who took data out is part of the audit."""
    audit.record(session, who.login, "export", f"file:{what}", now=services.clock())
    session.commit()


@router.get("/registry.xlsx", response_class=StreamingResponse, responses=_file(XLSX))
def export_registry(who: Run, session: Db, services: Sv) -> StreamingResponse:
    """Schools, lines, rooms, contacts and accounts, as far as you may see them; it can be imported again."""
    _note(session, services, who, "registry.xlsx")
    actor = Actor.exporting(who)
    return file_answer("truongnet.xlsx", XLSX, lambda file: write_xlsx(session, actor, file))


@router.get("/everything.zip", response_class=StreamingResponse, responses=_file(ZIP))
def export_everything(who: Run, session: Db, services: Sv) -> StreamingResponse:
    """Every table as a CSV in one archive; the registry's can be imported again."""
    _note(session, services, who, "everything.zip")
    actor, zone = Actor.exporting(who), services.settings.zone
    return file_answer("truongnet.zip", ZIP, lambda file: write_zip(session, actor, file, zone))


@router.get("/{name}.csv", response_class=StreamingResponse, responses=_file("text/csv"))
def export_table(name: Table, who: Run, session: Db, services: Sv) -> StreamingResponse:
    """One table as CSV."""
    actor, zone = Actor.exporting(who), services.settings.zone
    headings = next((heads for one, heads, _ in tables_of(session, actor, zone) if one == name), None)
    if headings is None:
        raise Problem("forbidden")
    _note(session, services, who, f"{name}.csv")

    def rows() -> Iterator[Sequence[Any]]:
        with Session(services.engine) as own:  # the request's session is closed before the answer has been sent
            for one, _, found in tables_of(own, actor, zone):
                if one == name:
                    yield from found

    return csv_answer(name, headings, rows())
