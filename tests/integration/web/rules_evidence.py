"""Who may open and post what of a school's evidence file, and who may have one checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import EVIDENCE, EXPORTERS, SCHOOL, Rule

HERE = "/schools/{code}/evidence"
LATER = {"first": "2030-01-01", "last": "2030-01-02"}

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", HERE): Rule(EXPORTERS, path=SCHOOL),
        ("POST", HERE): Rule(EXPORTERS, path=SCHOOL, body=LATER, good=422),  # a period that has not begun
        ("GET", f"{HERE}/{{work_id}}"): Rule(EXPORTERS, path=EVIDENCE, good=404),
        ("GET", f"{HERE}/{{work_id}}/file"): Rule(EXPORTERS, path=EVIDENCE, good=404),
        ("POST", f"{HERE}/{{work_id}}/forget"): Rule(EXPORTERS, path=EVIDENCE, good=404),
        ("GET", "/verify"): Rule(EXPORTERS, "list"),
        ("POST", "/verify"): Rule(EXPORTERS, "list", good=422),  # no file
        ("GET", "/verify/{work_id}"): Rule(EXPORTERS, "list", {"work_id": "0" * 24}, good=404),
    }
)
