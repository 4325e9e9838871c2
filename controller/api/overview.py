"""How many schools are how; every number names what it is a part of."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.api.common import problems
from controller.deps import Caller, Db, require
from controller.scope import Scope
from controller.tables import Agent, Latest, School
from monitoring.status import STATUSES

router = APIRouter(prefix="/api/v1/overview", tags=["overview"])


class CommuneCounts(BaseModel):
    commune_code: str
    schools: int
    by_status: dict[str, int]


class Overview(BaseModel):
    schools: int = Field(description="in your part of the province, without the demonstration school")
    with_box: int
    by_status: dict[str, int] = Field(examples=[{"up": 1020, "down": 3}])
    boxes_pending: int
    boxes_quarantined: int
    is_sample: bool = Field(description="some of these are samples, not real schools")
    communes: list[CommuneCounts] = Field(default_factory=list)


def _by_status(session: Session, scope: Scope, part: Any) -> dict[str, dict[str, int]]:
    """``part`` (a commune, or all as one) -> status -> schools."""
    status = func.coalesce(Latest.status, "no-box").label("status")
    statement: Any = (
        select(part, status, func.count())
        .select_from(School)
        .join(Latest, col(Latest.school_id) == School.id, isouter=True)
        .where(col(School.is_demo).is_(False))
        .group_by(part, status)
    )
    found: dict[str, dict[str, int]] = {}
    for commune, name, count in session.execute(scope.schools(statement)):
        found.setdefault(commune, dict.fromkeys(STATUSES, 0))[name] = count
    return found


def totals(session: Session, scope: Scope) -> Overview:
    """All but the communes, of which the whole country has thousands."""
    return _overview(session, scope, _by_status(session, scope, col(School.is_demo)))


@router.get("", responses=problems())
def get_overview(who: Annotated[Caller, require("overview.read")], session: Db) -> Overview:
    communes = _by_status(session, who.scope, col(School.commune_code))
    found = _overview(session, who.scope, communes)
    found.communes = [
        CommuneCounts(commune_code=code, schools=sum(counts.values()), by_status=counts)
        for code, counts in sorted(communes.items())
    ]
    return found


def _overview(session: Session, scope: Scope, communes: dict[str, dict[str, int]]) -> Overview:
    total = {name: sum(counts[name] for counts in communes.values()) for name in STATUSES}
    boxes = select(Agent.state, func.count()).join(School, col(School.id) == Agent.school_id).group_by(Agent.state)
    states = dict(iter(session.exec(scope.schools(boxes))))
    sample = session.exec(scope.schools(select(School.id).where(col(School.is_sample).is_(True))).limit(1)).first()
    return Overview(
        schools=sum(total.values()),
        with_box=sum(total.values()) - total["no-box"],
        by_status=total,
        boxes_pending=states.get("pending", 0),
        boxes_quarantined=states.get("quarantined", 0),
        is_sample=sample is not None,
    )
