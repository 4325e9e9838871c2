"""When the box was last alive: after a power cut the province learns when the power went, not only when it came."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent.clock import boot_id, monotonic, stamp
from agent.slots import Slots
from agent.wire import StateChange

ALIVE_EVERY = 30.0  # seconds: as often as a beat, so that a power cut is known to half a minute


class Lifeline:
    def __init__(self, directory: Path) -> None:
        """Raises OSError when its small file can neither be opened nor made."""
        self._slots = Slots(directory / "alive.slots")
        self._before = dict(self._slots.value)
        self.due = 0.0

    def started(self) -> StateChange:
        """Told at each start: how the life before ended."""
        facts: dict[str, Any] = {"up_seconds": round(monotonic(), 1)}  # the machine started so long ago
        if self._before:
            facts |= {
                "clean": bool(self._before.get("clean")),
                "same_boot": self._before.get("boot") == boot_id(),
                "last_alive": {name: self._before.get(name) for name in ("wall", "mono", "boot")},
            }
        self.alive()
        return StateChange(at=stamp(), subject="box", before="down", after="up", detail="started", facts=facts)

    def alive(self, *, clean: bool = False) -> None:
        self.due = monotonic() + ALIVE_EVERY
        with contextlib.suppress(OSError):
            self._slots.write({**asdict(stamp()), "clean": clean})

    def stopped(self) -> StateChange:
        """Told at a clean stop."""
        self.alive(clean=True)
        self._slots.close()
        return StateChange(at=stamp(), subject="box", before="up", after="down", detail="stopped")
