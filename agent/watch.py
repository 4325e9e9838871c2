"""From the answers of ``reach`` to what is told: summaries, changes of state, and the raw samples around a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from agent.raw import Ring
from agent.state import States
from agent.windows import ALIVE, ANSWERED, LOST, Windows
from agent.wire import ItemKind, RawSamples, Result, Stamp, StateChange, Window

# A school always has these: when they are not even found any more (cable out, no route), that is a miss.
ALWAYS = ("target:gateway", "target:dns", "target:controller")

Told = tuple[ItemKind, Stamp, Result | StateChange | RawSamples | list[Window]]


@dataclass(slots=True)
class Watch:
    windows: Windows
    states: States = field(default_factory=States)
    ring: Ring = field(default_factory=Ring)
    _links: dict[str, str] = field(default_factory=dict)
    _last_reason: str = ""

    def take(self, result: Result, links: Mapping[str, str]) -> tuple[list[Told], bool]:
        """What one run of ``reach``, and the carrier of each card at that time, give to tell at once; and whether a
        state changed."""
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
        told: list[Told] = []
        changes = [*self._changes_of_links(links, result.started), *self._changes(answered, facts, result.started)]
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

    def _changes_of_links(self, links: Mapping[str, str], at: Stamp) -> Iterable[StateChange]:
        """Without hysteresis: a cable is in or out. What was found first is the inventory's to tell."""
        before, self._links = self._links, dict(links)
        for name in sorted(before.keys() & links.keys()):
            if before[name] != links[name]:
                yield StateChange(at=at, subject=f"link:{name}", before=before[name], after=links[name])

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
