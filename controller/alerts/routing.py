"""Which receiver wants to hear of which alert. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from controller.alerts.alert import SEVERITIES, Alert, Both


def wants(route: Mapping[str, Any], alert: Alert) -> bool:
    """By kind, severity and the part of the province. ``route``: a row of ``alert_route``."""
    if route["kinds"] and alert.kind not in route["kinds"]:
        return False
    return _is_severe(route["severity"], alert) and _is_here(route["scope_kind"], route["scope_id"], alert)


def addressed(route: Mapping[str, Any], alert: Alert) -> Alert:
    """What this receiver is told: with whom to call at the schools that lie in its part."""
    kind, code = route["scope_kind"], route["scope_id"]
    mine = [
        one for one in alert.calls if kind == "province" or code == (one.commune if kind == "commune" else one.school)
    ]
    told = tuple(Both(f"Gọi {one.whose}: {one.person}", f"Call {one.whose}: {one.person}") for one in mine)
    return replace(alert, facts=(*alert.facts, *told), calls=())


def _is_severe(least: str, alert: Alert) -> bool:
    order: Sequence[str] = SEVERITIES
    return order.index(alert.severity) >= (order.index(least) if least in order else 0)


def _is_here(kind: str, code: str, alert: Alert) -> bool:
    if kind == "province":
        return True
    return code in (alert.communes if kind == "commune" else alert.schools)
