"""One measurement from hello to bye: idle round-trip time, then down, then up, each until the figure is steady."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.frame import ProbeError, Skip
from agent.speedtest import tcp_info
from agent.speedtest.context import Counters, Interface, Load, counters, interface_of
from agent.speedtest.control import PATIENCE, Control, Message, connected, number, points
from agent.speedtest.estimate import Estimate, Points, estimate, ramp_for
from agent.speedtest.streams import Sink, Source, abort, congestion, tune
from agent.speedtest.tcp_info import TcpInfo

VERSION = 1
IDLE_PINGS = 12
IDLE_GAP = 0.05  # seconds
LOADED_GAP = (0.2, 0.5)  # seconds between pings under load: on a fast line, on one below SLOW
SLOW = 5e6  # bits per second; below it each ping would be worth a tenth of a per cent of the line
TICK = 0.025  # seconds between two looks at what was counted
STALL = 5.0  # seconds without a byte
NEAR = 0.003  # seconds of round-trip time; below it one stream fills any line, and more only overflow a router's queue
GRAINS = 64  # points that a budget gives at least, on lines so fast that it lasts no second
TALK = 3.0  # seconds kept back for opening and closing a direction

Way = Literal["down", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    host: str
    port: int
    token: str
    context: ssl.SSLContext | None
    streams: int = 4
    max_seconds: float = 8.0  # of one direction
    max_bytes: int = 1_000_000_000  # both ways


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    idle_rtts: list[float]
    down: Leg
    up: Leg
    interface: Interface
    own_cpu: float
    waited: float | None  # share of the time that we waited for a processor
    machine_cpu: float
    is_loopback: bool
    public_address: str  # how the server sees us
    streams: int
    before: tuple[Counters, Counters, float] | None = field(default=None)  # around the idle pings, and seconds


async def measure(plan: Plan, until: float) -> Measured:
    """Measure; ``until`` by the loop's clock. Raises ProbeError and Skip."""
    async with connected(plan.host, plan.port, plan.context) as control:
        welcome = await _hello(control, plan.token)
        load, (own, peer) = Load(), control.addresses
        interface = interface_of(own)
        first, began = counters(interface.name), asyncio.get_running_loop().time()
        idle = await _idle(control)
        wanted = plan.streams if min(idle) >= NEAR else 1
        streams = max(1, min(wanted, int(number(welcome, "max_streams"))))
        second, lasted = counters(interface.name), asyncio.get_running_loop().time() - began
        test = _Test(control, peer, int(number(welcome, "bulk_port")), streams, interface, ramp_for(min(idle)))
        longest = min(plan.max_seconds, number(welcome, "max_seconds"))
        budget = min(plan.max_bytes, int(number(welcome, "max_bytes"))) // 2
        down = await test.leg("down", _seconds(until, 2, longest), budget)
        up = await test.leg("up", _seconds(until, 1, longest), budget)
        control.send(op="bye")
        return Measured(
            idle_rtts=idle,
            down=down,
            up=up,
            interface=interface,
            own_cpu=load.own(),
            waited=load.waited(),
            machine_cpu=load.machine(),
            is_loopback=interface.medium == "loopback" or own == peer,
            public_address=str(welcome.get("peer", ""))[:64],
            streams=streams,
            before=(first, second, lasted) if first and second else None,
        )


def _seconds(until: float, legs: int, longest: float) -> float:
    """What is left for each of ``legs`` directions. Raises ProbeError when it is too little to say anything."""
    left = (until - asyncio.get_running_loop().time()) / legs - TALK
    if left < 1.0:
        raise ProbeError("deadline", "no time is left for a direction")
    return min(left, longest)


async def _hello(control: Control, token: str) -> Message:
    control.send(op="hello", v=VERSION, token=token)
    answer = await control.receive("welcome", "refused")
    if answer["op"] == "welcome":
        return answer
    reason = str(answer.get("reason", ""))[:40]
    if reason == "server-busy":
        raise Skip("server-busy", f"the measurement server is full; again in {number(answer, 'retry_after'):.0f} s")
    raise ProbeError(reason or "refused", "the measurement server refused the leave to measure")


async def _idle(control: Control) -> list[float]:
    rtts = []
    try:
        for _ in range(IDLE_PINGS):
            rtts.append(await control.ping())
            await asyncio.sleep(IDLE_GAP)
    except TimeoutError:
        control.take("pong")  # raises when the connection is gone
        raise ProbeError("server-hung", f"no answer to a ping within {PATIENCE:.0f} s") from None
    return rtts


class _Test:
    def __init__(
        self, control: Control, host: str, bulk_port: int, streams: int, interface: Interface, ramp: float
    ) -> None:
        self._control, self._host, self._port = control, host, bulk_port
        self._streams, self._interface, self._ramp = streams, interface, ramp

    async def leg(self, way: Way, seconds: float, budget: int) -> Leg:
        control = self._control
        control.send(op="start", direction=way, streams=self._streams, seconds=seconds + 1.0, bytes=budget)
        nonces = (await control.receive("nonces")).get("nonces")
        if not isinstance(nonces, list) or len(nonces) != self._streams:
            raise ProbeError("protocol", "other than one nonce for each stream")
        async with self._bulk([str(nonce) for nonce in nonces]) as streams:
            before = counters(self._interface.name)
            counted: Points = []
            sink = Sink(streams, max(1, budget // GRAINS), counted) if way == "down" else None
            await control.receive("go")
            flow = sink or Source(streams)
            rtts: list[float] = []
            pinging = asyncio.create_task(self._ping(counted, rtts))
            try:
                ended, done = await self._until_steady(flow, counted, seconds, budget)
            finally:
                flow.stop()
                pinging.cancel()
            sender, used = tcp_info.of(streams), congestion(streams[0])
            if done is None:
                control.send(op="stop")
                if way == "up":
                    abort(streams)  # what still waits in our kernel would only fill the line
                done = await self._done(counted)
        server_info = tcp_info.total(_infos(done))
        return Leg(
            way=way,
            points=counted,
            estimate=estimate(counted, self._ramp),
            ended=ended,
            bytes_used=_spent(server_info, int(number(done, "bytes")))
            if way == "down"
            else _spent(sender, counted[-1][1]),
            rtts=rtts,
            sender=server_info if way == "down" else sender,
            congestion=str(done.get("congestion", ""))[:16] if way == "down" else used,
            own_bytes=flow.received if isinstance(flow, Sink) else sender.bytes_acked,
            server={name: number(done, name) for name in ("bytes", "seconds", "cpu")},
            before=before,
            after=counters(self._interface.name),
        )

    @asynccontextmanager
    async def _bulk(self, nonces: list[str]) -> AsyncIterator[list[socket.socket]]:
        """One connected stream for each nonce; dropped at the end. Raises ProbeError."""
        loop, family = asyncio.get_running_loop(), socket.AF_INET6 if ":" in self._host else socket.AF_INET
        streams: list[socket.socket] = []
        try:
            async with asyncio.timeout(PATIENCE):
                for nonce in nonces:
                    stream = socket.socket(family, socket.SOCK_STREAM)
                    streams.append(stream)
                    tune(stream)
                    await loop.sock_connect(stream, (self._host, self._port))
                    await loop.sock_sendall(stream, nonce.encode() + b"\n")
            yield streams
        except TimeoutError:
            raise ProbeError("bulk-blocked", f"port {self._port}: no answer within {PATIENCE:.0f} s") from None
        except OSError as error:
            raise ProbeError("bulk-blocked", f"port {self._port}: {error.strerror or error}") from None
        finally:
            abort(streams)

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
            while message := self._control.take("points", "done"):
                if message["op"] == "done":
                    return _why(message), message
                counted += points(message)
            if len(counted) > seen:
                moved, seen = now, len(counted)
                found = estimate(counted, self._ramp)
                if found is not None and found.is_steady:
                    return "steady", None
            if now - moved > STALL:
                raise ProbeError("stalled", f"no byte arrived for {STALL:.0f} s")
            if now - began > seconds:
                return "seconds", None
            if (flow.received if isinstance(flow, Sink) else flow.handed) >= budget:
                return "bytes", None

    async def _done(self, counted: Points) -> Message:
        while (message := await self._control.receive("points", "done"))["op"] != "done":
            counted += points(message)
        return message

    async def _ping(self, counted: Points, rtts: list[float]) -> None:
        """Round-trip times under load, from the end of the ramp on; one that is lost is not counted."""
        await asyncio.sleep(self._ramp)
        while True:
            with contextlib.suppress(TimeoutError):
                rtts.append(await self._control.ping())
            is_slow = not counted or counted[-1][1] * 8 < SLOW * counted[-1][0]
            await asyncio.sleep(LOADED_GAP[is_slow])


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
