"""``/``: the province at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from controller.deps import Caller, Db, Sv, require
from controller.web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request, who: Annotated[Caller, require("overview.read")], session: Db, services: Sv) -> Response:
    return page(request, who, "overview.html")
