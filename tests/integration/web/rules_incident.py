"""Who may open the pages of incidents, the wall, planned work and the head's page, and who may act there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import (
    CALLERS,
    DECIDERS,
    EVERYONE,
    EXPORTERS,
    INCIDENT,
    SCHOOL,
    WRITERS,
    Rule,
)
from tests.integration.api.world import OWN

SEEN = 303
WORK = {"scope_kind": "school", "scope_id": OWN, "starts_at": "2026-12-01T08:00", "ends_at": "2026-12-01T09:00"}

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/incidents"): Rule(EVERYONE, "list"),
        ("GET", "/incidents/export/{kind}"): Rule(EXPORTERS, "list", {"kind": "csv"}),
        ("GET", "/incidents/{number}"): Rule(EVERYONE, path=INCIDENT),
        ("POST", "/incidents/{number}/acknowledge"): Rule(DECIDERS, path=INCIDENT, good=SEEN),
        ("POST", "/incidents/{number}/comment"): Rule(DECIDERS, path=INCIDENT, body={"text": "a"}, good=SEEN),
        ("POST", "/incidents/{number}/ticket"): Rule(DECIDERS, path=INCIDENT, body={"ticket": "V-1"}, good=SEEN),
        ("POST", "/incidents/{number}/mute"): Rule(DECIDERS, path=INCIDENT, body={"hours": "2"}, good=SEEN),
        ("POST", "/incidents/{number}/unmute"): Rule(DECIDERS, path=INCIDENT, good=SEEN),
        ("POST", "/incidents/{number}/close"): Rule(DECIDERS, path=INCIDENT, good=SEEN),
        ("GET", "/maintenance"): Rule(EVERYONE, "list"),
        ("POST", "/maintenance"): Rule(WRITERS, body=WORK, good=SEEN),
        ("POST", "/maintenance/{number}/remove"): Rule(WRITERS, path=INCIDENT, good=SEEN),
        ("POST", "/providers"): Rule(WRITERS, "province", body={"name": "FPT", "phone": "1900 6600"}, good=SEEN),
        ("POST", "/providers/{number}/remove"): Rule(WRITERS, "province", INCIDENT, good=SEEN),
        ("GET", "/wall"): Rule(EVERYONE, "list"),
        ("GET", "/my-school"): Rule(EVERYONE, "list", good=SEEN),
        ("GET", "/my-school/{code}"): Rule(EVERYONE, path=SCHOOL),
        ("POST", "/my-school/{code}/report"): Rule(CALLERS, path=SCHOOL, body={"text": "a"}, good=SEEN),
    }
)
