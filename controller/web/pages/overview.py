"""``/``: the province at a glance, with its map."""

from __future__ import annotations

import gzip
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.responses import FileResponse

from controller.api.overview import totals
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.samples import work
from controller.web.i18n import N_, Translate
from controller.web.pages.incidents import words_of
from controller.web.read import incidents as read_incidents
from controller.web.read import kept, map_kept
from controller.web.read import overview as read
from controller.web.read.contract import VERDICTS
from controller.web.read.this_machine import machine
from controller.web.render import page, web_of
from controller.web.words import WORDS, word

router = APIRouter(include_in_schema=False)

WORST = 7
INCIDENTS = 4


@router.get("/")
def overview(request: Request, who: Annotated[Caller, require("overview.read")], session: Db, services: Sv) -> Response:
    now, counts = services.clock(), totals(session, who.scope)
    context: dict[str, Any] = {"counts": counts, "machine": machine(session, who.scope), "samples": None}
    if who.can("sample.load"):
        context["samples"] = work.state(services.engine, now)
    if counts.schools:
        since = read.yesterday_evening(now, services.settings.zone)
        context |= {
            "news": read.news(session, who.scope, since),
            "tiles": read.tiles(counts.by_status, counts.schools, counts.with_box),
            "worst": read.worst(session, who.scope, WORST),
            "speeds": read.speeds(session, who.scope, now),
            "incidents": read_incidents.open_worst(session, who.scope_of("incident.read"), INCIDENTS),
            "map_words": map_words(web_of(request).translate(who.lang)),
            "map_speeds": MAP_SPEEDS,
            "map_contracts": {name: said[0] for name, said in VERDICTS.items()},
        }
        context |= words_of(request, who)
    return page(request, who, "overview.html" if counts.schools else "overview_empty.html", **context)


MAP_SPEEDS = {
    "slow": N_("dưới 20 Mbit/s"),
    "fair": N_("20 đến 50 Mbit/s"),
    "well": N_("50 đến 100 Mbit/s"),
    "fast": N_("từ 100 Mbit/s"),
    "unknown": N_("chưa đo được"),
}


def map_words(translate: Translate) -> dict[str, Any]:
    """What the map's script says."""
    return {
        "status": {name: word(translate, "status", name) for name in WORDS["status"]},
        "speed": {name: translate(text) for name, text in MAP_SPEEDS.items()},
        "contract": {name: translate(VERDICTS[name][0]) for name in VERDICTS},
        "unreal": translate(N_("vị trí ước chừng")),
        "drawn": translate(N_("Bản đồ lúc {time}, mỗi phút vẽ lại.")),
        "failed": translate(N_("Trình duyệt này không vẽ được bản đồ. Bảng Trường có cùng nội dung.")),
        "controls": {
            "NavigationControl.ZoomIn": translate(N_("Phóng to")),
            "NavigationControl.ZoomOut": translate(N_("Thu nhỏ")),
            "Map.Title": translate(N_("Bản đồ")),
            "CooperativeGesturesHandler.MobileHelpText": translate(N_("Dùng hai ngón tay để di chuyển bản đồ")),
            "CooperativeGesturesHandler.WindowsHelpText": translate(N_("Giữ Ctrl và cuộn để phóng bản đồ")),
            "CooperativeGesturesHandler.MacHelpText": translate(N_("Giữ ⌘ và cuộn để phóng bản đồ")),
        },
    }


@router.get("/map.json")
def map_data(request: Request, who: Annotated[Caller, require("overview.read")], session: Db, services: Sv) -> Response:
    """The schools as GeoJSON, and whether there is an outline of the province to draw below them."""
    now = services.clock()
    ready = kept.kept(session, who.scope, kept.MAP, now)
    if ready is None:
        return Response(map_kept.draw(session, services.settings, who.scope, now), media_type="application/json")
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(ready), media_type="application/json")
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(ready, media_type="application/json", headers=headers)


@router.get("/map/outline.json")
def map_outline(who: Annotated[Caller, require("overview.read")], services: Sv) -> Response:
    """The province's own GeoJSON file, as it is."""
    outline = services.settings.data_dir / map_kept.OUTLINE
    if not outline.is_file() or outline.stat().st_size > map_kept.MAX_OUTLINE_BYTES:
        raise Problem("not-found")
    return FileResponse(outline, media_type="application/geo+json")
