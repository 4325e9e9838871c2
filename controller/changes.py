"""A small broadcaster inside one process: "something of this school changed", for pages that live without reload.

It carries no data, only what to look at again; with several processes each tells its own listeners, and pages look
again by themselves every half minute as well.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

QUEUE_SIZE = 256


@dataclass(frozen=True, slots=True)
class Change:
    school_id: int | None  # None: concerns more than one school
    kind: str  # "status", "measurement", "windows", "agent", "registry", "resync" (some changes were dropped)


class Feed:
    """One listener's bounded queue; a listener that is too slow is told once to look at everything again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: asyncio.Queue[Change] = asyncio.Queue(QUEUE_SIZE)

    def put(self, change: Change) -> None:
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            change = Change(None, "resync")
        self._queue.put_nowait(change)

    async def get(self) -> Change:
        return await self._queue.get()

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            yield await self._queue.get()


class Changes:
    def __init__(self) -> None:
        self._feeds: set[Feed] = set()
        self._lock = threading.Lock()

    def publish(self, school_id: int | None, kind: str) -> None:
        """From any thread; never waits."""
        with self._lock:
            feeds = list(self._feeds)
        for feed in feeds:
            if not feed.loop.is_closed():
                feed.loop.call_soon_threadsafe(feed.put, Change(school_id, kind))

    @contextmanager
    def subscribe(self) -> Iterator[Feed]:
        """``with changes.subscribe() as feed: async for change in feed: …`` inside a running event loop."""
        feed = Feed(asyncio.get_running_loop())
        with self._lock:
            self._feeds.add(feed)
        try:
            yield feed
        finally:
            with self._lock:
                self._feeds.discard(feed)
