"""A book of machines in memory: what the controller keeps in its tables, for benchmarks and tests of the same rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from inventory.identity.change import Key, change
from inventory.identity.decide import Decision, decide, shared_values
from inventory.identity.match import Known
from inventory.identity.normal import HOST
from inventory.identity.sighting import Sighting, Values

MANY = 8  # machines that hold one value: from here on it is not even looked up


@dataclass(slots=True)
class Machine:
    id: int
    school: int
    now: dict[Key, float] = field(default_factory=dict)  # value -> last seen
    former: set[Key] = field(default_factory=set)
    last_seen: float = 0.0

    def known(self) -> Known:
        return Known(id=self.id, school=self.school, values=_by_kind(self.now), former=_by_kind(self.former))


def _at(key: Key, school: int) -> Key:
    """Where a value is looked up: a name counts at its school only."""
    return (HOST, f"{school} {key[1]}") if key[0] == HOST else key


def _by_kind(keys: dict[Key, float] | set[Key]) -> Values:
    found: dict[str, set[str]] = {}
    for kind, value in keys:
        found.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


@dataclass(frozen=True, slots=True)
class Taken:
    """``machine``: where the sighting stands now; 0: it told of no machine."""

    machine: int
    how: Literal["same", "new", "nothing"]
    decision: Decision


class MemoryBook:
    def __init__(self) -> None:
        self.machines: dict[int, Machine] = {}
        self.pairs: dict[tuple[int, int], str] = {}  # lower id, higher id -> "open" or "apart"
        self._holders: dict[Key, set[int]] = {}
        self._former: dict[Key, set[int]] = {}
        self._open: dict[int, set[int]] = {}  # open questions without a conflict, from either side

    def take(self, seen: Sighting) -> Taken:
        """Attach the sighting to the machine that it surely is, or make a new one and ask."""
        keys = [key for key in seen.lookups() if len(self._holders.get(_at(key, seen.school), ())) < MANY]
        common = set(seen.lookups()) - set(keys)
        numbers = set()
        for key in keys:
            place = _at(key, seen.school)
            numbers |= self._holders.get(place, set()) | (self._former.get(place, set()) if key[0] != HOST else set())
        candidates = [self.machines[number].known() for number in sorted(numbers)]
        holders = {key: self._holders[key] for key in keys if key in self._holders and key[0] != HOST}
        decision = decide(seen, candidates, shared_values(holders, self._asked(numbers), common))
        if decision.is_nothing:
            return Taken(0, "nothing", decision)
        how: Literal["same", "new"] = "same" if decision.same else "new"
        machine = self.machines[decision.same.id] if decision.same else self._new(seen)
        self._lay(machine, seen)
        for match in decision.ask:
            self._ask(match.id, machine.id, is_conflict=match.is_conflict)
        return Taken(machine.id, how, decision)

    def _ask(self, one: int, other: int, *, is_conflict: bool) -> None:
        pair = (min(one, other), max(one, other))
        if pair not in self.pairs:
            self.pairs[pair] = "open"
            if is_conflict:
                return
            self._open.setdefault(one, set()).add(other)
            self._open.setdefault(other, set()).add(one)

    def _asked(self, numbers: set[int]) -> list[tuple[int, int]]:
        return [(one, other) for one in numbers for other in self._open.get(one, ()) if other in numbers]

    def _new(self, seen: Sighting) -> Machine:
        machine = Machine(len(self.machines) + 1, seen.school)
        self.machines[machine.id] = machine
        return machine

    def _move(self, machine: Machine, school: int) -> None:
        for key in (key for key in machine.now if key[0] == HOST):
            self._holders[_at(key, machine.school)].discard(machine.id)
            self._holders.setdefault(_at(key, school), set()).add(machine.id)
        machine.school = school

    def _lay(self, machine: Machine, seen: Sighting) -> None:
        if machine.school != seen.school:
            self._move(machine, seen.school)
        told = change(machine.now, seen)
        for key in told.closed:
            del machine.now[key]
            machine.former.add(key)
            self._holders[_at(key, machine.school)].discard(machine.id)
            self._former.setdefault(_at(key, machine.school), set()).add(machine.id)
        for key in (*told.opened, *told.seen):
            machine.now[key] = seen.at
            machine.former.discard(key)
            self._holders.setdefault(_at(key, seen.school), set()).add(machine.id)
        machine.last_seen = max(machine.last_seen, seen.at)
