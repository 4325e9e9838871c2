"""Beats: "I am here", each 30 s from each box, answered from memory and written down once a minute.

41,000 schools beat 1,367 times a second, so nothing here touches the database but ``flush``. The token in a beat was
given by the last exchange and is checked by its HMAC alone.

A box that was silent and is back has something to tell. A few are told to do so at once; when more come back together,
the others keep to the random moment that each has chosen (``agent/courier.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, update

from agent.wire import Beat, BeatReply
from controller.tables import Agent
from controller.tokens import is_beat_token
from monitoring.status import silent_after

MAX_BOXES = 200_000  # in memory; a token is needed to take a place, so this is a bound against a defect only
# Boxes that are back and told to come at once: a commune's, then one a second. Much less than what a process takes, and
# of a thousand that come back together too few to be a bunch (``python -m bench.herd``).
AT_ONCE = 20.0
A_SECOND = 1.0


class BeatRefused(Exception):
    """The token is not (or no longer) good: the box gets a new one with its next exchange."""


@dataclass(slots=True)
class Counters:
    taken: int = 0
    refused: int = 0


class Beats:
    def __init__(self, key: bytes, every: float, clock: Callable[[], float]) -> None:
        self.every = every
        self.counters = Counters()
        self._key, self._clock = key, clock
        self._last: dict[str, float] = {}  # agent -> when it last beat
        self._dirty: set[str] = set()
        self._work: set[str] = set()  # boxes that should exchange now
        self._lock = threading.Lock()
        self._room, self._room_at = AT_ONCE, clock()  # a token bucket

    def take(self, beat: Beat) -> BeatReply:
        """Raises BeatRefused."""
        now = self._clock()
        try:
            good = is_beat_token(self._key, beat.agent, beat.token, now)
        except ValueError:
            good = False
        if not good or (beat.agent not in self._last and len(self._last) >= MAX_BOXES):
            self.counters.refused += 1
            raise BeatRefused
        with self._lock:
            before = self._last.get(beat.agent)  # unknown: it may be we who were away, and then all come back
            is_back = before is not None and now - before > silent_after(self.every)
            self._last[beat.agent] = now
            self._dirty.add(beat.agent)
            is_called = beat.agent in self._work or (is_back and self._has_room(now))
        self.counters.taken += 1
        return BeatReply(work=is_called, after=self.every, now=now)

    def _has_room(self, now: float) -> bool:
        """Whether one more of those that are back may come at once."""
        self._room = min(AT_ONCE, self._room + max(0.0, now - self._room_at) * A_SECOND)
        self._room_at = now
        if self._room < 1.0:
            return False
        self._room -= 1.0
        return True

    def seen(self, agent: str, at: float) -> None:
        """An exchange is a sign of life too, and answers a call to exchange."""
        with self._lock:
            self._last[agent] = max(at, self._last.get(agent, 0.0))
            self._work.discard(agent)

    def wake(self, agents: Iterable[str]) -> None:
        """Tell these boxes at their next beat that work waits."""
        with self._lock:
            self._work.update(agents)

    def last(self) -> dict[str, float]:
        """Newest sign of life of each box that this process heard."""
        with self._lock:
            return dict(self._last)

    def flush(self, engine: Engine) -> int:
        """Write the beats since the last flush to the database; how many boxes."""
        with self._lock:
            rows = [{"b_id": agent, "b_at": self._last[agent]} for agent in sorted(self._dirty)]
            self._dirty.clear()
        if rows:
            table = Agent.__table__  # type: ignore[attr-defined]
            statement = update(table).where(table.c.id == bindparam("b_id")).values(last_beat_at=bindparam("b_at"))
            with engine.begin() as connection:
                connection.execute(statement, rows)
        return len(rows)
