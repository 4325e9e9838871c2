"""The map of all schools, drawn in the background where there are many: it is then the same bytes for everybody.

With few schools, or for a person who sees a part, it is drawn when it is asked for. It is kept in the database, so that
all replicas serve the same one; a map that nobody renewed is not served.
"""

from __future__ import annotations

import datetime as dt
import gzip

import orjson
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from controller.config import Settings
from controller.plan import adding
from controller.scope import Scope
from controller.services import Services
from controller.tables import KeptMap, School
from controller.web.read.map import features

MANY = 3_000  # schools; fewer are drawn in less than 200 ms
EVERY = 60.0
OLD = 600.0  # seconds
NAME = "all"
OUTLINE = "province.geojson"  # in data_dir, when the province has one
MAX_OUTLINE_BYTES = 8_000_000


def renew(services: Services, now: float) -> None:
    """Draw the map anew, or throw it away when the schools have become few."""
    with Session(services.engine) as session:
        count = session.exec(select(func.count()).select_from(School)).one()
        body = None if count < MANY else draw(session, services.settings, Scope(is_all=True), now, is_kept=True)
    with Session(services.engine) as session:
        session.execute(delete(KeptMap))
        if body is not None:
            session.add(KeptMap(name=NAME, at=now, body=gzip.compress(body, 6, mtime=0)))
        session.commit()


def kept(session: Session, scope: Scope, now: float) -> bytes | None:
    """The gzip that is ready, for those who see all."""
    if not scope.is_all:
        return None
    wanted = select(KeptMap.body).where(KeptMap.name == NAME, col(KeptMap.at) >= now - OLD)
    return session.exec(wanted).first()


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
