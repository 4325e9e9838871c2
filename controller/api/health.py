"""For those who watch the service itself: alive, ready, metrics."""

from __future__ import annotations

import shutil
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from controller import migrate
from controller.api.common import problems
from controller.deps import Caller, RequireOrLoopback, Sv
from controller.metrics import CONTENT_TYPE, Metrics
from controller.tables import Lease

router = APIRouter(tags=["service"])
MIN_FREE_BYTES = 64 * 1024 * 1024


class Alive(BaseModel):
    status: str = "ok"


class Ready(BaseModel):
    ready: bool
    database: str
    migrations: str
    disk: str


@router.get("/healthz")
def healthz() -> Alive:
    """The process answers; says nothing of the database."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready, "description": "Not ready; says why"}})
def readyz(services: Sv, response: Response) -> Ready:
    """The database can be written, its schema is this release's, and the disk has room."""
    database, migrations = _check(services.engine)
    free = shutil.disk_usage(services.settings.data_dir).free
    found = Ready(
        ready=(database, migrations) == ("ok", "ok") and free >= MIN_FREE_BYTES,
        database=database,
        migrations=migrations,
        disk="ok" if free >= MIN_FREE_BYTES else "full",
    )
    response.status_code = 200 if found.ready else 503
    return found


def _check(engine: Engine) -> tuple[str, str]:
    """ "ok" or what is wrong, of the database and of its schema."""
    try:
        with Session(engine) as session:
            current = migrate.current(session.connection())
            session.execute(update(Lease).where(col(Lease.name) == "").values(until=0.0))  # takes the write lock
            session.rollback()
    except SQLAlchemyError:
        return "unwritable", "unknown"
    return "ok", "ok" if current == migrate.head() else "outdated"


@router.get("/metrics", response_class=Response, responses={**problems(), 200: {"content": {"text/plain": {}}}})
def metrics(request: Request, who: Annotated[Caller | None, Depends(RequireOrLoopback("metrics.read"))]) -> Response:
    """Prometheus' text format. From this machine without a token, else with one that has "metrics.read"."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE)
