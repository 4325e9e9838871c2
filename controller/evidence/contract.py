"""The contract and the rule that an evidence file judges by, as they stand in the registry and the settings now."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from controller.scope import key_of
from controller.tables import Link, School, Setting
from monitoring.rules import Rule, chosen

RULES_KEY = "plan.rules"  # the setting that holds the province's choice of rules


def contract_of(session: Session, school: School) -> tuple[dict[str, Any] | None, Rule]:
    """The contract of the school's main line, and the rule that holds for it. A school without one has None."""
    setting = session.get(Setting, RULES_KEY)
    value = setting.value if setting is not None else None
    rules = chosen(value if isinstance(value, dict) else None)
    statement = select(Link).where(Link.school_id == key_of(school)).order_by(col(Link.is_primary).desc(), Link.name)
    link = session.exec(statement.limit(1)).first()
    if link is None:
        return None, rules.contract
    return {
        "line": link.name,
        "provider": link.provider,
        "medium": link.medium,
        "number": link.contract,
        "price_vnd": link.price_vnd,
        "promise": {
            "down_bps": link.down_bps,
            "up_bps": link.up_bps,
            "rtt": _term(link, "max_rtt"),
            "availability": _term(link, "availability"),
            "excluded": _term(link, "excluded") or [],
            "starts_on": _term(link, "starts_on") or "",
            "ends_on": _term(link, "ends_on") or "",
        },
    }, rules.of(_term(link, "rule") or "")


def _term(link: Link, name: str) -> Any:
    """A term that the registry may not know yet."""
    return getattr(link, name, None)
