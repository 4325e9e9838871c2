"""From the answers of ``reach`` to what is told: summaries, changes of state, and the raw samples around a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from agent.raw import Ring
from agent.state import MAX_SUBJECTS, States
from agent.surroundings import Surroundings
from agent.windows import ALIVE, ANSWERED, LOST, Windows
from agent.wire import ItemKind, RawSamples, Result, Stamp, StateChange, Window

# A school always has these: when they are not even found any more (cable out, no route), that is a miss.
ALWAYS = ("target:gateway", "target:dns", "target:controller")
OUTSIDE = ("target:domestic:", "target:international:")

Told = tuple[ItemKind, Stamp, Result | StateChange | RawSamples | list[Window]]


@dataclass(slots=True)
class Watch:
    windows: Windows
    states: States = field(default_factory=States)
    ring: Ring = field(default_factory=Ring)
    _links: dict[str, str] = field(default_factory=dict)
    _counted: dict[str, int] = field(default_factory=dict)  # card -> changes of its carrier since boot
    _mains: dict[str, str] = field(default_factory=dict)
    _spoke: set[str] = field(default_factory=set)  # targets that ever answered by themselves
    _last_reason: str = ""

    def take(
        self, result: Result, links: Mapping[str, str], around: Surroundings | None = None
    ) -> tuple[list[Told], bool]:
        """What one run of ``reach``, and the carrier of each card at that time, give to tell at once; and whether a
        state changed."""
        around = around or Surroundings()
        answered: dict[str, bool] = {}
        facts: dict[str, dict[str, str]] = {}
        for sample in result.samples:
            if sample.name != ALIVE:
                self.windows.add(sample)
            if sample.name not in (ANSWERED, LOST, ALIVE):
                continue
            self.ring.add(replace(sample, at=sample.at or result.started))
            subject = "target:" + sample.labels.get("target", "")
            answered[subject] = answered.get(subject, False) or sample.name != LOST
            facts[subject] = {name: text for name, text in sample.labels.items() if name != "target"}
            if sample.name == ANSWERED and len(self._spoke) < MAX_SUBJECTS:
                self._spoke.add(subject)
        told: list[Told] = []
        changes = [
            *self._changes_of_mains(around.mains, result.started),
            *self._changes_of_links(links, around.changes, result.started),
            *(
                replace(change, facts=change.facts | self._context(change, answered, around))
                for change in self._changes(answered, facts, result.started)
            ),
        ]
        for change in changes:
            told.append(("state", change.at, change))
            if (change.before, change.after) == ("unknown", "up"):
                continue  # a start is no event that needs evidence
            raw = self.ring.freeze(change, result.started)
            if raw is not None:
                told.append(("raw", result.started, raw))
        if result.outcome != "ok" and result.reason != self._last_reason:
            told.append(("result", result.started, replace(result, samples=[])))
        self._last_reason = "" if result.outcome == "ok" else result.reason
        return told, bool(changes)

    def _changes_of_links(
        self, links: Mapping[str, str], counts: Mapping[str, int], at: Stamp
    ) -> Iterable[StateChange]:
        """Without hysteresis: a cable is in or out. What was found first is the inventory's to tell. A cable that was
        out and in again between two looks shows by the kernel's count."""
        before, self._links = self._links, dict(links)
        counted, self._counted = self._counted, dict(counts)
        for name in sorted(before.keys() & links.keys()):
            changes = counts.get(name, 0) - counted.get(name, counts.get(name, 0))
            facts = {"carrier_changes": changes} if changes else {}
            if before[name] != links[name]:
                yield StateChange(at=at, subject=f"link:{name}", before=before[name], after=links[name], facts=facts)
            elif changes > 1:
                yield StateChange(
                    at=at, subject=f"link:{name}", before=links[name], after=links[name], detail="flapped", facts=facts
                )

    def _changes_of_mains(self, mains: Mapping[str, str], at: Stamp) -> Iterable[StateChange]:
        """A box with a battery lives on when the power goes, and says so. The first look tells only what is amiss."""
        before, self._mains = self._mains, dict(mains)
        for name in sorted(mains):
            was = before.get(name, "unknown")
            if was != mains[name] and (was, mains[name]) != ("unknown", "up"):
                yield StateChange(at=at, subject=f"power:{name}", before=was, after=mains[name])

    def _context(self, change: StateChange, answered: Mapping[str, bool], around: Surroundings) -> dict[str, object]:
        """What a loss means depends on what else was seen in that look."""
        if change.after != "down":
            return {}
        found: dict[str, object] = {
            "spoke": change.subject in self._spoke,
            "outside_answers": sum(yes for name, yes in answered.items() if name.startswith(OUTSIDE)),
        }
        neighbour = around.neighbours.get(str(change.facts.get("address", "")))
        if change.subject == "target:gateway" and neighbour:
            found["neighbour"] = neighbour
        return found

    def _changes(self, answered: dict[str, bool], facts: dict[str, dict[str, str]], at: Stamp) -> Iterable[StateChange]:
        for subject in list(self.states.subjects):
            if subject not in answered and subject in ALWAYS:
                answered[subject] = False
            elif subject not in answered and subject != "target:isp-hop":
                self.states.forget(subject)  # the settings name it no longer
        observed = (self.states.observe(name, yes, at, facts.get(name)) for name, yes in answered.items())
        return [change for change in observed if change is not None]

    def tick(self, now: Stamp, length: float, trouble_length: float, offset: float) -> list[Told]:
        """Close the window when its time has come, and give the second halves of evidence that are complete."""
        wanted = min(length, trouble_length) if self.states.is_trouble(now.mono) else length
        told: list[Told] = [("raw", now, raw) for raw in self.ring.due(now.mono)]
        if now.mono >= self.windows.ends(wanted, offset):
            told += self._closed(now)
        return told

    def next_tick(self, mono: float, length: float, trouble_length: float, offset: float) -> float:
        """By our monotonic clock."""
        wanted = min(length, trouble_length) if self.states.is_trouble(mono) else length
        return min([self.windows.ends(wanted, offset), *(each.due for each in self.ring.waiting)])

    def finish(self, now: Stamp) -> list[Told]:
        """All that is still in memory: the box stops."""
        return self._closed(now) + [("raw", now, raw) for raw in self.ring.due(now.mono, all_now=True)]

    def _closed(self, now: Stamp) -> list[Told]:
        start = self.windows.opened
        closed = self.windows.close(now)
        return [("windows", start, closed)] if closed else []
