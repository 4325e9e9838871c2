"""What is made ahead of all schools, where there are many: the map, and the figures that take longest to add up.

It is kept in the database, so that all replicas show the same; what nobody renewed is not shown. It is for those who
see all: for a person who sees a part, and where schools are few, everything is made when it is asked for.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import delete
from sqlmodel import Session, col, select

from controller.scope import Scope
from controller.tables import KeptMap

MANY = 3_000  # schools; fewer are drawn and added up in less than 200 ms
OLD = 600.0  # seconds
MAP, SPEEDS = "all", "speeds"  # and "provider" and "commune", by which schools are ranked


def kept(session: Session, scope: Scope, name: str, now: float) -> bytes | None:
    """The gzip that is ready, for those who see all."""
    if not scope.is_all:
        return None
    wanted = select(KeptMap.body).where(KeptMap.name == name, col(KeptMap.at) >= now - OLD)
    return session.exec(wanted).first()


def kept_json(session: Session, scope: Scope, name: str, now: float) -> Any:
    """The same, read; None when there is none."""
    body = kept(session, scope, name, now)
    return None if body is None else orjson.loads(gzip.decompress(body))


def keep(session: Session, bodies: Mapping[str, bytes], now: float) -> None:
    """These, by name, and nothing else from now on."""
    session.execute(delete(KeptMap))
    session.add_all(KeptMap(name=name, at=now, body=gzip.compress(body, 6, mtime=0)) for name, body in bodies.items())
