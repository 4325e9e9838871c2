"""What answers and what does not, with hysteresis: one lost packet is no outage, one answer is no recovery. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.wire import Stamp, StateChange

DOWN_AFTER = 3  # misses in a row
UP_AFTER = 2  # answers in a row; the first one is enough for what was not known yet
FINE_SECONDS = 6 * 3600.0  # what has been down for longer is no news: summaries become coarse again
MAX_SUBJECTS = 200


@dataclass(slots=True)
class Subject:
    state: str = "unknown"  # "up", "down", "unknown"
    changed: float = 0.0  # monotonic
    streak: int = 0  # observations in a row that speak against the state
    first: Stamp | None = None  # of that streak: the change happened then, not when it was believed


@dataclass(slots=True)
class States:
    subjects: dict[str, Subject] = field(default_factory=dict)

    def observe(self, name: str, answered: bool, at: Stamp, facts: dict[str, Any] | None = None) -> StateChange | None:
        """One more observation of ``name``; the change when it tipped the state. ``at`` of the change is the first
        observation that spoke for it."""
        if name not in self.subjects and len(self.subjects) >= MAX_SUBJECTS:
            return None
        subject = self.subjects.setdefault(name, Subject())
        after = "up" if answered else "down"
        if subject.state == after:
            subject.streak, subject.first = 0, None
            return None
        if subject.state == "unknown" and subject.first is not None and subject.streak and answered:
            subject.streak, subject.first = 0, None  # it was missed before: the answer is a new beginning
        subject.streak += 1
        subject.first = subject.first or at
        needed = DOWN_AFTER if after == "down" else UP_AFTER if subject.state == "down" else 1
        if subject.streak < needed:
            return None
        change = StateChange(
            at=subject.first,
            subject=name,
            before=subject.state,
            after=after,
            facts=(facts or {}) | {"decided_after_seconds": round(max(0.0, at.mono - subject.first.mono), 1)},
        )
        subject.state, subject.changed, subject.streak, subject.first = after, at.mono, 0, None
        return change

    def forget(self, name: str) -> None:
        """Not watched any more."""
        self.subjects.pop(name, None)

    def is_trouble(self, mono: float) -> bool:
        """Whether something is down, and has not been for so long that it is no news any more."""
        return any(each.state == "down" and mono - each.changed < FINE_SECONDS for each in self.subjects.values())

    def as_dict(self) -> dict[str, str]:
        return {name: subject.state for name, subject in self.subjects.items()}
