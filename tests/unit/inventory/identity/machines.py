"""One machine as sources tell it, to be changed one thing at a time."""

from __future__ import annotations

from typing import Any

from inventory.identity.match import Known
from inventory.identity.sighting import Sighting, sight

DAY = 86_400.0
TOLD: dict[str, list[str]] = {
    "serial": ["5CG8231XYZ"],
    "uuid": ["8a3c2f1e-5b7d-4c9a-9e21-3f6b8d0c4a57"],
    "board": ["PGABC00WBDC0EF"],
    "mac": ["18:c0:4d:aa:bb:03"],
    "disk": ["50026B7681234567"],
    "host": ["phong-tin-01"],
    "model": ["HP ProDesk 400 G7"],
    "glpi": ["phong-tin-01-2026-01-05"],
}
OTHER: dict[str, list[str]] = {
    "serial": ["5CG9999ABC"],
    "uuid": ["1b2c3d4e-6f70-4182-93a4-b5c6d7e8f901"],
    "board": ["PGXYZ11QWER2TY"],
    "mac": ["18:c0:4d:11:22:33"],
    "disk": ["50026B7699999999"],
    "host": ["phong-tin-02"],
    "model": ["HP ProDesk 400 G7"],
    "glpi": ["phong-tin-02-2026-01-05"],
}
JUNK: dict[str, list[str]] = {
    "serial": ["To be filled by O.E.M."],
    "uuid": ["03000200-0400-0500-0006-000700080009"],
    "board": ["Default string"],
}
STRONG = ("serial", "uuid", "board", "mac", "disk")


def seen(*, source: str = "glpi", school: int = 1, at: float = DAY, **told: Any) -> Sighting:
    values = {kind: [value] if isinstance(value, str) else list(value) for kind, value in told.items()}
    return sight(source, school, at, values, device="pc", is_full=source == "glpi")


def same(**changes: Any) -> Sighting:
    return seen(**{**TOLD, **changes})


def known(number: int = 1, school: int = 1, device: str = "pc", **told: Any) -> Known:
    return Known(id=number, school=school, device=device, values=seen(**told).values)


def as_known(number: int = 1, **changes: Any) -> Known:
    return known(number, **{**TOLD, **changes})
