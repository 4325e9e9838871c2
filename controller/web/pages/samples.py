"""The sample province: load it, watch how far it is, remove it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from controller.api import samples as api
from controller.deps import Caller, Sv, require
from controller.problems import Problem
from controller.samples import PILOTS, SCHOOLS
from controller.web.fields import Submitted, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False, prefix="/samples")
Load = Annotated[Caller, require("sample.load")]
DAYS = 30


@router.get("")
def samples_page(request: Request, who: Load, services: Sv) -> Response:
    """Where loading and removing are asked for and seen; the part that changes asks again by itself."""
    now = api.shown(services)
    response = page(request, who, "samples.html", tab="samples", now=now, schools=SCHOOLS, pilots=PILOTS, days=DAYS)
    if request.headers.get("hx-request") == "true" and now.state not in ("loading", "removing"):
        response.headers["HX-Refresh"] = "true"  # the whole page: its banner comes or goes with them
    return response


@router.post("/load")
def load(request: Request, who: Load, services: Sv, data: Submitted) -> Response:
    try:
        api.load(services, who.login, days=DAYS, pilot=texts(data).get("what") == "pilot")
    except Problem as problem:
        return redirect(request, who, "/samples", _said(problem), kind="warning")
    return redirect(request, who, "/samples")


@router.post("/remove")
def remove(request: Request, who: Load, services: Sv) -> Response:
    try:
        api.remove(services, who.login)
    except Problem as problem:
        return redirect(request, who, "/samples", _said(problem), kind="warning")
    return redirect(request, who, "/samples")


def _said(problem: Problem) -> str:
    if problem.code == "samples-present":
        return N_("Đã có dữ liệu mẫu. Hãy gỡ trước khi nạp lại.")
    if problem.code == "samples-busy":
        return N_("Việc nạp hoặc gỡ dữ liệu mẫu đang chạy.")
    raise problem
