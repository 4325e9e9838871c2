"""The contract and the rule that an evidence file judges by, as they stand in the registry and the settings now."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from controller import planned
from controller.plan import choice
from controller.scope import key_of
from controller.tables import Link, School
from monitoring.rules import Rule


def contract_of(
    session: Session, school: School, start: float, end: float, zone: ZoneInfo
) -> tuple[dict[str, Any] | None, Rule]:
    """The contract of the school's main line, and the rule that holds for it. A school without one has None."""
    rules = choice.read(session)
    statement = select(Link).where(Link.school_id == key_of(school)).order_by(col(Link.is_primary).desc(), Link.name)
    link = session.exec(statement.limit(1)).first()
    if link is None:
        return None, rules.contract
    key = key_of(school)
    works = planned.entries(session.connection(), [key], start, end, zone).get(key, [])
    return {
        "line": link.name,
        "provider": link.provider,
        "medium": link.medium,
        "number": link.contract,
        "price_vnd": link.price_vnd,
        # terms are not kept one after another: who reads must know when those of now were written after that time
        "changed_at": round(link.changed_at, 3) or None,
        "is_later": link.changed_at > start,
        "promise": {
            "down_bps": link.down_bps,
            "up_bps": link.up_bps,
            "rtt": link.max_rtt,
            "availability": link.availability,
            "excluded": [*link.excluded, *works],
            "starts_on": link.starts_on or "",
            "ends_on": link.ends_on or "",
        },
        "planned_work": works,  # of what is excluded, the part that is no word of the contract
    }, rules.of(link.rule)
