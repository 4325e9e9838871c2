"""Devices of a LAN as boxes tell them, made rows: bounded, nameless where they are somebody's telephone. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from controller.macs import is_private
from inventory.kinds import guess

MAX_FACTS = 4_096  # bytes of JSON of one device
MAX_AGO = 7 * 86_400.0
OF_ROW = ("mac", "ip", "name", "vendor", "seen_ago", "kind", "evidence")
SAID = ("role", "private", "addresses", "addresses_count")

Row = dict[str, Any]


def device_row(school_id: int, device: Mapping[str, Any], at: float) -> Row | None:
    """None when there is no address to know it by. ``at``: when the sweep began, by the controller's clock."""
    mac = device.get("mac")
    if not isinstance(mac, str) or not 0 < len(mac) <= 32:
        return None
    seen = at - _ago(device.get("seen_ago"))
    nameless = is_private(mac)
    facts = {str(key): value for key, value in device.items() if key not in OF_ROW}
    if nameless and isinstance(facts.get("heard"), dict):
        facts["heard"] = {
            protocol: {key: value for key, value in said.items() if key in ("services", "types", "roles", "server")}
            for protocol, said in facts["heard"].items()
            if isinstance(said, dict)
        }
    if len(json.dumps(facts, default=str)) > MAX_FACTS:
        facts = {key: facts[key] for key in SAID if key in facts}
    return {
        "school_id": school_id,
        "mac": mac.lower(),
        "ip": str(device.get("ip") or "")[:64],
        "name": "" if nameless else str(device.get("name") or "")[:256],
        "first_seen": seen,
        "last_seen": seen,
        "facts": facts,
    }


def _ago(value: Any) -> float:
    return min(max(float(value), 0.0), MAX_AGO) if isinstance(value, int | float) and value == value else 0.0


def with_guess(row: Row, vendor: str) -> Row:
    """The row with the kind of thing that it probably is, and why."""
    guessed = guess(vendor, row["facts"])
    told = {"kind": guessed.kind, "evidence": list(guessed.evidence)} if guessed.kind else {}
    return {**row, "facts": row["facts"] | told}
