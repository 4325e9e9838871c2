"""The control connection of a measurement: one JSON object a line, both ways, over TLS (plain only on loopback).

Everything that can go wrong here has its own stable reason, because "the test failed" helps nobody:

* ``server-unreachable`` no connection; ``tls`` it is not the province's server; ``token-…`` it refused our leave;
* ``server-hung`` it does not answer; ``server-gone`` it closed; ``protocol`` what it says makes no sense.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent.frame import ProbeError

MAX_LINE = 64 * 1024
PATIENCE = 5.0  # seconds for any one answer
SEGMENT = 1_448
HANDSHAKES = 6_000  # bytes of TCP's and TLS's, with two certificates
MESSAGE = 150  # bytes of headers around a message: TLS, TCP, IP, Ethernet, and the acknowledgement

Message = dict[str, Any]


class Control:
    """One open control connection. Answers to pings find their sender; all other messages queue up in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._messages: asyncio.Queue[Message | ProbeError] = asyncio.Queue()
        self._pongs: dict[int, asyncio.Future[float]] = {}
        self._pings = 0
        self.said = 0  # bytes of messages, both ways

    @property
    def addresses(self) -> tuple[str, str]:
        """Our own address on this path, and the server's."""
        own, peer = self._writer.get_extra_info("sockname"), self._writer.get_extra_info("peername")
        return str(own[0]), str(peer[0])

    @property
    def segment(self) -> int:
        """Payload bytes of a full TCP segment on this path."""
        try:
            size = int(self._writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
        except (OSError, AttributeError):
            return SEGMENT
        return min(max(size, 500), SEGMENT)  # the loopback device has far larger ones, and no line has

    @property
    def bytes_used(self) -> int:
        """On the line so far, about: messages in records in packets, and the handshakes."""
        return HANDSHAKES + self.said + MESSAGE * (self._pings * 2 + 40)

    def send(self, **message: Any) -> None:
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self.said += len(line)
        self._writer.write(line)

    async def receive(self, *expected: str) -> Message:
        """The next message; its ``op`` must be one of ``expected``. Raises ProbeError."""
        try:
            async with asyncio.timeout(PATIENCE):
                return self._checked(await self._messages.get(), expected)
        except TimeoutError:
            raise ProbeError("server-hung", f"no answer within {PATIENCE:.0f} s; expected {expected[0]}") from None

    def take(self, *expected: str) -> Message | None:
        """As :meth:`receive`, without waiting: None when nothing came."""
        return None if self._messages.empty() else self._checked(self._messages.get_nowait(), expected)

    def _checked(self, message: Message | ProbeError, expected: tuple[str, ...]) -> Message:
        if isinstance(message, ProbeError):
            self._messages.put_nowait(message)  # it stays the last word for whoever asks next
            raise message
        if message["op"] not in expected:
            raise ProbeError("protocol", f"expected {' or '.join(expected)}, got {message['op']:.40}")
        return message

    async def ping(self) -> float:
        """Round-trip time in seconds through both user spaces. Raises TimeoutError after PATIENCE."""
        loop = asyncio.get_running_loop()
        self._pings += 1
        number, answer = self._pings, loop.create_future()
        self._pongs[number] = answer
        sent = loop.time()
        self.send(op="ping", n=number)
        try:
            async with asyncio.timeout(PATIENCE):
                arrived: float = await answer
            return arrived - sent
        finally:
            self._pongs.pop(number, None)

    async def listen(self) -> None:
        """Hand out what arrives until the connection ends; never raises."""
        try:
            while True:
                line = await self._reader.readline()
                self.said += len(line)
                if not line.endswith(b"\n"):
                    raise ProbeError("server-gone", "the measurement server closed the connection")
                self._take(line)
        except ProbeError as error:
            self._messages.put_nowait(error)
        except ValueError:
            self._messages.put_nowait(ProbeError("protocol", "a line that is too long"))
        except OSError as error:
            self._messages.put_nowait(ProbeError("server-gone", str(error)))

    def _take(self, line: bytes) -> None:
        now = asyncio.get_running_loop().time()
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise ProbeError("protocol", f"not JSON: {line[:40]!r}") from None
        if not isinstance(message, dict) or not isinstance(message.get("op"), str):
            raise ProbeError("protocol", "a message without op")
        if message["op"] != "pong":
            self._messages.put_nowait(message)
            return
        answer = self._pongs.get(message.get("n", 0)) if isinstance(message.get("n"), int) else None
        if answer is not None and not answer.done():
            answer.set_result(now)


@asynccontextmanager
async def connected(host: str, port: int, context: ssl.SSLContext | None) -> AsyncIterator[Control]:
    """An open control connection that is closed at the end. Raises ProbeError."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=host if context else None, limit=MAX_LINE
            )
    except TimeoutError:
        raise ProbeError("server-unreachable", f"{host} port {port}: no answer within {PATIENCE:.0f} s") from None
    except ssl.SSLError as error:
        raise ProbeError("tls", f"{host} port {port}: {error.reason or error}") from None
    except OSError as error:
        raise ProbeError("server-unreachable", f"{host} port {port}: {error.strerror or error}") from None
    control = Control(reader, writer)
    listening = asyncio.create_task(control.listen())
    try:
        yield control
    finally:
        listening.cancel()
        writer.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


def number(message: Message, name: str) -> float:
    """A finite number of 0 or more out of a message. Raises ProbeError."""
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise ProbeError("protocol", f"{name} is {value!r:.40}")
    return value


def points(message: Message) -> list[tuple[float, int]]:
    """The slices that the server counted. Raises ProbeError."""
    rows = message.get("points")
    if not isinstance(rows, list) or len(rows) > 10_000:
        raise ProbeError("protocol", "no list of points")
    found = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not all(isinstance(value, int | float) for value in row):
            raise ProbeError("protocol", f"a point is {row!r:.40}")
        if not (0 <= row[0] < 1e6 and 0 <= row[1] < 1e15):
            raise ProbeError("protocol", f"a point is {row!r:.40}")
        found.append((float(row[0]), int(row[1])))
    return found
