"""Checking somebody's evidence file in the browser: send it, see the verdict part by part; no file is kept.

It asks the reader to trust this server; the page names the command that needs no trust in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from controller.api.evidence import WorkInPath
from controller.deps import Caller, Sv, require
from controller.evidence import checking
from controller.evidence.findings import STEPS, Finding
from controller.services import Services
from controller.web.fields import EMPTY, Form, Submitted, close_form
from controller.web.read.contract import VERDICTS
from controller.web.render import page, redirect
from controller.web.work import Wk

MEGABYTES = checking.MAX_BYTES // 2**20
router = APIRouter(
    include_in_schema=False,
    prefix="/verify",
    max_body_size=checking.MAX_BYTES + 64 * 1024,
    dependencies=[Depends(close_form)],
)
Run = Annotated[Caller, require("export.run", session_only=True)]
TOO_LARGE = (
    f"tệp lớn hơn {MEGABYTES} MB; hãy kiểm tra trên máy của bạn bằng truongnet verify",
    f"the file is larger than {MEGABYTES} MB; check it on your own machine with truongnet verify",
)


@router.get("")
def verify_page(request: Request, who: Run, services: Sv) -> Response:
    return show(request, who, services, Form(who.lang))


def show(request: Request, who: Caller, services: Services, form: Form) -> Response:
    root = services.keys.fingerprint
    return page(request, who, "verify.html", status=form.status, form=form, megabytes=MEGABYTES, fingerprint=root)


@router.post("")
def send(request: Request, who: Run, services: Sv, works: Wk, data: Submitted) -> Response:
    form = Form(who.lang)
    content, name = _file(data, form)
    if not form.is_good:
        return show(request, who, services, form)
    return redirect(request, who, f"/verify/{checking.start(services, works, who, content, name)}")


def _file(data: FormData, form: Form) -> tuple[bytes, str]:
    sent = data.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.wrong("file", EMPTY)
        return b"", ""
    content = sent.file.read(checking.MAX_BYTES + 1)
    if len(content) > checking.MAX_BYTES:
        form.wrong("file", TOO_LARGE)
    name = "".join(letter for letter in PurePath(sent.filename).name if letter.isprintable())
    return content, name[-100:] or "evidence.zip"


@router.get("/{work_id}")
def checked_page(request: Request, work_id: WorkInPath, who: Run, services: Sv, works: Wk) -> Response:
    """How far it is, or what was found; for the one who sent the file, for an hour."""
    work = works.find(work_id, checking.KIND, who.user_id)
    found: dict[str, Any] = dict(work.result)
    response = page(
        request, who, "verify_result.html", work=work, found=found, steps=list(steps(found)) if found else [],
        findings=[Finding(**one) for one in found.get("findings", ())], names=STEPS, verdicts=VERDICTS,
        about=about(found.get("facts", {})), fingerprint=services.keys.fingerprint,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def steps(found: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str], str]]:
    """(step, its words, "good" | "bad" | "skipped") in the order in which they are made."""
    bad = {one["step"] for one in found["findings"]}
    for step, words in STEPS.items():
        yield step, words, "bad" if step in bad else "good" if step in found["done"] else "skipped"


def about(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Which school and time the file is of, as a trusted signature says; nothing when it is no such text."""
    school, period = facts.get("school"), facts.get("period")
    if not isinstance(school, dict) or not isinstance(period, dict):
        return {}
    names = {name: str(school.get(name, ""))[:200] for name in ("code", "name")}
    times = {name: float(period[name]) for name in ("start", "end")}  # the check has seen that these are times
    return {**names, **times, "province": str(facts.get("province", ""))[:200]}
