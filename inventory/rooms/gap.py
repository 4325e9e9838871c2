"""The gap between what stands in a room and what it must have.

A count that somebody made says how much there is. Without one, machines that were recognised in the room prove that at
least so many are there, but never that there are no more: what nobody counted is unknown, not missing, and not there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).with_name("standard.json")
Verdict = Literal["complete", "short", "unknown"]


@dataclass(frozen=True, slots=True)
class Need:
    """``count`` of ``item``; with ``per_seat``, that many for each seat instead, when the room's seats are known."""

    item: str
    count: int
    per_seat: float | None = None

    def wanted(self, seats: int | None) -> int:
        return math.ceil(self.per_seat * seats) if self.per_seat and seats else self.count


@dataclass(frozen=True, slots=True)
class Standard:
    edition: str
    source: Mapping[str, str]  # language -> where it is from
    items: Mapping[str, frozenset[str]]  # item -> kinds of machines that are one
    rooms: Mapping[str, tuple[Need, ...]]  # kind of room -> what it must have
    smart: frozenset[str]  # kinds of rooms that are smart classrooms when complete: what the plan counts


@dataclass(frozen=True, slots=True)
class Line:
    """One need of one room. ``have``: at least so many; None: nobody knows."""

    item: str
    need: int
    have: int | None
    state: Verdict


@dataclass(frozen=True, slots=True)
class Gap:
    verdict: Verdict
    lines: tuple[Line, ...]

    @property
    def missing(self) -> dict[str, int]:
        """item -> how many more, of what is known to be short."""
        return {line.item: line.need - (line.have or 0) for line in self.lines if line.state == "short"}


@cache
def standard() -> Standard:
    """The data that comes with us. Raises ValueError when it contradicts itself."""
    return read(json.loads(DATA.read_text("utf-8")))


def read(data: Mapping[str, Any]) -> Standard:
    """A standard from parsed JSON. Raises ValueError or KeyError."""
    items = {name: frozenset(entry["kinds"]) for name, entry in data["items"].items()}
    rooms: dict[str, tuple[Need, ...]] = {}
    for kind, needs in data["rooms"].items():
        rooms[kind] = tuple(Need(need["item"], int(need["count"]), need.get("per_seat")) for need in needs)
        for need in rooms[kind]:
            if need.item not in items or need.count < 1 or (need.per_seat is not None and need.per_seat <= 0):
                raise ValueError(f"{kind}: {need.item}")
    smart = frozenset(data["smart"])
    if not smart or not smart <= rooms.keys():
        raise ValueError("smart")
    return Standard(data["edition"], dict(data["source"]), items, rooms, smart)


def gap(
    wanted: Standard, kind: str, seats: int | None, counted: Mapping[str, int], machines: Mapping[str, int]
) -> Gap | None:
    """``counted``: item -> how many somebody counted; ``machines``: kind of machine -> how many are in use in the room.

    None for a kind of room of which nothing is asked.
    """
    needs = wanted.rooms.get(kind)
    if needs is None:
        return None
    lines = tuple(_line(wanted, need, need.wanted(seats), counted, machines) for need in needs)
    states = {line.state for line in lines}
    verdict: Verdict = "short" if "short" in states else "unknown" if "unknown" in states else "complete"
    return Gap(verdict, lines)


def _line(wanted: Standard, need: Need, count: int, counted: Mapping[str, int], machines: Mapping[str, int]) -> Line:
    seen = sum(machines.get(kind, 0) for kind in wanted.items[need.item])
    said = counted.get(need.item)
    if said is None and seen < count:
        return Line(need.item, count, seen or None, "unknown")
    have = max(seen, said or 0)
    return Line(need.item, count, have, "complete" if have >= count else "short")


@dataclass(slots=True)
class Tally:
    """Rooms and schools of some part of the province; every share has its whole beside it."""

    schools: int = 0
    schools_without_rooms: int = 0  # nobody wrote down any room of theirs that counts
    schools_with_one: int = 0  # at least one complete room: the plan's aim is all schools
    schools_unknown: int = 0  # none is complete as far as anybody knows, but not all are known to be short
    rooms: int = 0
    complete: int = 0
    short: int = 0
    unknown: int = 0

    def add_school(self, verdicts: Iterable[Verdict]) -> None:
        found = list(verdicts)
        self.schools += 1
        self.schools_without_rooms += not found
        self.schools_with_one += "complete" in found
        self.schools_unknown += "complete" not in found and ("unknown" in found or not found)
        self.rooms += len(found)
        self.complete += found.count("complete")
        self.short += found.count("short")
        self.unknown += found.count("unknown")

    @property
    def judged(self) -> int:
        """Schools of which it is known whether they have one."""
        return self.schools - self.schools_unknown

    def add(self, other: Tally) -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
