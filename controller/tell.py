"""What a reply tells a box beyond the acknowledgement: its settings, and leave to measure.

Speed tests load the province's own line, so leave is given to a few boxes at a time; the others get theirs with
their next exchange.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from agent.wire import MeasureToken, Settings
from controller.config import Settings as ControllerSettings
from controller.measure.tokens import issue
from controller.tables import Setting

BOX_SETTINGS = "agent.settings"  # key in table Setting: {"probes": {…}, "targets": […]}
AT_ONCE = 8  # boxes that get leave within SLOT seconds
SLOT = 30.0
TOKEN_SECONDS = 300.0
RETRY = 1_800.0  # after a leave that brought no valid result


@dataclass(frozen=True, slots=True)
class StoredSettings:
    value: Mapping[str, Any]
    updated_at: float


def stored_settings(connection: Connection) -> StoredSettings:
    table = Setting.__table__  # type: ignore[attr-defined]
    row = connection.execute(select(table.c.value, table.c.updated_at).where(table.c.key == BOX_SETTINGS)).first()
    return StoredSettings(row[0] or {}, row[1]) if row else StoredSettings({}, 0.0)


def box_settings(box: Mapping[str, Any], stored: StoredSettings) -> Settings:
    """The settings of one box; their revision rises when the province's or the school's row changes."""
    labels = {"school": box["school_code"], "school_name": box["school_name"]}
    if box["is_demo"]:
        labels["demo"] = "yes"
    return Settings(
        revision=max(1, int(stored.updated_at), int(box["school_updated_at"])),
        probes=stored.value.get("probes") or {},
        targets=stored.value.get("targets") or [],
        labels=labels,
    )


def leave(settings: ControllerSettings, key: Ed25519PrivateKey, school: str, now: float) -> MeasureToken:
    """Leave for this school (its code) to measure once from now on."""
    return MeasureToken(
        token=issue(key, school, now, TOKEN_SECONDS),
        host=settings.measuring_host,
        port=settings.measure_port,
        plain=settings.is_plain,
        not_before=now,
        expires=now + TOKEN_SECONDS,
    )


@dataclass(slots=True)
class Measuring:
    """Decides whose turn it is to measure."""

    settings: ControllerSettings
    key: Ed25519PrivateKey
    given: deque[float] = field(default_factory=deque)

    def is_due(self, box: Mapping[str, Any], now: float) -> bool:
        last, tried = box["speed_at"], box["measure_at"]
        if tried is not None and now - tried < min(RETRY, self.settings.speed_every):
            return False
        return last is None or now - last >= self.settings.speed_every

    def turn(self, box: Mapping[str, Any], now: float) -> MeasureToken | None:
        """Leave to measure now, when it is due and there is room."""
        if not self.is_due(box, now):
            return None
        while self.given and not now - SLOT < self.given[0] <= now:
            self.given.popleft()
        if len(self.given) >= AT_ONCE:
            return None
        self.given.append(now)
        return leave(self.settings, self.key, box["school_code"], now)
