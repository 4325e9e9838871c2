"""Evidence files: asked for, made in the background, fetched within the hour."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from controller.api.common import problems
from controller.api.shapes import CodeInPath, In
from controller.deps import Caller, Db, Sv, require
from controller.evidence import making
from controller.web.work import Wk, Work

router = APIRouter(prefix="/api/v1/schools/{code}/evidence", tags=["import and export"])
Run = Annotated[Caller, require("export.run")]
WorkInPath = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$", examples=["0" * 24])]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])]
ZIP = "application/zip"


class Period(In):
    first: Day
    last: Day = Field(description="included; at most 100 days", examples=["2026-11-30"])


class EvidenceOut(BaseModel):
    """``state``: "running", "done", "failed", or "lost" when the server was stopped in the middle: ask again."""

    id: str = Field(examples=["0" * 24])
    state: Literal["running", "done", "failed", "lost"]
    part: float = Field(description="how far it is, 0 to 1")
    problem: str = Field("", description="code of what stopped it")
    sha256: str = Field("", description="of the file, once it is done; the audit log keeps it too")
    bytes: int | None = None


def shown(work: Work) -> EvidenceOut:
    return EvidenceOut(id=work.id, state=work.state, part=work.part, problem=work.problem, **work.result)


@router.post("", status_code=202, responses=problems("school-not-found", "busy"))
def make_evidence(code: CodeInPath, who: Run, session: Db, services: Sv, works: Wk, body: Period) -> EvidenceOut:
    """Begin to make a school's evidence file: PDF, CSV, JSON, the boxes' own seals, signed by the province."""
    school = who.scope.require_school(session, code)
    work_id = making.start(services, works, who, school, body.first, body.last)
    return shown(making.find(works, who, school, work_id))


@router.get("/{work_id}", responses=problems("not-found", "school-not-found"))
def evidence_state(code: CodeInPath, work_id: WorkInPath, who: Run, session: Db, works: Wk) -> EvidenceOut:
    """How far it is. It is yours alone, and kept for an hour."""
    return shown(making.find(works, who, who.scope.require_school(session, code), work_id))


@router.get(
    "/{work_id}/file",
    response_class=FileResponse,
    responses={
        **problems("not-found", "school-not-found"),
        200: {"content": {ZIP: {}}, "description": "the evidence file; check it with: truongnet verify FILE"},
    },
)
def evidence_file(code: CodeInPath, work_id: WorkInPath, who: Run, session: Db, works: Wk) -> FileResponse:
    work = making.find(works, who, who.scope.require_school(session, code), work_id)
    file, name = making.file_of(works, work)
    return FileResponse(file, media_type=ZIP, filename=name, headers={"Cache-Control": "no-store"})
