"""``/wall``: the province on a large screen across the room. It only shows; everything on it is also elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from controller import our_side
from controller.api.overview import get_overview
from controller.deps import Caller, Db, Sv, require
from controller.web.pages.incidents import words_of
from controller.web.pages.overview import map_words
from controller.web.read import incidents as read
from controller.web.read import overview as read_overview
from controller.web.render import page, web_of

router = APIRouter(include_in_schema=False)
SHOWN = 7


@router.get("/wall")
def wall(request: Request, who: Annotated[Caller, require("incident.read")], session: Db, services: Sv) -> Response:
    counts = get_overview(Caller(who.principal, who.scope_of("overview.read")), session)
    total, worst = read.open_worst(session, who.scope, SHOWN)
    side = our_side.read(session.connection())
    return page(
        request,
        who,
        "wall.html",
        counts=counts,
        tiles={one.status: one for one in read_overview.tiles(counts.by_status, counts.schools, counts.with_box)},
        total=total,
        worst=worst,
        cut_since=side.since if side.is_cut else None,
        zone=services.settings.time_zone,
        map_words=map_words(web_of(request).translate(who.lang)),
        **words_of(request, who),
    )
