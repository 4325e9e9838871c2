"""What others sent and received past the box while it measured, by the counters of the school's router.

The box's card sees only its own traffic; a class that downloads beside a test makes the line look slow, and nobody
would know. A counter that did not move with our own bytes (another router, one that forwards in hardware and does not
count, one that counts anew only now and then) tells nothing, and is treated as none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from agent.lan.wan import Counter, Span, Total, between

OVERHEAD = 1.08  # headers, and some retransmissions, on top of payload
SEEN = 0.8  # of our own bytes that a counter must have seen to be believed
PATIENCE = 2.5  # seconds until nobody waits for the search any more

Find = Callable[[], Counter | None]


class Others:
    """Reads in a thread, never raises, and gives up at the first failure: a measurement waits for no router."""

    def __init__(self, find: Find) -> None:
        self._finding = asyncio.create_task(asyncio.to_thread(find))
        self._counter: Counter | None = None
        self._is_over = False

    async def total(self) -> Total | None:
        if self._is_over:
            return None
        try:
            if self._counter is None:
                self._counter = await asyncio.wait_for(asyncio.shield(self._finding), PATIENCE)
            if self._counter is not None:
                return await asyncio.to_thread(self._counter.read)
        except (OSError, TimeoutError):
            pass
        self._is_over = True
        return None

    @property
    def by(self) -> str:
        return self._counter.by if self._counter and not self._is_over else ""


def span(before: Total | None, after: Total | None) -> Span | None:
    return between(before, after) if before and after else None


@dataclass(frozen=True, slots=True)
class Own:
    """Our bytes, one way: payload that arrived, and what we may have put on the line for it at most."""

    arrived: float
    spent: float

    @classmethod
    def of_payload(cls, arrived: float, sent: float, asked: float) -> Own:
        """``asked``: bytes of the questions beside it, headers counted."""
        return cls(arrived, OVERHEAD * max(arrived, sent) + asked)


def others(carried: int, own: Own, seconds: float) -> float | None:
    """Bits per second that were not ours; None where the counter did not see ours."""
    if seconds <= 0 or carried < SEEN * own.arrived:
        return None
    return max(0.0, carried - own.spent) * 8 / seconds
