"""What the report's sections are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.evidence.derive import Records
from controller.evidence.keys import EvidenceKeys
from controller.evidence.report.words import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    statement: Mapping[str, Any]
    verdict: Mapping[str, Any]
    coverage: Mapping[str, Any]
    boxes: Sequence[Mapping[str, Any]]
    records: Records
    own: EvidenceKeys
    link: str  # the chain of hashes over all parts but the PDF
    days: Days

    @property
    def start(self) -> float:
        return float(self.statement["period"]["start"])

    @property
    def end(self) -> float:
        return float(self.statement["period"]["end"])

    @property
    def promise(self) -> Mapping[str, Any]:
        return (self.statement["contract"] or {}).get("promise") or {}

    def clause(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(one for one in self.verdict["clauses"] if one["name"] == name)
        return found

    @property
    def sealed(self) -> tuple[int, int]:
        """(records that a seal proves, all records)."""
        counts = self.coverage["seals"].values()
        return sum(one["sealed"] for one in counts), sum(one["records"] for one in counts)
