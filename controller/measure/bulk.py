"""The bulk port: plain TCP connections that say one single-use nonce and then only carry measured bytes.

Whoever says anything else, or nothing in time, is dropped without a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections import Counter
from collections.abc import Sequence
from functools import partial

from agent.bulk import CHUNK, Arrivals, Points, abort, tune

NONCE = 32  # characters, then a line feed
GREETING_SECONDS = 5.0
WAITING = 256  # connections that have not said their nonce yet
SHARE = 4  # one address may take one part in so many of what there is room for; schools share addresses, too


class Crowd:
    """How many are in, in all and from one address: who fills a place must not be able to fill all of them."""

    def __init__(self, most: int) -> None:
        self._most, self._from = most, Counter[str]()

    def enter(self, address: str) -> bool:
        """False when it is too crowded; otherwise ``leave`` has to follow."""
        if self._from.total() >= self._most or self._from[address] >= self._most // SHARE:
            return False
        self._from[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]


class Door:
    """Takes connections on the bulk port and hands each to the test that expects its nonce."""

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._expected: dict[str, asyncio.Future[socket.socket]] = {}
        self._greeted: set[asyncio.Task[None]] = set()
        self._crowd = Crowd(WAITING)
        self.port: int = listener.getsockname()[1]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                stream, (address, *_) = await loop.sock_accept(self._listener)
            except OSError:  # out of descriptors: those who wait will be dropped, then there is room again
                await asyncio.sleep(0.1)
                continue
            if not self._crowd.enter(address):
                stream.close()
                continue
            task = asyncio.create_task(self._greet(stream))
            self._greeted.add(task)
            task.add_done_callback(partial(self._greeting_ended, address))

    def _greeting_ended(self, address: str, task: asyncio.Task[None]) -> None:
        self._crowd.leave(address)
        self._greeted.discard(task)

    async def _greet(self, stream: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        stream.setblocking(False)
        said = b""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(GREETING_SECONDS):
                while len(said) <= NONCE and (part := await loop.sock_recv(stream, NONCE + 1 - len(said))):
                    said += part
        waiting = self._expected.pop(said.decode("latin-1").removesuffix("\n"), None)
        if waiting is None or waiting.done():
            stream.close()
        else:
            waiting.set_result(stream)

    def expect(self, count: int) -> dict[str, asyncio.Future[socket.socket]]:
        """New nonces, each with the connection that will say it."""
        loop = asyncio.get_running_loop()
        nonces = {secrets.token_hex(NONCE // 2): loop.create_future() for _ in range(count)}
        self._expected |= nonces
        return nonces

    def forget(self, nonces: dict[str, asyncio.Future[socket.socket]]) -> None:
        """Expect these no longer, and close those that came."""
        for nonce, waiting in nonces.items():
            self._expected.pop(nonce, None)
            if waiting.done() and not waiting.cancelled():
                abort([waiting.result()])
            waiting.cancel()

    def close(self) -> None:
        for task in self._greeted:
            task.cancel()
        self._listener.close()


class Flow:
    """One direction of a test, from the go to the end. ``ending`` gets the reason: "bytes" (the budget is used up) or
    "gone" (no stream is left)."""

    def __init__(self, streams: Sequence[socket.socket], budget: int, ending: asyncio.Future[str]) -> None:
        self.count = 0
        self._open, self._budget, self._ending = set(streams), budget, ending
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()

    @property
    def seconds(self) -> float:
        return self._loop.time() - self._start

    def _end(self, why: str) -> None:
        if not self._ending.done():
            self._ending.set_result(why)

    def _counted(self, count: int) -> None:
        self.count += count
        if self.count >= self._budget:
            self._end("bytes")

    def _lose(self, stream: socket.socket) -> None:
        self._loop.remove_reader(stream)
        self._loop.remove_writer(stream)
        self._open.discard(stream)
        if not self._open:
            self._end("gone")

    def stop(self) -> None:
        for stream in self._open:
            self._loop.remove_reader(stream)
            self._loop.remove_writer(stream)
        self._open.clear()


class Source(Flow):
    """Sends as fast as the streams take; ``count`` is what our kernel took, which bounds the cost and is no result."""

    def __init__(self, streams: Sequence[socket.socket], budget: int, ending: asyncio.Future[str]) -> None:
        super().__init__(streams, budget, ending)
        self._data = memoryview(os.urandom(CHUNK))  # random: nothing on the way can compress it
        for stream in streams:
            tune(stream)
            self._loop.add_writer(stream, self._write, stream)

    def _write(self, stream: socket.socket) -> None:
        try:
            self._counted(stream.send(self._data[: max(1, self._budget - self.count)]))
        except BlockingIOError:
            return
        except OSError:
            self._lose(stream)


class Sink(Flow):
    """Counts what arrives, with the moments of arrival: the result of an upload."""

    def __init__(self, streams: Sequence[socket.socket], budget: int, ending: asyncio.Future[str]) -> None:
        super().__init__(streams, budget, ending)
        self._buffer = memoryview(bytearray(CHUNK))
        self._arrivals = Arrivals(streams, budget)
        self._points: Points = []
        for stream in streams:
            self._loop.add_reader(stream, self._read, stream)

    def _read(self, stream: socket.socket) -> None:
        try:
            count = stream.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._lose(stream)
            return
        now = self._loop.time()
        if not self.count:
            self._start = now
        self._counted(count)
        if point := self._arrivals.add(stream, count, now):
            self._points.append((round(point[0], 6), point[1]))

    def take(self) -> Points:
        """The points since the last call."""
        points, self._points = self._points, []
        return points
