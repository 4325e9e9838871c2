"""Registry files: the template, a preview of what one would change, and the import itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from controller.api.common import problems
from controller.api.csv_answer import XLSX, file_answer
from controller.api.shapes import Out
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.registry import Actor, Applied, Preview, apply, preview
from controller.registry.exporting import write_template
from controller.services import Services
from inventory.registry.issues import Issue
from inventory.registry.tables import MAX_BYTES

router = APIRouter(prefix="/api/v1/imports", tags=["import and export"], max_body_size=MAX_BYTES + 1024)
Run = Annotated[Caller, require("import.run")]
FileName = Annotated[
    str, Query(max_length=200, pattern=r"^[^\x00-\x1f/]*$", examples=["truong.csv"], description="tells a CSV's sheet")
]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the file itself: XLSX, XLS, ODS or CSV; at most 10 MB",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def body_of(request: Request) -> bytes:
    return await request.body()


FileBody = Annotated[bytes, Depends(body_of)]


class CountsOut(Out):
    new: int
    changed: int
    same: int


class ChangeOut(Out):
    sheet: str = Field(examples=["schools"])
    row: int
    label: str = Field(examples=["82001 Trường THCS Đốc Binh Kiều"])
    is_new: bool
    fields: list[str]


class IssueOut(Out):
    sheet: str = Field("", examples=["Trường"])
    row: int = Field(0, description="as the spreadsheet counts, from 1; 0: the file or sheet as a whole")
    column: str = Field("", examples=["Xã/phường"])
    value: str = ""
    code: str = Field(examples=["required"])
    vi: str = Field(examples=["không được để trống"])
    en: str = Field(examples=["cannot be empty"])


class PreviewOut(Out):
    digest: str = Field(description="SHA-256 of the file")
    is_good: bool
    counts: dict[str, CountsOut] = Field(description="by sheet")
    changes: list[ChangeOut] = Field(description="the first 200")
    issues: list[IssueOut] = Field(description="the first 1,000")
    issue_count: int


class PasswordOut(BaseModel):
    login: str
    password: str = Field(description="shown once; must be changed at the first sign-in")


class AppliedOut(BaseModel):
    preview: PreviewOut
    passwords: list[PasswordOut] = Field(description="of accounts that are new")


def import_now(services: Services, who: Caller, data: bytes, filename: str) -> Applied:
    """All of the file, or nothing when anything is wrong with it (``is_done``); tells the pages."""
    applied = apply(services.engine, Actor.importing(who), data, filename, services.clock())
    if applied.is_done and applied.preview.total:
        services.changes.publish(None, "registry")
    return applied


def refusal(made: Preview) -> Problem:
    """The problem that lists what is wrong."""
    return Problem("import-refused", errors=[_error(issue) for issue in made.issues])


def _error(issue: Issue) -> dict[str, str]:
    where = f"{issue.sheet}!{issue.row} {issue.column}".strip() if issue.row else issue.sheet
    return {"field": where, "code": issue.code, "message": f"{issue.vi} / {issue.en}"}


@router.get(
    "/template.xlsx",
    response_class=StreamingResponse,
    responses={**problems(), 200: {"content": {XLSX: {}}, "description": "the form to fill in, with an explanation"}},
)
def get_template(who: Run, session: Db) -> StreamingResponse:
    return file_answer("truongnet-mau-nhap.xlsx", XLSX, lambda file: write_template(session, file))


@router.post("/preview", responses=problems(), openapi_extra=_BODY)
def preview_import(who: Run, session: Db, data: FileBody, filename: FileName = "") -> PreviewOut:
    """What the file would change, and what is wrong with it. Writes nothing."""
    return PreviewOut.model_validate(preview(session, Actor.importing(who), data, filename))


@router.post("", responses=problems("import-refused", "conflict"), openapi_extra=_BODY)
def run_import(who: Run, services: Sv, data: FileBody, filename: FileName = "") -> AppliedOut:
    """Write all of the file, or nothing. The same file a second time changes nothing; nothing is ever removed."""
    applied = import_now(services, who, data, filename)
    if not applied.is_done:
        raise refusal(applied.preview)
    passwords = [PasswordOut(login=login, password=password) for login, password in applied.passwords]
    return AppliedOut(preview=PreviewOut.model_validate(applied.preview), passwords=passwords)
