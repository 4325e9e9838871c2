"""The demonstration school: this very machine as `truongnet run` joined it. Its figures enter no indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from controller.scope import Scope
from controller.tables import InventorySnapshot, Latest, School


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    code: str
    name: str
    status: str
    since: float | None
    reason: str
    model: str
    processor: str
    cores: int | None
    memory_bytes: int | None
    system: str
    inventory_at: float | None
    rtt: float | None
    loss_ratio: float | None
    down_bps: float | None
    up_bps: float | None
    speed_at: float | None
    is_loopback: bool


def machine(session: Session, scope: Scope) -> Machine | None:
    statement: Any = (
        select(School, Latest)
        .join(Latest, col(Latest.school_id) == School.id, isouter=True)
        .where(col(School.is_demo).is_(True))
    )
    found = session.execute(scope.schools(statement).limit(1)).first()
    if found is None:
        return None
    school, latest = found
    inventory = session.exec(
        select(InventorySnapshot)
        .where(InventorySnapshot.school_id == school.id)
        .order_by(col(InventorySnapshot.at).desc())
        .limit(1)
    ).first()
    parts: Mapping[str, Any] = inventory.sections if inventory is not None else {}
    latest = latest or Latest(school_id=school.id)
    return Machine(
        code=school.code,
        name=school.name,
        status=latest.status,
        since=latest.status_since,
        reason=latest.status_reason,
        model=_words(parts.get("system"), "vendor", "product"),
        processor=_words(parts.get("cpu"), "model"),
        cores=_number(parts.get("cpu"), "cores"),
        memory_bytes=_number(parts.get("memory"), "total_bytes"),
        system=_words(parts.get("os"), "name", "version"),
        inventory_at=inventory.at if inventory is not None else None,
        rtt=latest.rtt,
        loss_ratio=latest.loss_ratio,
        down_bps=latest.down_bps,
        up_bps=latest.up_bps,
        speed_at=latest.speed_at,
        is_loopback=latest.speed_scope == "loopback",
    )


def _words(section: Any, *names: str) -> str:
    """What a box said, bounded: a section may be anything."""
    if not isinstance(section, Mapping):
        return ""
    return " ".join(str(section[name])[:120] for name in names if section.get(name))


def _number(section: Any, name: str) -> int | None:
    value = section.get(name) if isinstance(section, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
