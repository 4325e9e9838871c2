"""One direction of a measurement: bulk until the figure is steady, with round trips under that load beside it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.bulk import Points, abort, congestion, tune
from agent.frame import ProbeError
from agent.lan.wan import Span
from agent.speedtest import tcp_info
from agent.speedtest.context import Counters, Interface, counters
from agent.speedtest.control import PATIENCE, Control, Message, number, points
from agent.speedtest.echo import Echo
from agent.speedtest.estimate import STEADY_SECONDS, Estimate, estimate
from agent.speedtest.others import Others, span
from agent.speedtest.streams import Sink, Source
from agent.speedtest.tcp_info import TcpInfo

LOADED_GAP = (0.2, 0.5)  # seconds between pings under load: on a fast line, on one below SLOW
ECHO_GAP = (0.05, 0.5)  # the same for questions over UDP
SLOW = 5e6  # bits per second; below it each ping would be worth a tenth of a per cent of the line
TICK = 0.025  # seconds between two looks at what was counted
STALL = 5.0  # seconds without a byte
# A direction that is not steady by then ends once it has taken so many bytes: 75 MB both ways at 100 Mbit/s, with all
# headers. A slower line takes fewer bytes until its time is over.
DEAR_SECONDS = 2.1  # after the ramp
DEAR_BYTES = 33_400_000  # payload

Way = Literal["down", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One direction, as both sides saw it."""

    way: Way
    points: Points  # by the receiver
    estimate: Estimate | None
    ended: str  # "steady", "seconds", "bytes"
    bytes_used: int
    rtts: list[float]
    sender: TcpInfo
    congestion: str
    own_bytes: int  # by our own side: received (down), acknowledged (up)
    server: dict[str, float]  # its view: bytes, seconds, cpu
    before: Counters | None
    after: Counters | None
    asked: tuple[int, int] = (0, 0)  # the questions over UDP that were asked meanwhile: first, past
    asked_bytes: int = 0  # that they took, each way
    wan: Span | None = None  # what the school's router carried meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """How both directions are measured."""

    control: Control
    host: str
    port: int
    streams: int
    interface: Interface
    ramp: float
    others: Others
    steady: float = STEADY_SECONDS  # counted at least
    echo: Echo | None = field(default=None)

    async def leg(self, way: Way, seconds: float, budget: int) -> Leg:
        """``budget`` is payload bytes. Raises ProbeError."""
        control, wan_before = self.control, await self.others.total()
        control.send(op="start", direction=way, streams=self.streams, seconds=seconds + 1.0, bytes=budget)
        nonces = (await control.receive("nonces")).get("nonces")
        if not isinstance(nonces, list) or len(nonces) != self.streams:
            raise ProbeError("protocol", "other than one nonce for each stream")
        async with self._opened([str(nonce) for nonce in nonces]) as streams:
            before = counters(self.interface.name)
            counted: Points = []
            sink = Sink(streams, budget, counted) if way == "down" else None
            await control.receive("go")
            flow = sink or Source(streams, budget)
            rtts: list[float] = []
            first, used_before = self._asked()
            async with self._beside(counted, rtts):
                try:
                    ended, done = await self._until_steady(flow, counted, seconds, budget)
                finally:
                    flow.stop()
            past, used_after = self._asked()
            sender, used = tcp_info.of(streams), congestion(streams[0])
            if done is None:
                control.send(op="stop")
                if way == "up":
                    abort(streams)  # what still waits in our kernel would only fill the line
                done = await self._done(counted)
        after, wan_after = counters(self.interface.name), await self.others.total()
        server_info = tcp_info.total(_infos(done))
        return Leg(
            way=way,
            points=counted,
            estimate=estimate(counted, self.ramp),
            ended=ended,
            bytes_used=_spent(server_info, int(number(done, "bytes")))
            if way == "down"
            else _spent(sender, counted[-1][1] if counted else 0),
            rtts=rtts,
            sender=server_info if way == "down" else sender,
            congestion=str(done.get("congestion", ""))[:16] if way == "down" else used,
            own_bytes=flow.received if isinstance(flow, Sink) else sender.bytes_acked,
            server={name: number(done, name) for name in ("bytes", "seconds", "cpu")},
            before=before,
            after=after,
            asked=(first, past),
            asked_bytes=used_after - used_before,
            wan=span(wan_before, wan_after),
        )

    @asynccontextmanager
    async def _opened(self, nonces: list[str]) -> AsyncIterator[list[socket.socket]]:
        """One connected stream for each nonce; dropped at the end. Raises ProbeError."""
        loop, family = asyncio.get_running_loop(), socket.AF_INET6 if ":" in self.host else socket.AF_INET
        streams: list[socket.socket] = []
        try:
            async with asyncio.timeout(PATIENCE):
                for nonce in nonces:
                    stream = socket.socket(family, socket.SOCK_STREAM)
                    streams.append(stream)
                    stream.setblocking(False)
                    tune(stream)
                    await loop.sock_connect(stream, (self.host, self.port))
                    await loop.sock_sendall(stream, nonce.encode() + b"\n")
            yield streams
        except TimeoutError:
            raise ProbeError("bulk-blocked", f"port {self.port}: no answer within {PATIENCE:.0f} s") from None
        except OSError as error:
            raise ProbeError("bulk-blocked", f"port {self.port}: {error.strerror or error}") from None
        finally:
            abort(streams)

    def _asked(self) -> tuple[int, int]:
        return (self.echo.count, max(self.echo.bytes_used)) if self.echo else (0, 0)

    @asynccontextmanager
    async def _beside(self, counted: Points, rtts: list[float]) -> AsyncIterator[None]:
        """Round trips under load, from the end of the ramp on; one that is lost is not counted."""

        def is_slow() -> bool:
            return not counted or counted[-1][1] * 8 < SLOW * counted[-1][0]

        async def ping() -> None:
            await asyncio.sleep(self.ramp)
            while True:
                with contextlib.suppress(TimeoutError):
                    rtts.append(await self.control.ping())
                await asyncio.sleep(LOADED_GAP[is_slow()])

        async def ask(echo: Echo) -> None:
            await asyncio.sleep(self.ramp)
            await echo.ask_on(lambda: ECHO_GAP[is_slow()])

        tasks = [asyncio.create_task(ping())]
        if self.echo is not None and self.echo.is_answered:
            tasks.append(asyncio.create_task(ask(self.echo)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    async def _until_steady(
        self, flow: Sink | Source, counted: Points, seconds: float, budget: int
    ) -> tuple[str, Message | None]:
        """Why it ended, and the server's last word when the server ended it."""
        loop = asyncio.get_running_loop()
        began = moved = loop.time()
        seen = 0
        while True:
            await asyncio.sleep(TICK)
            now = loop.time()
            while message := self.control.take("points", "done"):
                if message["op"] == "done":
                    return _why(message), message
                counted += points(message)
            if len(counted) > seen:
                moved, seen = now, len(counted)
                found = estimate(counted, self.ramp)
                if found is not None and found.is_steady_after(self.steady):
                    return "steady", None
            if now - moved > STALL:
                raise ProbeError("stalled", f"no byte arrived for {STALL:.0f} s")
            if now - began > seconds:
                return "seconds", None
            if isinstance(flow, Sink) and flow.received >= budget:
                return "bytes", None  # going up the server says so, when all of it arrived
            if is_dear(counted, self.ramp):
                return "bytes", None

    async def _done(self, counted: Points) -> Message:
        while (message := await self.control.receive("points", "done"))["op"] != "done":
            counted += points(message)
        return message


def is_dear(counted: Points, ramp: float) -> bool:
    """Whether a direction has taken enough, though it is not steady."""
    return bool(counted) and counted[-1][0] >= ramp + DEAR_SECONDS and counted[-1][1] >= DEAR_BYTES


def _why(done: Message) -> str:
    """The server ended it: by a bound, or because the streams or itself broke."""
    why = done.get("why")
    if why in ("bytes", "seconds"):
        return str(why)
    raise ProbeError("server-gone", "the measurement server lost the streams in the middle")


def _spent(sender: TcpInfo, counted: int) -> int:
    """Payload bytes that a sender put on the line, retransmissions included, where its kernel tells."""
    return sender.bytes_sent or counted


def _infos(done: Message) -> list[bytes]:
    infos: Any = done.get("tcp_info")
    try:
        return [bytes.fromhex(info) for info in infos[:64]]
    except (TypeError, ValueError):
        raise ProbeError("protocol", "tcp_info is no list of hexadecimal texts") from None
