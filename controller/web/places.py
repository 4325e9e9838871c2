"""How many streams of ``/live`` there may be, in all and of one person."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

MAX_STREAMS = 300
MAX_OF_ONE = 12


class Places:
    """Who listens. Used by the threads of handlers and by the event loop."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    def is_full(self, user_id: int) -> bool:
        return self._taken.total() >= MAX_STREAMS or self._taken[user_id] >= MAX_OF_ONE

    @contextlib.contextmanager
    def take(self, user_id: int) -> Iterator[bool]:
        """Whether there was a place; it is given back at the end."""
        with self._lock:
            is_taken = not self.is_full(user_id)
            self._taken[user_id] += is_taken
        try:
            yield is_taken
        finally:
            with self._lock:
                self._taken[user_id] -= is_taken
                self._taken += Counter()  # forgets those who have none
