"""Questions over UDP that the measurement server sends back as they came: loss, round trips and jitter; and the socket
on which its packet trains arrive. The datagrams' layouts stand in controller/measure/datagrams.py.

Arrivals are stamped by the kernel, so that our own work at full speed does not count as the line's delay. The answers
are as long as the questions, and a server that offers none, or a firewall that lets none through, leaves figures out
and breaks nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median
from typing import Any

VERSION = 1
QUESTION, ANSWER, PACKET = b"TNQ1", b"TNA1", b"TNT1"
SIZE = 64  # bytes of a question
FRAME = 42  # Ethernet, IPv4 and UDP headers around a datagram
LATE = 1.0  # seconds after which an answer counts as lost
TURN = 64
SO_TIMESTAMPNS = 35
BUFFER = 1_048_576


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some questions. ``lost_up`` of the lost ones never reached the server."""

    sent: int
    rtts: list[float]  # seconds, in the order of the questions
    lost_up: int

    @property
    def lost(self) -> int:
        return self.sent - len(self.rtts)

    @property
    def loss(self) -> float | None:
        return self.lost / self.sent if self.sent else None

    @property
    def rtt(self) -> float | None:
        return median(self.rtts) if self.rtts else None

    @property
    def jitter(self) -> float | None:
        """Mean absolute difference of neighbours, seconds (RFC 3550's idea without its smoothing)."""
        steps = [abs(later - earlier) for earlier, later in pairwise(self.rtts)]
        return fmean(steps) if steps else None


@dataclass(frozen=True, slots=True)
class Heard:
    rtt: float
    seen: int  # questions that the server had answered or refused by then


@dataclass(slots=True)
class Echo:
    """One test's UDP socket, open and connected."""

    socket: socket.socket
    nonce: bytes
    cookie: str = ""
    arrivals: list[tuple[int, float]] = field(default_factory=list)  # of the train that is under way: index, seconds
    train: int = 0
    _sent: dict[int, tuple[float, float]] = field(default_factory=dict)  # number: by the wall, by the monotonic clock
    _heard: dict[int, Heard] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Questions so far: marks the beginning and the end of a tally."""
        return len(self._sent)

    @property
    def is_answered(self) -> bool:
        return bool(self._heard)

    @property
    def bytes_used(self) -> tuple[int, int]:
        """Sent and received, with the headers of all layers."""
        return len(self._sent) * (SIZE + FRAME), len(self._heard) * (SIZE + FRAME)

    def ask(self) -> None:
        number = len(self._sent) + 1
        self._sent[number] = (time.time(), time.monotonic())
        with contextlib.suppress(OSError):  # not sent is lost
            self.socket.send((QUESTION + self.nonce + struct.pack("!I", number)).ljust(SIZE, b"\0"))

    async def ask_some(self, count: int, gap: float) -> Tally:
        first = self.count
        for _ in range(count):
            self.ask()
            await asyncio.sleep(gap)
        await self.settle()
        return self.tally(first, self.count)

    async def ask_on(self, gap: Callable[[], float]) -> None:
        """Until cancelled."""
        while True:
            self.ask()
            await asyncio.sleep(gap())

    async def settle(self) -> None:
        """Until all answers came or are late."""
        end = time.monotonic() + LATE
        while len(self._heard) < len(self._sent) and time.monotonic() < end:
            await asyncio.sleep(0.02)

    def tally(self, first: int, past: int) -> Tally:
        """Of the questions from ``first`` (as :attr:`count` said) until before ``past``."""
        numbers = range(first + 1, past + 1)
        heard = [(number, self._heard[number]) for number in numbers if number in self._heard]
        rtts = [each.rtt for _, each in heard if each.rtt <= LATE]
        if not heard:
            return Tally(len(numbers), rtts, 0)
        # Of the questions up to the last answered one, those that the server had not seen by then were lost going up.
        before = max((self._heard[n].seen for n in range(first, 0, -1) if n in self._heard), default=0)
        missing = (heard[-1][0] - first) - (heard[-1][1].seen - before)
        return Tally(len(numbers), rtts, min(max(0, missing), len(numbers) - len(rtts)))

    def read(self) -> None:
        for _ in range(TURN):
            try:
                data, told, _, _ = self.socket.recvmsg(2_048, 64)
            except OSError:  # nothing more, or the kernel's word that nobody listens there
                return
            if data[4:20] != self.nonce:
                continue
            if data[:4] == ANSWER and len(data) == SIZE:
                self._take(data, stamp(told))
            elif data[:4] == PACKET and len(data) >= 28:
                train, index = struct.unpack_from("!II", data, 20)
                if train == self.train and len(self.arrivals) < 1_000:
                    self.arrivals.append((index, stamp(told)))

    def _take(self, data: bytes, at: float) -> None:
        number, seen = struct.unpack_from("!II", data, 20)
        if number not in self._sent or number in self._heard:
            return
        wall, mono = self._sent[number]
        by_kernel, by_us = at - wall, time.monotonic() - mono
        # The wall clock may be set in between; the kernel cannot have had it later than we did.
        self._heard[number] = Heard(by_kernel if 0 < by_kernel <= by_us + 0.001 else by_us, seen)
        self.cookie = data[28:36].hex()


def stamp(told: list[tuple[int, int, bytes]]) -> float:
    """When the kernel got it, Unix seconds; now where it does not say."""
    for level, kind, data in told:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("@qq", data)
            return float(seconds + nanoseconds / 1e9)
    return time.time()


@asynccontextmanager
async def echoing(host: str, offer: Any) -> AsyncIterator[Echo | None]:
    """``offer`` is what ``welcome`` says of UDP; None when it says nothing that we understand."""
    address = _address(offer)
    if address is None:
        yield None
        return
    port, nonce = address
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        for level, option, value in (
            (socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER),
            (socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER),
            (socket.SOL_SOCKET, SO_TIMESTAMPNS, 1),
        ):
            with contextlib.suppress(OSError):
                opened.setsockopt(level, option, value)
        try:
            opened.connect((host, port))
        except OSError:  # no way there
            yield None
            return
        echo = Echo(opened, nonce)
        loop.add_reader(opened, echo.read)
        try:
            yield echo
        finally:
            loop.remove_reader(opened)


def _address(offer: Any) -> tuple[int, bytes] | None:
    if not isinstance(offer, dict) or offer.get("v") != VERSION:
        return None
    port, nonce = offer.get("port"), offer.get("nonce")
    if not isinstance(port, int) or not 0 < port < 65_536 or not isinstance(nonce, str) or len(nonce) != 32:
        return None
    try:
        return port, bytes.fromhex(nonce)
    except ValueError:
        return None
