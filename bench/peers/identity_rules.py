"""Other ways to tell machines apart, on the same sightings: by one number alone, and by GLPI's usual rules.

GLPI's rules are written after its documentation and its shipped list of rules (computers: serial and UUID together,
then serial, then UUID, then the first address; its list of invalid serial numbers applied first), not taken from its
code. Each has the same list of junk as we have, so that only the way of matching differs; ``plain`` has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Values = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Rules:
    """Looks each rule's value up, in order; the first that is known decides. A machine has the newest values."""

    keys: Callable[[Values], list[str]]
    _where: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def take(self, values: Values) -> int:
        """The machine's number; 0 when there is nothing to go by."""
        keys = self.keys(values)
        if not keys:
            return 0
        found = next((self._where[key] for key in keys if key in self._where), 0)
        if not found:
            self._count += 1
            found = self._count
        for key in keys:
            self._where.setdefault(key, found)
        return found


def _first(values: Values, kind: str) -> list[str]:
    return [f"{kind} {min(values[kind])}"] if values.get(kind) else []


def by_serial(values: Values) -> list[str]:
    return _first(values, "serial")


def by_uuid(values: Values) -> list[str]:
    return _first(values, "uuid")


def by_glpi(values: Values) -> list[str]:
    serial, uuid = _first(values, "serial"), _first(values, "uuid")
    both = [f"{serial[0]} {uuid[0]}"] if serial and uuid else []
    macs = [f"mac {mac}" for mac in sorted(values.get("mac", ()))]
    return [*both, *serial, *uuid, *macs]
