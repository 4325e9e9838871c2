"""What a box tells of its own life and of what it watches: state changes, placed at the controller's time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LOOK = 30.0  # seconds between two looks of the box
SAME = 2 * LOOK + 5.0  # what fails within two looks fails together
OUTSIDE = ("target:domestic:", "target:international:")
HOP, GATEWAY, DNS, CONTROLLER = "target:isp-hop", "target:gateway", "target:dns", "target:controller"


@dataclass(frozen=True, slots=True)
class Told:
    """A state change of the box, placed at the controller's time."""

    at: float
    subject: str
    before: str
    after: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Life:
    """A start of the agent, and how the life before it ended."""

    at: float
    booted: float  # when the machine got its power back, or was started anew
    died: float | None  # last sign of the life before, by its own note
    is_clean: bool
    is_same_boot: bool


def lives(told: Sequence[Told]) -> list[Life]:
    found = []
    for one in told:
        if one.subject != "box" or one.after != "up":
            continue
        died, up = one.facts.get("last_alive_at"), one.facts.get("up_seconds")
        found.append(
            Life(
                at=one.at,
                booted=one.at - (float(up) if isinstance(up, int | float) else 0.0),
                died=float(died) if isinstance(died, int | float) else None,
                is_clean=bool(one.facts.get("clean")),
                is_same_boot=bool(one.facts.get("same_boot")),
            )
        )
    return found


def states_at(told: Sequence[Told], at: float) -> dict[str, str]:
    """The state of each subject at that time; a start of the box makes all targets unknown."""
    states: dict[str, str] = {}
    for one in told:
        if one.at > at:
            break
        if one.subject == "box" and one.after == "up":
            states = {name: state for name, state in states.items() if not name.startswith("target:")}
        states[one.subject] = one.after
    return states
