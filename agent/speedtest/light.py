"""A light measurement, for hours in which a class needs the line: at most 1 MB both ways, headers included.

Packet trains over UDP tell how fast the line still is (agent/speedtest/train.py); where UDP does not pass, or the
server is older, a short burst over TCP says at least how fast it was. Neither is exact. They are there to notice that
a line lost half of what it had, and never stand in one statistic with full measurements.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

from agent.frame import ProbeError
from agent.lan.wan import Span
from agent.speedtest.context import Counters, counters
from agent.speedtest.control import Control, Message, connected, number
from agent.speedtest.echo import PACKET, Echo, Tally, echoing
from agent.speedtest.engine import Around, Plan, Surroundings, hello, idle
from agent.speedtest.estimate import ramp_for
from agent.speedtest.legs import Bulk, Leg, Way
from agent.speedtest.others import span
from agent.speedtest.train import FRAME, Capacity, Train, capacity

MOST_BYTES = 1_000_000  # both ways, on the line
RESERVE = 60_000  # of them for TLS, control and questions
PINGS, ECHOES, GAP = 6, 20, 0.02
FIRST = 40  # packets of the first train, and of any: what small routers have room for
FURTHER_SECONDS = 0.05  # of a further train on the line: longer ones only overflow queues
FURTHER = 4  # trains after it
FAST = 300e6  # bits per second; beyond it a short train is all bucket, and the rest goes in one
SLOW = 3e6  # and below it two trains are all that time allows
PAUSE = 0.1  # seconds between trains, so that what the last one filled is empty again
QUIET, LONGEST = 0.3, 3.0  # seconds without an arrival, and in all, after which a train is over
GROUP = 8  # datagrams that the kernel gets in one go, so that Python is not what paces a train
SIZES = (500, 1_472)  # payload bytes of a datagram
BURST_SECONDS = 3.0
UDP_SEGMENT = 103  # linux/udp.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One direction."""

    way: Way
    bits_per_second: float
    half_width: float
    is_bound: bool  # at least so fast
    by: str  # "trains", "burst"
    trains: int
    packets: int
    lost: int
    bytes_used: int  # on the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    idle_rtts: list[float]
    idle_udp: Tally | None
    down: Guess
    up: Guess
    around: Around
    bytes_used: int
    before: tuple[Counters, Counters, float] | None  # around the idle pings, and seconds
    wan: Span | None = None  # what the school's router carried from the idle pings to the end


async def measure_light(plan: Plan, until: float) -> Light:
    """Measure; ``until`` by the loop's clock. Raises ProbeError and Skip."""
    loop = asyncio.get_running_loop()
    async with connected(plan.host, plan.port, plan.context) as control:
        welcome = await hello(control, plan.token)
        looking = Surroundings.of(control, welcome, plan.router)
        wan_before = await looking.others.total()
        first, began = counters(looking.interface.name), loop.time()
        rtts = await idle(control, PINGS)
        second, lasted = counters(looking.interface.name), loop.time() - began
        each = (min(plan.max_bytes, MOST_BYTES, int(number(welcome, "max_bytes"))) - RESERVE) // 2
        if each < FIRST * SIZES[0]:
            raise ProbeError("budget", "too few bytes are allowed to say anything")
        async with echoing(control.addresses[1], welcome.get("udp")) as echo:
            udp = await echo.ask_some(ECHOES, GAP) if echo else None
            guesses = []
            ways: tuple[Way, ...] = ("down", "up")
            for way in ways:
                if until - loop.time() < 2 * LONGEST:
                    raise ProbeError("deadline", "no time is left for a direction")
                if echo is not None and echo.is_answered:
                    guesses.append(await _Trains(control, echo, each).way(way))
                else:
                    bulk = _bulk(control, welcome, looking, min(rtts))
                    guesses.append(_burst(await bulk.leg(way, BURST_SECONDS, int(each / 1.1))))
            wan_after = await looking.others.total()
            control.send(op="bye")
            asked = sum(echo.bytes_used) if echo else 0
            return Light(
                idle_rtts=rtts,
                idle_udp=udp,
                down=guesses[0],
                up=guesses[1],
                around=looking.seen(),
                bytes_used=asked + sum(guess.bytes_used for guess in guesses) + control.bytes_used,
                before=(first, second, lasted) if first and second else None,
                wan=span(wan_before, wan_after),
            )


def _bulk(control: Control, welcome: Message, looking: Surroundings, rtt: float) -> Bulk:
    return Bulk(
        control=control,
        host=control.addresses[1],
        port=int(number(welcome, "bulk_port")),
        streams=1,
        interface=looking.interface,
        ramp=ramp_for(rtt),
        others=looking.others,
    )


def _burst(leg: Leg) -> Guess:
    """A burst that slow start never let grow says how fast the line was at least."""
    if leg.estimate is None or not leg.estimate.bits_per_second:
        raise ProbeError("stalled", f"{leg.way}: too few bytes arrived to say anything")
    return Guess(
        way=leg.way,
        bits_per_second=leg.estimate.bits_per_second,
        half_width=1.0,
        is_bound=True,
        by="burst",
        trains=0,
        packets=0,
        lost=0,
        bytes_used=int(leg.bytes_used * 1.1),
    )


class _Trains:
    """One direction's trains within ``budget`` bytes on the line."""

    def __init__(self, control: Control, echo: Echo, budget: int) -> None:
        self._control, self._echo, self._left = control, echo, budget
        self._size = min(max(control.segment, SIZES[0]), SIZES[1])
        self._budget = budget

    async def way(self, way: Way) -> Guess:
        """Raises ProbeError."""
        trains = [await self._train(way, FIRST)]
        found = capacity(trains, self._size, self._control.segment)
        further = FURTHER if found is not None and found.bits_per_second < FAST else 1
        packets = self._left // (self._size + FRAME) // further
        if found is not None and further > 1:
            room = int(found.bits_per_second / 8 * FURTHER_SECONDS / self._size)
            packets = min(packets, max(FIRST, room))
            further = 1 if found.bits_per_second < SLOW else further
        is_fast = further == 1 and packets > FIRST
        kept = [] if is_fast else trains
        for _ in range(further):
            await asyncio.sleep(PAUSE)
            kept.append(await self._train(way, packets))
        found = capacity(kept, self._size, self._control.segment) or found
        if found is None:
            raise ProbeError("stalled", f"{way}: too few packets arrived to say anything")
        return _guess(way, found, self._budget - self._left)

    async def _train(self, way: Way, packets: int) -> Train:
        self._echo.train += 1
        self._left -= packets * (self._size + FRAME)
        return await (self._down if way == "down" else self._up)(packets)

    async def _down(self, packets: int) -> Train:
        echo, control = self._echo, self._control
        echo.arrivals = []
        what = {"direction": "down", "train": echo.train, "packets": packets, "size": self._size}
        control.send(op="train", cookie=echo.cookie, **what)
        answer = await control.receive("trained")
        sent = int(number(answer, "packets"))
        await self._over(sent)
        return Train(sent, number(answer, "seconds"), list(echo.arrivals))

    async def _over(self, packets: int) -> None:
        loop, echo = asyncio.get_running_loop(), self._echo
        began = moved = loop.time()
        count = -1
        while len(echo.arrivals) < packets and loop.time() - moved < QUIET and loop.time() - began < LONGEST:
            if len(echo.arrivals) != count:
                count, moved = len(echo.arrivals), loop.time()
            await asyncio.sleep(0.02)

    async def _up(self, packets: int) -> Train:
        control, number_ = self._control, self._echo.train
        control.send(op="train", direction="up", train=number_, packets=packets, size=self._size)
        await control.receive("listen")
        seconds = await self._send(number_, packets)
        control.send(op="arrivals", packets=packets)
        return Train(packets, seconds, _arrivals(await control.receive("arrivals")))

    async def _send(self, train: int, packets: int) -> float:
        """Seconds that it took to hand them to the kernel."""
        loop, filling = asyncio.get_running_loop(), os.urandom(self._size - 28)
        head = PACKET + self._echo.nonce + struct.pack("!I", train)
        datagrams = [head + struct.pack("!I", index) + filling for index in range(packets)]
        segment = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("@H", self._size))]
        began = loop.time()
        for first in range(0, packets, GROUP):
            group = datagrams[first : first + GROUP]
            try:
                await self._hand_over(b"".join(group), segment if len(group) > 1 else [])
            except OSError:  # a kernel or a card that does not cut for us
                for datagram in group:
                    with contextlib.suppress(OSError):
                        await self._hand_over(datagram, [])
        return loop.time() - began

    async def _hand_over(self, data: bytes, told: list[tuple[int, int, bytes]]) -> None:
        loop, line = asyncio.get_running_loop(), self._echo.socket
        while True:
            try:
                line.sendmsg([data], told)
            except BlockingIOError:
                free = asyncio.Event()
                loop.add_writer(line, free.set)
                try:
                    await free.wait()
                finally:
                    loop.remove_writer(line)
            else:
                return


def _guess(way: Way, found: Capacity, used: int) -> Guess:
    return Guess(
        way=way,
        bits_per_second=found.bits_per_second,
        half_width=found.half_width,
        is_bound=found.is_bound,
        by="trains",
        trains=found.trains,
        packets=found.packets,
        lost=found.lost,
        bytes_used=used,
    )


def _arrivals(message: Message) -> list[tuple[int, float]]:
    """What the server saw: index and seconds. Raises ProbeError."""
    rows: Any = message.get("arrivals")
    if not isinstance(rows, list) or len(rows) > 1_000:
        raise ProbeError("protocol", "no list of arrivals")
    found = []
    for row in rows:
        if (
            not isinstance(row, list)
            or len(row) != 2
            or not all(type(value) is int and 0 <= value < 1e9 for value in row)
        ):
            raise ProbeError("protocol", f"an arrival is {row!r:.40}")
        found.append((row[0], row[1] / 1e6))
    return found
