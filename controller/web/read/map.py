"""Where to draw each school, and how it is. Schools without coordinates lie around their commune, and say so."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import and_
from sqlmodel import Session, col, select

from controller.scope import Scope
from controller.tables import Commune, Latest, School, SchoolMonth
from inventory.layout import Spot, place

SPEEDS = ((20e6, "slow"), (50e6, "fair"), (100e6, "well"))  # below which a median rate (bit/s) is called so


def features(session: Session, scope: Scope, month: str) -> dict[str, Any]:
    """GeoJSON of the schools in ``scope``: points with code, name, status and ``real`` (its place is known), and the
    month's ``speed`` (by its median down) and ``contract`` verdict.

    The layout is made from what is in ``scope`` alone.
    """
    wanted: Any = (
        School.code, School.name, School.lat, School.lon, School.commune_code, Commune.name, Latest.status,
        SchoolMonth.down_median, SchoolMonth.contract,
    )  # fmt: skip
    statement: Any = (
        select(*wanted)
        .select_from(School)
        .join(Commune, col(Commune.code) == School.commune_code)
        .join(Latest, col(Latest.school_id) == School.id, isouter=True)
        .outerjoin(SchoolMonth, and_(col(SchoolMonth.school_id) == School.id, col(SchoolMonth.month) == month))
        .where(col(School.is_demo).is_(False))
    )
    rows = session.execute(scope.schools(statement)).all()
    communes = session.execute(scope.communes(select(Commune.code, Commune.lat, Commune.lon))).all()
    places = place(
        [Spot(code=row[0], lat=known(row[2]), lon=known(row[3]), commune=row[4]) for row in rows],
        [Spot(code=code, lat=known(lat), lon=known(lon)) for code, lat, lon in communes],
    )
    found = []
    for code, name, _lat, _lon, _commune, commune, status, down, contract in rows:
        at = places[code]
        properties = {"code": code, "name": name, "commune": commune, "status": status or "no-box", "real": at.is_real}
        properties |= {"speed": speed_class(down), "contract": contract or "not-enough"}
        geometry = {"type": "Point", "coordinates": [at.lon, at.lat]}
        found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": found}


def speed_class(down_bps: float | None) -> str:
    if down_bps is None:
        return "unknown"
    return next((name for bound, name in SPEEDS if down_bps < bound), "fast")


def known(degrees: float | None) -> float | None:
    return degrees if degrees is not None and math.isfinite(degrees) else None
