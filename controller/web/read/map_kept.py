"""Draws the map of all schools and adds up their dearest figures in the background, where there are many schools.

The map is then the same bytes for everybody who sees all (see ``kept``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import orjson
from sqlalchemy import func
from sqlmodel import Session, select

from controller.config import Settings
from controller.plan import adding
from controller.scope import Scope
from controller.services import Services
from controller.tables import School
from controller.web.read import kept, overview, plan
from controller.web.read.map import features

EVERY = 60.0
OUTLINE = "province.geojson"  # in data_dir, when the province has one
MAX_OUTLINE_BYTES = 8_000_000


def renew(services: Services, now: float) -> None:
    """Make all that is kept anew, or throw it away when the schools have become few."""
    everything, settings, bodies = Scope(is_all=True), services.settings, {}
    with Session(services.engine) as session:
        if session.exec(select(func.count()).select_from(School)).one() >= kept.MANY:
            bodies[kept.MAP] = draw(session, settings, everything, now, is_kept=True)
            bodies[kept.SPEEDS] = orjson.dumps(asdict(overview.speeds_now(session, everything, now)))
            month = adding.opens_with(adding.trend(session, everything), now, settings.zone)
            for by in plan.GROUPS:
                groups = [asdict(group) for group in plan.groups_now(session, everything, plan.Asked(month=month), by)]
                bodies[by] = orjson.dumps({"month": month, "at": now, "groups": groups})
    with Session(services.engine) as session:
        kept.keep(session, bodies, now)
        session.commit()


def draw(session: Session, settings: Settings, scope: Scope, now: float, *, is_kept: bool = False) -> bytes:
    """JSON: the schools, of which month the verdicts are, whether there is an outline, and of when it is if kept."""
    outline = settings.data_dir / OUTLINE
    has_outline = outline.is_file() and outline.stat().st_size <= MAX_OUTLINE_BYTES
    month = adding.opens_with(adding.trend(session, scope), now, settings.zone)
    return orjson.dumps(
        {
            "schools": features(session, scope, month),
            "month": month,
            "outline": "/map/outline.json" if has_outline else "",
            "drawn": dt.datetime.fromtimestamp(now, settings.zone).strftime("%H:%M") if is_kept else "",
        }
    )
