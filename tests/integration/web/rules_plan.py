"""Who may open the plan's pages, a school's weeks, and the rules by which contracts are judged."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import ADMIN, EVERYONE, EXPORTERS, INSPECTORS, SCHOOL, Rule

SEEN = 303
KIND = {"kind": "csv"}

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/plan"): Rule(EVERYONE, "list"),
        ("GET", "/plan/export/{kind}"): Rule(EXPORTERS, "list", KIND),
        ("GET", "/plan/ranking"): Rule(EVERYONE, "list"),
        ("GET", "/plan/ranking/export/{kind}"): Rule(EXPORTERS, "list", KIND),
        ("GET", "/plan/upgrades"): Rule(EVERYONE, "list"),
        ("GET", "/plan/upgrades/export/{kind}"): Rule(EXPORTERS, "list", KIND),
        ("GET", "/schools/{code}/weeks"): Rule(EVERYONE, path=SCHOOL),
        ("GET", "/schools/{code}/weeks/export/{kind}"): Rule(EXPORTERS, path={**SCHOOL, **KIND}),
        ("GET", "/settings/plan"): Rule(INSPECTORS, "province"),
        ("POST", "/settings/plan"): Rule(ADMIN, "province", body={"target": "brazil"}, good=SEEN),
    }
)
