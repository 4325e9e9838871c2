"""How this process' background tasks do, for /metrics: counted where they run, read where somebody asks."""

from __future__ import annotations

import threading

BACKUP = "backup.last"  # the setting in which ``truongnet backup`` says when it was done: {"at", "bytes"}
TOKEN = "prometheus"  # noqa: S105 - name of the API tokens that ``truongnet monitoring`` makes


class Pulse:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}

    def known(self, task: str) -> None:
        """A counter that begins at nought is there before its first failure: a rate over it then sees the first one."""
        with self._lock:
            self._failures.setdefault(task, 0)

    def failed(self, task: str) -> None:
        with self._lock:
            self._failures[task] = self._failures.get(task, 0) + 1

    def failures(self) -> dict[str, int]:
        with self._lock:
            return dict(self._failures)
