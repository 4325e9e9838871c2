"""One test: what a box with a good token may do, one JSON object a line.

``start`` (direction, streams, seconds, bytes) is answered by ``nonces``; when the streams are there, ``go``; then
bytes flow until ``stop`` or a bound; ``done`` says what this side saw. ``ping`` is answered at once, also in between;
``bye`` ends. What came later is named in ``welcome`` with a version of its own, so that a box asks only for what there
is and an older box sees nothing new. ``udp`` 1: ``train`` (direction, train, packets, size; down also cookie) is
answered by ``trained`` or ``listen``, and ``arrivals`` by the train's arrivals (controller/measure/datagrams.py).
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from agent.bulk import congestion, tcp_info
from controller.measure.bulk import GREETING_SECONDS, Door, Flow, Sink, Source
from controller.measure.datagrams import PACKET_BYTES, PACKETS, TRAINS, Budget, Datagrams, Talk

VERSION = 1
TESTS = 8
IDLE = 15.0  # seconds without a word: dropped
REPORT = 0.25  # seconds between two reports of an upload's count
UNREAD = 256 * 1024  # bytes of answers that a box may leave unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    tests: int = TESTS  # at once; others are told when to come again
    seconds: float = 60.0  # of one test
    direction_seconds: float = 30.0
    streams: int = 16


class Garbage(Exception):
    """A line that no box sends: the connection is dropped without an answer."""


class Lines:
    """The control connection as JSON objects."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def receive(self, seconds: float) -> dict[str, Any]:
        """Raises Garbage, TimeoutError or OSError."""
        async with asyncio.timeout(seconds):
            try:
                line = await self._reader.readline()
            except ValueError:
                raise Garbage("a line that is too long") from None
        try:
            message = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Garbage("no JSON object")
        return message

    def send(self, **message: Any) -> None:
        if self._writer.transport.get_write_buffer_size() > UNREAD:
            raise Garbage("answers are not read")
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")


class Session:
    def __init__(
        self, lines: Lines, door: Door, limits: Limits, budget: Budget, datagrams: Datagrams | None, talk: Talk | None
    ) -> None:
        self._lines, self._door, self._limits, self._budget = lines, door, limits, budget
        self._datagrams, self._talk = datagrams, talk

    async def run(self) -> None:
        """Until ``bye``. Raises Garbage, TimeoutError or OSError."""
        while True:
            message = await self._lines.receive(IDLE)
            match message.get("op"):
                case "ping":
                    self._pong(message)
                case "start":
                    await self._direction(*self._asked(message))
                case "train":
                    await self._train(message)
                case "arrivals":
                    await self._arrivals(message)
                case "stop":  # it crossed our "done" on the way
                    continue
                case "bye":
                    return
                case _:
                    raise Garbage("unknown op")

    def _pong(self, message: dict[str, Any]) -> None:
        number = message.get("n")
        if not isinstance(number, int):
            raise Garbage("ping without a number")
        self._lines.send(op="pong", n=number)

    def _asked(self, message: dict[str, Any]) -> tuple[str, int, float, int]:
        """Direction, streams, seconds and bytes, the last two cut to what is allowed."""
        direction, streams, seconds, count = (message.get(n) for n in ("direction", "streams", "seconds", "bytes"))
        if direction not in ("down", "up") or not isinstance(streams, int):
            raise Garbage("start without direction and streams")
        if not isinstance(seconds, int | float) or not isinstance(count, int):
            raise Garbage("start without seconds and bytes")
        if not (1 <= streams <= self._limits.streams and 0 < seconds < 1e6 and count > 0):
            raise Garbage("start beyond the limits")
        return direction, streams, min(seconds, self._limits.direction_seconds), min(count, self._budget.left)

    async def _train(self, message: dict[str, Any]) -> None:
        direction, number, packets, size, cookie = (
            message.get(name) for name in ("direction", "train", "packets", "size", "cookie")
        )
        if self._datagrams is None or self._talk is None:
            raise Garbage("a train, which is not offered")
        if not (_is_int(number, 0, 2**32 - 1) and _is_int(packets, *PACKETS) and _is_int(size, *PACKET_BYTES)):
            raise Garbage("a train beyond the limits")
        self._talk.trains += 1
        if self._talk.trains > TRAINS:
            raise Garbage("too many trains")
        if direction == "up":
            self._talk.listening, self._talk.arrivals = number, []
            self._lines.send(op="listen", train=number)
        elif direction == "down" and cookie == self._talk.cookie.hex() and cookie:
            sent, seconds = await self._datagrams.send_train(self._talk, number, packets, size)
            self._lines.send(op="trained", train=number, packets=sent, seconds=seconds)
        else:
            raise Garbage("a train to nowhere")

    async def _arrivals(self, message: dict[str, Any]) -> None:
        packets = message.get("packets")
        if self._datagrams is None or self._talk is None or self._talk.listening is None:
            raise Garbage("arrivals of no train")
        if not _is_int(packets, *PACKETS):
            raise Garbage("arrivals beyond the limits")
        number = self._talk.listening
        self._lines.send(op="arrivals", train=number, arrivals=await self._datagrams.arrivals(self._talk, packets))

    async def _direction(self, direction: str, count: int, seconds: float, budget: int) -> None:
        nonces = self._door.expect(count)
        try:
            self._lines.send(op="nonces", nonces=list(nonces))
            async with asyncio.timeout(GREETING_SECONDS):
                streams = await asyncio.gather(*nonces.values())
            self._lines.send(op="go")
            await self._flow(direction, streams, seconds, budget)
        finally:
            self._door.forget(nonces)

    async def _flow(self, direction: str, streams: Sequence[socket.socket], seconds: float, budget: int) -> None:
        """Until the box says stop or a bound is met; then say what was seen."""
        ending: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        flow = (Source if direction == "down" else Sink)(streams, budget, ending)
        cpu, listening = time.process_time(), asyncio.create_task(self._listen())
        reporting = asyncio.create_task(self._report(flow))
        try:
            waited: set[asyncio.Future[Any]] = {ending, listening, reporting}
            await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            lasted, cpu = flow.seconds, time.process_time() - cpu
            infos = [info.hex() for info in map(tcp_info, streams) if info]
            control = congestion(streams[0])
        finally:
            flow.stop()
            listening.cancel()
            reporting.cancel()
            heard, reported = await asyncio.gather(listening, reporting, return_exceptions=True)
        for outcome in (heard, reported):
            if isinstance(outcome, Exception):
                raise outcome
        self._budget.left -= flow.count
        self._tell(flow)
        why = ending.result() if ending.done() else "stopped" if heard is None else "seconds"
        seen = {"bytes": flow.count, "seconds": lasted, "cpu": cpu / max(lasted, 1e-3), "congestion": control}
        self._lines.send(op="done", why=why, tcp_info=infos, **seen)

    async def _listen(self) -> None:
        """Answer pings until the box says stop."""
        while (message := await self._lines.receive(IDLE + self._limits.direction_seconds)).get("op") != "stop":
            self._pong(message)

    async def _report(self, flow: Flow) -> None:
        while True:
            await asyncio.sleep(REPORT)
            self._tell(flow)

    def _tell(self, flow: Flow) -> None:
        if isinstance(flow, Sink) and (points := flow.take()):
            self._lines.send(op="points", points=points)


def _is_int(value: Any, low: int, high: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
