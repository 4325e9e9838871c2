"""Who gets in: the control port checks the token, keeps the number of tests bounded, and starts a session.

Nothing that a stranger sends is answered, except one refusal with its reason to a well-formed ``hello``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sqlite3
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from controller.measure.bulk import Crowd, Door
from controller.measure.session import VERSION, Garbage, Limits, Lines, Session
from controller.measure.spent import Spent
from controller.measure.tokens import Claims, TokenError, verify

HELLO_SECONDS = 5.0
MAX_LINE = 8 * 1024
CONNECTIONS = 128  # control connections, those included that have not said hello
RETRY_AFTER = 30  # seconds, about one test
log = logging.getLogger("truongnet.measure")


class Refused(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def _end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    ending = [task for task in tasks if task is not None]
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


class Server:
    def __init__(
        self, key: Ed25519PublicKey, spent: Spent, limits: Limits, clock: Callable[[], float] = time.time
    ) -> None:
        self._key, self._spent, self._limits, self._clock = key, spent, limits, clock
        self._tests = 0
        self.counts = Counter[str]()  # "done", "dropped", "refused:<reason>", for /metrics
        self._crowd = Crowd(CONNECTIONS)
        self._attending: set[asyncio.Task[None] | None] = set()
        self._spending = asyncio.Lock()

    @property
    def running(self) -> int:
        return self._tests

    async def serve(
        self, control: socket.socket, bulk: socket.socket, context: ssl.SSLContext | None, stop: asyncio.Event
    ) -> None:
        """Until ``stop``; tests that still run are cut off. Raises what the bulk port's own loop cannot go on after."""
        self._door = Door(bulk)
        guard, stopping = asyncio.create_task(self._door.run()), asyncio.create_task(stop.wait())
        handshake = HELLO_SECONDS if context else None
        listener = await asyncio.start_server(
            self._connected, sock=control, ssl=context, limit=MAX_LINE, ssl_handshake_timeout=handshake
        )
        try:
            await asyncio.wait((guard, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listener.close()
            await _end(self._attending)
            await _end((guard, stopping))
            self._door.close()
        if not guard.cancelled():
            guard.result()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer, task = writer.get_extra_info("peername"), asyncio.current_task()
        address = str(peer[0]) if peer else ""  # none: gone already
        if not self._crowd.enter(address):
            writer.transport.abort()
            return
        self._attending.add(task)
        try:
            await self._attend(Lines(reader, writer), address, reader, writer)
        except (Garbage, TimeoutError, OSError) as error:
            self.counts["dropped"] += 1
            log.info("dropped: %s", str(error) or type(error).__name__)
        except asyncio.CancelledError:
            log.info("cut off: the server ends")  # by ourselves alone, and asyncio would log a cancelled handler
        finally:
            self._crowd.leave(address)
            self._attending.discard(task)
            writer.transport.abort()

    async def _attend(
        self, lines: Lines, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        hello = await lines.receive(HELLO_SECONDS)
        if hello.get("op") != "hello" or not isinstance(hello.get("token"), str):
            raise Garbage("no hello")
        try:
            if hello.get("v") != VERSION:
                raise Refused("version")
            async with asyncio.timeout(self._limits.seconds):
                await self._test(hello["token"], lines, address)
                self.counts["done"] += 1
        except Refused as refused:
            self.counts[f"refused:{refused.reason}"] += 1
            lines.send(op="refused", reason=refused.reason, retry_after=RETRY_AFTER)
            log.info("refused: %s", refused.reason)
            with contextlib.suppress(TimeoutError, OSError):  # let the box read it before the connection goes
                async with asyncio.timeout(1.0):
                    await writer.drain()
                    await reader.read(1)

    async def _test(self, token: str, lines: Lines, address: str) -> None:
        # No await between the check and the count: two boxes cannot take the same place.
        if self._tests >= self._limits.tests:
            raise Refused("server-busy")
        self._tests += 1
        try:
            claims = await self._admit(token)
            lines.send(
                op="welcome",
                bulk_port=self._door.port,
                max_bytes=claims.max_bytes,
                max_seconds=self._limits.direction_seconds,
                max_streams=self._limits.streams,
                peer=address,
            )
            log.info("test of school %s", claims.school)
            await Session(lines, self._door, self._limits, claims.max_bytes).run()
        finally:
            self._tests -= 1

    async def _admit(self, token: str) -> Claims:
        now = self._clock()
        try:
            claims = verify(token, self._key, now)
        except TokenError as error:
            raise Refused(error.reason) from None
        async with self._spending:  # the disk may take its time: other tests go on measuring meanwhile
            try:
                is_new = await asyncio.to_thread(self._spent.spend, claims.id, claims.exp, now)
            except sqlite3.Error:  # a full disk: who cannot remember must not let anybody in
                log.exception("a spent token could not be written down")
                raise Refused("server-trouble") from None
        if not is_new:
            raise Refused("token-spent")
        return claims
