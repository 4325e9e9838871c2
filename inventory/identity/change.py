"""What an accepted sighting changes in what is known of a machine. Nothing is ever removed: a value gets an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.identity.normal import MAC, SINGLE
from inventory.identity.sighting import Sighting

GONE_AFTER = 30 * 86_400.0  # a card that no full inventory showed for so long is gone; docks come and go by the day
Key = tuple[str, str]  # kind, value


@dataclass(frozen=True, slots=True)
class Change:
    opened: tuple[Key, ...] = ()  # new to this machine, or back again
    seen: tuple[Key, ...] = ()  # known and seen again
    closed: tuple[Key, ...] = ()  # replaced or gone
    replaced: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # single kinds: before, after


def change(known: Mapping[Key, float], seen: Sighting) -> Change:
    """``known``: what the machine has now, with when each was last seen. A sighting older than that changes nothing."""
    told = {(kind, value) for kind, values in seen.values.items() for value in values}
    opened = tuple(sorted(told - known.keys()))
    closed: set[Key] = set()
    replaced: dict[str, tuple[str, str]] = {}
    for key, seen_at in known.items():
        kind, value = key
        mine = seen.of(kind)
        if key in told or not mine or seen_at > seen.at:
            continue
        if kind in SINGLE:
            closed.add(key)
            replaced[kind] = (value, min(mine))
        elif seen.is_full and (kind != MAC or seen.at - seen_at >= GONE_AFTER):
            closed.add(key)
    return Change(opened, tuple(sorted(told & known.keys())), tuple(sorted(closed)), replaced)
