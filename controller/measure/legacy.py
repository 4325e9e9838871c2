"""The paths that speedtest-cli asks a server for, so that a second opinion stays inside the province. Off by default.

Plain HTTP on a port of its own; the paths of agent/legacy_http.py, with the nonce before them. The nonce is that of a
live test and ends with it; every byte is taken from that test's budget. Whoever says anything else is dropped without a
word. A connection takes one chunk of memory and is closed after one answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import socket
from dataclasses import dataclass, field

from agent.legacy_http import FOLDER, LATENCY, LATENCY_PATH, PICTURES, UPLOAD_PATH, picture_path, taken
from controller.measure.bulk import Crowd
from controller.measure.datagrams import Budget

VERSION = 1
CONNECTIONS = 64
HEAD_BYTES, HEAD_SECONDS = 8 * 1024, 5.0
SECONDS = 30.0  # of one connection
CHUNK = 128 * 1024
MAX_UPLOAD = 64 * 1024 * 1024  # of one request
BODIES = {picture_path(side): size for side, size in PICTURES.items()}
REQUEST = re.compile(
    rb"(GET|POST) /([0-9a-f]{32})(" + FOLDER.encode() + rb"[a-z0-9]{1,20}\.[a-z]{1,4})(?:\?[!-~]*)? HTTP/1\.[01]\r\n"
)
LENGTH = re.compile(rb"\r\nContent-Length: *(\d{1,9})\r\n", re.IGNORECASE)


class Dropped(Exception):
    """Not one of ours, or nothing is left to spend."""


@dataclass(slots=True)
class Visit:
    """What one live test may do here."""

    nonce: str
    budget: Budget
    tasks: set[asyncio.Task[None] | None] = field(default_factory=set)


class Legacy:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self._visits: dict[str, Visit] = {}
        self._crowd = Crowd(CONNECTIONS)
        self._data = os.urandom(CHUNK)  # random: nothing on the way can compress it
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, sock=self._listener, limit=HEAD_BYTES)

    def expect(self, budget: Budget) -> Visit:
        visit = Visit(secrets.token_hex(16), budget)
        self._visits[visit.nonce] = visit
        return visit

    def forget(self, visit: Visit) -> None:
        """Cuts off what it still does."""
        self._visits.pop(visit.nonce, None)
        for task in visit.tasks:
            if task is not None:
                task.cancel()

    def close(self) -> None:
        for visit in list(self._visits.values()):
            self.forget(visit)
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._crowd.enter(address):
            writer.transport.abort()
            return
        try:
            with contextlib.suppress(
                Dropped, TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
            ):
                async with asyncio.timeout(SECONDS):
                    await self._attend(reader, writer)
        except asyncio.CancelledError:
            pass  # by ourselves alone, and asyncio would log a cancelled handler
        finally:
            self._crowd.leave(address)
            writer.transport.abort()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        asked = REQUEST.match(head)
        visit = self._visits.get(asked[2].decode()) if asked else None
        if asked is None or visit is None:
            raise Dropped
        task = asyncio.current_task()
        visit.tasks.add(task)
        try:
            match asked[1].decode(), asked[3].decode():
                case "POST", path if path == UPLOAD_PATH:
                    size = await _received(reader, visit.budget, _length(head))
                    await self._answer(writer, visit.budget, taken(size))
                case "GET", path if path == LATENCY_PATH:
                    await self._answer(writer, visit.budget, LATENCY)
                case "GET", path if path in BODIES:
                    await self._picture(writer, visit.budget, BODIES[path])
                case _:
                    raise Dropped
        finally:
            visit.tasks.discard(task)

    async def _answer(self, writer: asyncio.StreamWriter, budget: Budget, body: bytes) -> None:
        _spend(budget, len(body))
        writer.write(_head(len(body)) + body)
        await self._end(writer)

    async def _picture(self, writer: asyncio.StreamWriter, budget: Budget, size: int) -> None:
        writer.write(_head(size))
        while size:
            part = min(size, CHUNK)
            _spend(budget, part)
            writer.write(self._data if part == CHUNK else self._data[:part])
            await writer.drain()
            size -= part
        await self._end(writer)

    async def _end(self, writer: asyncio.StreamWriter) -> None:
        """All is on its way before the connection goes."""
        writer.write_eof()
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def _head(size: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n".encode()


def _length(head: bytes) -> int:
    found = LENGTH.search(head)
    size = int(found[1]) if found else -1
    if not 0 <= size <= MAX_UPLOAD:
        raise Dropped
    return size


async def _received(reader: asyncio.StreamReader, budget: Budget, size: int) -> int:
    left = size
    while left:
        part = await reader.read(min(left, CHUNK))
        if not part:
            raise Dropped
        _spend(budget, len(part))
        left -= len(part)
    return size


def _spend(budget: Budget, count: int) -> None:
    if budget.left < count:
        raise Dropped
    budget.left -= count
