"""Import of the registry: upload, see what it would do and what is wrong, then all of it or nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.datastructures import FormData, UploadFile

from controller.api.csv_answer import csv_answer
from controller.deps import Caller, Sv, require
from controller.problems import Problem
from controller.web.fields import EMPTY, Form, Submitted, close_form
from controller.web.i18n import N_
from controller.web.read import imports as read
from controller.web.render import page, redirect
from controller.web.work import Wk
from inventory.registry.tables import MAX_BYTES, MAX_ROWS

router = APIRouter(
    include_in_schema=False,
    prefix="/import",
    max_body_size=MAX_BYTES + 64 * 1024,
    dependencies=[Depends(close_form)],
)
Run = Annotated[Caller, require("import.run", session_only=True)]
WorkId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]
KIND = "import"
QUICK = 1.5  # seconds that an answer waits for a small file
TOO_LARGE = ("tệp lớn hơn 10 MB; hãy chia nhỏ", "the file is larger than 10 MB; split it")


@router.get("")
def import_page(request: Request, who: Run) -> Response:
    return show(request, who, Form(who.lang))


def show(request: Request, who: Caller, form: Form) -> Response:
    return page(request, who, "import.html", status=form.status, form=form, max_rows=MAX_ROWS)


@router.post("")
def upload(request: Request, who: Run, services: Sv, works: Wk, data: Submitted) -> Response:
    """Keeps the file for an hour at most, for the one who sent it, and checks it."""
    form = Form(who.lang)
    content, name = _file(data, form)
    if not form.is_good:
        return show(request, who, form)
    work_id = works.new(KIND, who.user_id, name)
    file = works.folder(work_id) / read.UPLOAD
    file.write_bytes(content)
    file.chmod(0o600)
    try:
        works.start(work_id, "check", lambda _report: read.check(services, who, file, name), wait=QUICK)
    except Problem:
        works.remove(work_id)
        raise
    return redirect(request, who, f"/import/{work_id}")


def _file(data: FormData, form: Form) -> tuple[bytes, str]:
    sent = data.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.wrong("file", EMPTY)
        return b"", ""
    content = sent.file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        form.wrong("file", TOO_LARGE)
    name = "".join(letter for letter in PurePath(sent.filename).name if letter.isprintable())
    return content, name[-100:] or "upload"


@router.get("/{work_id}")
def result_page(request: Request, work_id: WorkId, who: Run, works: Wk) -> Response:
    """How far it is, what was found, or what was done."""
    work = works.find(work_id, KIND, who.user_id)
    response = page(request, who, "import_result.html", work=work, max_listed=read.MAX_LISTED)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/{work_id}/apply")
def apply(request: Request, work_id: WorkId, who: Run, services: Sv, works: Wk) -> Response:
    work = works.find(work_id, KIND, who.user_id)
    file = works.folder(work_id) / read.UPLOAD
    if work.state == "running" or not file.is_file():
        return redirect(request, who, f"/import/{work_id}")
    works.start(work_id, "apply", lambda _report: read.write(services, who, file, work.title), wait=QUICK)
    return redirect(request, who, f"/import/{work_id}")


@router.post("/{work_id}/forget")
def forget(request: Request, work_id: WorkId, who: Run, works: Wk) -> Response:
    """Removes the file and what was found in it, with one-time passwords that were noted."""
    if works.find(work_id, KIND, who.user_id).state == "running":
        raise Problem("busy", retry_after=10)
    works.remove(work_id)
    return redirect(request, who, "/import", N_("Đã xoá tệp khỏi máy chủ."))


@router.get("/{work_id}/errors.csv")
def errors(work_id: WorkId, who: Run, works: Wk) -> Response:
    work = works.find(work_id, KIND, who.user_id)
    rows = read.issue_rows(work.result.get("issues", ()), who.lang)
    return csv_answer("import-errors", read.ISSUE_COLUMNS[who.lang], rows)


@router.get("/{work_id}/passwords.csv")
def passwords(work_id: WorkId, who: Run, works: Wk) -> Response:
    """One-time passwords of the accounts that this import made, to be handed over."""
    work = works.find(work_id, KIND, who.user_id)
    return csv_answer("accounts", ("login", "password"), work.result.get("passwords", ()))
