"""What was seen of one machine at one moment, from whatever source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.identity.normal import HOST, KINDS, SINGLE, STRONG, normal, plain

Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """``values``: identifiers that carry weight. ``is_full``: all cards and disks are there, so a missing one is gone.

    ``source``: "box", "glpi", "lan" or "form". ``school``: the id of the school that says so. ``at``: Unix seconds.
    ``facts``: what to show of it (as it was told), never compared.
    """

    source: str
    school: int
    at: float
    values: Values
    device: str = "other"  # pc, laptop, printer, …
    is_full: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> frozenset[str]:
        return self.values.get(kind, frozenset())

    @property
    def is_thin(self) -> bool:
        """Nothing but an address on the wire."""
        return {kind for kind in self.values if self.values[kind]} <= {"mac", "host"} and self.source == "lan"

    @property
    def by_hand(self) -> bool:
        """A person typed it."""
        return self.source == "form"

    def lookups(self) -> list[tuple[str, str]]:
        """What to look up: only these lead to a known machine, so nothing is ever compared with everything. A name
        leads to machines of the same school alone."""
        return [(kind, value) for kind in (*STRONG, HOST) for value in sorted(self.of(kind))]


def sight(
    source: str,
    school: int,
    at: float,
    told: Mapping[str, Iterable[str | None]],
    *,
    device: str = "other",
    is_full: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> Sighting:
    """A sighting from values as they were told; junk is left out here. Raises KeyError for an unknown kind."""
    values = {}
    for kind, raw in told.items():
        if kind not in KINDS:
            raise KeyError(kind)
        good = normal(kind, (value for value in raw if value))
        if kind in SINGLE and len(good) > 1:
            good = frozenset(sorted(good)[:1])
        if good:
            values[kind] = good
    if values.get("serial") and values.get("model") and values["serial"] == {m.upper() for m in values["model"]}:
        del values["serial"]  # a maker who wrote the model where the number belongs
    shown = {name: plain(value) if isinstance(value, str) else value for name, value in (facts or {}).items()}
    return Sighting(source=source, school=school, at=at, values=values, device=device, is_full=is_full, facts=shown)
