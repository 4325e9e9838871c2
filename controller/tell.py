"""What a reply tells a box beyond the acknowledgement: its settings. Leave to measure: ``controller/admission.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from agent.wire import Settings
from controller.tables import Setting

BOX_SETTINGS = "agent.settings"  # key in table Setting: {"probes": {…}, "targets": […]}


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
