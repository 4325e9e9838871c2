"""Who may open the pages of a school and of boxes, and who may decide there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import (
    ACCEPTED,
    DECIDERS,
    EVERYONE,
    EXPORTERS,
    PART,
    PENDING,
    QUARANTINED,
    SCHOOL,
    Rule,
)
from tests.integration.api.world import OWN, code_id

SEEN = 303

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/schools/{code}"): Rule(EVERYONE, path=SCHOOL),
        ("GET", "/schools/{code}/figures"): Rule(EVERYONE, path=SCHOOL),
        ("GET", "/schools/{code}/figures.csv"): Rule(EXPORTERS, path=SCHOOL),
        ("GET", "/schools/{code}/tests/{number}"): Rule(EVERYONE, path=PART),
        ("GET", "/boxes"): Rule(EVERYONE, "list"),
        ("GET", "/boxes/schools"): Rule(DECIDERS, "list"),
        ("POST", "/boxes/codes"): Rule(DECIDERS, body={"school": OWN, "hours": "72"}),
        ("POST", "/boxes/codes/{code_id}/revoke"): Rule(DECIDERS, path={"code_id": code_id(OWN)}, good=SEEN),
        ("GET", "/boxes/{agent_id}"): Rule(EVERYONE, path=ACCEPTED),
        ("POST", "/boxes/{agent_id}/accept"): Rule(DECIDERS, path=PENDING, body={"compared": "yes"}, good=SEEN),
        ("POST", "/boxes/{agent_id}/refuse"): Rule(DECIDERS, path=PENDING, body={"reason": "wrong-school"}, good=SEEN),
        ("POST", "/boxes/{agent_id}/retire"): Rule(DECIDERS, path=ACCEPTED, good=SEEN),
        ("POST", "/boxes/{agent_id}/quarantine"): Rule(DECIDERS, path=ACCEPTED, good=SEEN),
        ("POST", "/boxes/{agent_id}/main"): Rule(DECIDERS, path=ACCEPTED, good=SEEN),
        ("POST", "/boxes/{agent_id}/release"): Rule(DECIDERS, path=QUARANTINED),
    }
)
