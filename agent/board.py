"""What the running agent knows about itself, for ``truongnet agent status`` and the metrics: one small file."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.clock import monotonic
from agent.encode import to_json

FILE = "status.json"
WRITE_EVERY = 60.0  # seconds; a change is written at once


class Board:
    """Safe to use from several threads. Never raises: a box that cannot say how it is must still work."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {"pid": os.getpid(), "probes": {}}
        self._written = 0.0

    def note(self, **facts: Any) -> None:
        """Remember; written down when something changed."""
        with self._lock:
            changed = any(self._facts.get(name) != value for name, value in facts.items())
            self._facts.update(facts)
            self._write(changed)

    def note_probe(self, name: str, **facts: Any) -> None:
        with self._lock:
            changed = self._facts["probes"].get(name, {}).get("outcome") != facts.get("outcome")
            self._facts["probes"][name] = facts
            self._write(changed)

    def facts(self) -> dict[str, Any]:
        with self._lock:
            return json.loads(to_json(self._facts))  # type: ignore[no-any-return]  # an object, since we made it

    def _write(self, changed: bool) -> None:
        if not changed and monotonic() - self._written < WRITE_EVERY:
            return
        self._written = monotonic()
        fresh, facts = self._path.with_name(FILE + ".new"), {**self._facts, "written": time.time()}
        try:
            # Not synchronised: it is worth nothing after a power cut, and would wear the disk.
            fresh.write_bytes(to_json(facts))
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            self._overwrite(facts)

    def _overwrite(self, facts: dict[str, Any]) -> None:
        """On a full disk: into the room that the file has already, for just then a person wants to know."""
        with suppress(OSError), self._path.open("r+b") as file:
            room = os.fstat(file.fileno()).st_size
            for data in (to_json(facts), to_json({**facts, "probes": {}})):
                if len(data) <= room:
                    file.write(data.ljust(room))
                    return


def read(directory: Path) -> dict[str, Any]:
    """What the running agent wrote down last; empty when there is nothing. Raises PermissionError."""
    try:
        facts = json.loads((directory / FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
