"""The audit log: who did what, when, and whether its chain is whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from controller.api import audit as api
from controller.deps import Caller, Db, Sv, require
from controller.web.read import audit as read
from controller.web.render import page

router = APIRouter(include_in_schema=False, prefix="/audit")
Read = Annotated[Caller, require("audit.read")]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]


@router.get("")
def audit_page(request: Request, who: Read, session: Db, services: Sv, number: PageNumber = 1) -> Response:
    return show(request, who, session, services, number)


@router.get("/verify")
def verify(request: Request, who: Read, session: Db, services: Sv) -> Response:
    """Walks the whole chain; the page with the result above the newest rows."""
    return show(request, who, session, services, 1, api.verify_audit(who, session))


def show(
    request: Request, who: Caller, session: Db, services: Sv, number: int, verified: api.VerifiedOut | None = None
) -> Response:
    shown, wanted = read.filter_of(request.query_params, services.settings.zone)
    return page(
        request,
        who,
        "audit.html",
        list=read.listing(session, who.scope, shown, wanted, number),
        filter=shown,
        actions=read.actions(session, who.scope),
        export_url=read.export_url(wanted),
        may_verify=who.scope.is_all,
        verified=verified,
        deeds=read.DEEDS,
    )
