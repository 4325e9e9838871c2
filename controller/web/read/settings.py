"""What the page of settings shows, and its forms as the models of the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from controller.tables import Commune, School
from controller.web.fields import Form, columns, number

PROBES = ("host", "reach", "speed", "lan")
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
EVERY = ("từ 5 giây đến 7 ngày", "from 5 seconds to 7 days")
NO_NUMBER = ("phải là số", "must be a number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeForm:
    name: str
    enabled: bool
    every: str  # as typed; empty: what the box does by itself
    unit: str


def probe_forms(probes: Mapping[str, Mapping[str, Any]]) -> list[ProbeForm]:
    """Settings of probes as fields, in the largest unit that gives a whole number."""
    found = []
    for name in PROBES:
        one = probes.get(name, {})
        every = one.get("every")
        unit = (
            "m" if every is None else next(key for key in ("d", "h", "m", "s") if every % UNITS[key] == 0 or key == "s")
        )
        text = "" if every is None else f"{every / UNITS[unit]:g}"
        found.append(ProbeForm(name=name, enabled=one.get("enabled") is not False, every=text, unit=unit))
    return found


def read_probes(form: Form) -> dict[str, dict[str, Any]]:
    """As ``api.settings.BoxSettings.probes``; a probe that is left as it comes is left out."""
    probes: dict[str, dict[str, Any]] = {}
    for name in PROBES:
        one: dict[str, Any] = {}
        text = number(form.text(f"every_{name}"))
        if text:
            try:
                one["every"] = float(text) * UNITS.get(form.text(f"unit_{name}"), 60)
            except ValueError:
                form.wrong(f"every_{name}", NO_NUMBER)
        if form.text(f"enabled_{name}") != "on":
            one["enabled"] = False
        if one:
            probes[name] = one
    return probes


def typed_probes(form: Form) -> list[ProbeForm]:
    return [
        ProbeForm(
            name=name,
            enabled=form.text(f"enabled_{name}") == "on",
            every=form.text(f"every_{name}"),
            unit=form.text(f"unit_{name}") or "m",
        )
        for name in PROBES
    ]


def read_targets(data: FormData) -> list[dict[str, str]]:
    rows = columns(data, "target_name", "target_kind", "target_address")
    return [{"name": name.lower(), "kind": kind, "address": address} for name, kind, address in rows if name or address]


def counts(session: Session) -> dict[str, int]:
    """How many schools a calendar would be laid over, by level; "" is all of them."""
    statement = select(School.level, func.count()).where(col(School.is_sample).is_(False)).group_by(School.level)
    by_level = dict(iter(session.exec(statement)))
    return {"": sum(by_level.values()), **by_level}


def communes(session: Session) -> list[tuple[str, str]]:
    statement = select(Commune.code, Commune.name).order_by(col(Commune.name), col(Commune.code))
    return [(code, name) for code, name in session.exec(statement)]
