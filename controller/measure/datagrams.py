"""The measurement server's UDP port: an echo and packet trains, for live tests alone.

A datagram that does not carry the nonce of a test that runs now is dropped without a word. A question (``TNQ1``) is
answered at most once, by exactly as many bytes (``TNA1``), and not more often than RATE a second a test and
RATE_OF_ALL in all: the port is no use to whoever forges addresses. The answer says how many questions came, so that the
box can tell the loss of the two ways apart, and a cookie that only who sits at that address can know: a train is sent
nowhere else. Layouts, all numbers in network order, filled up to the datagram's length::

    TNQ1  nonce[16]  number u32
    TNA1  nonce[16]  number u32  seen u32  cookie[8]
    TNT1  nonce[16]  train  u32  index u32

Trains' arrivals are the kernel's own time stamps: what this process does meanwhile moves none of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field

VERSION = 1
QUESTION, ANSWER, PACKET = b"TNQ1", b"TNA1", b"TNT1"
SHORTEST, LONGEST = 64, 256  # bytes of a question
PACKET_BYTES = (64, 1_472)
PACKETS = (2, 400)  # of one train
TRAINS = 24  # of one test
RATE, BURST = 100.0, 100.0  # answers a second of one test, and at once
RATE_OF_ALL = 20_000.0
HEADERS = 28  # IPv4 and UDP
GROUP = 8  # datagrams that the kernel gets in one go, so that Python is not what paces a train
QUIET, LONGEST_TRAIN = 0.3, 3.0  # seconds without an arrival, and in all, after which a train is over
TURN = 64  # datagrams read in one go
UDP_SEGMENT = 103  # linux/udp.h
SO_TIMESTAMPNS = 35
BUFFER = 1_048_576
Address = tuple[str, int] | tuple[str, int, int, int]


@dataclass(slots=True)
class Budget:
    """Bytes that a test may still cost; shared by all that it does."""

    left: int


@dataclass(slots=True)
class Bucket:
    """So many a second, so many at once."""

    rate: float
    most: float
    left: float = 0.0
    at: float = 0.0

    def take(self, now: float) -> bool:
        self.left = min(self.most, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


@dataclass(slots=True)
class Talk:
    """What one live test may do here."""

    nonce: bytes
    budget: Budget
    bucket: Bucket = field(default_factory=lambda: Bucket(RATE, BURST))
    seen: int = 0
    address: Address | None = None  # where the last answered question came from
    cookie: bytes = b""
    trains: int = 0
    listening: int | None = None  # number of the train that is under way to us
    arrivals: list[tuple[int, float]] = field(default_factory=list)  # index, Unix seconds


class Datagrams:
    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            with contextlib.suppress(OSError):
                listener.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port: int = listener.getsockname()[1]
        self._socket = listener
        self._talks: dict[bytes, Talk] = {}
        self._all = Bucket(RATE_OF_ALL, RATE_OF_ALL)
        self._sending = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listener, self._read)

    def expect(self, budget: Budget) -> Talk:
        talk = Talk(secrets.token_bytes(16), budget)
        self._talks[talk.nonce] = talk
        return talk

    def forget(self, talk: Talk) -> None:
        self._talks.pop(talk.nonce, None)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        for _ in range(TURN):
            try:
                data, told, _, address = self._socket.recvmsg(2_048, 64)
            except OSError:  # nothing more, or the kernel's word about a datagram that did not arrive
                return
            talk = self._talks.get(data[4:20]) if len(data) >= SHORTEST else None
            if talk is None:
                continue
            if data[:4] == QUESTION:
                self._answer(talk, data, address)
            elif data[:4] == PACKET:
                _note(talk, data, told)

    def _answer(self, talk: Talk, data: bytes, address: Address) -> None:
        now, size = self._loop.time(), len(data)
        cost = 2 * (size + HEADERS)
        if size > LONGEST or talk.budget.left < cost or not (talk.bucket.take(now) and self._all.take(now)):
            return
        talk.budget.left -= cost
        talk.seen += 1
        if address != talk.address:
            talk.address, talk.cookie = address, secrets.token_bytes(8)
        head = ANSWER + data[4:24] + struct.pack("!I", talk.seen & 0xFFFFFFFF) + talk.cookie
        with contextlib.suppress(OSError):  # a full buffer: lost, as on any line
            self._socket.sendto(head + data[len(head) :], address)

    async def send_train(self, talk: Talk, number: int, packets: int, size: int) -> tuple[int, float]:
        """To where the last question came from; how many went and in how many seconds. The caller checked bounds."""
        count = min(packets, max(0, talk.budget.left) // (size + HEADERS))
        talk.budget.left -= count * (size + HEADERS)
        filling = secrets.token_bytes(size - 28)
        head = PACKET + talk.nonce + struct.pack("!I", number)
        datagrams = [head + struct.pack("!I", index) + filling for index in range(count)]
        async with self._sending:
            began = self._loop.time()
            for first in range(0, count, GROUP):
                await self._send(datagrams[first : first + GROUP], size, talk.address)
            return count, self._loop.time() - began

    async def _send(self, datagrams: list[bytes], size: int, address: Address | None) -> None:
        segment = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("@H", size))]
        try:
            await self._hand_over(b"".join(datagrams), segment if len(datagrams) > 1 else [], address)
        except OSError:  # a kernel or a card that does not cut for us
            for datagram in datagrams:
                with contextlib.suppress(OSError):
                    await self._hand_over(datagram, [], address)

    async def _hand_over(self, data: bytes, told: list[tuple[int, int, bytes]], address: Address | None) -> None:
        while True:
            try:
                self._socket.sendmsg([data], told, 0, address)
            except BlockingIOError:
                await self._writable()
            else:
                return

    async def _writable(self) -> None:
        free = asyncio.Event()
        self._loop.add_writer(self._socket, free.set)
        try:
            await free.wait()
        finally:
            self._loop.remove_writer(self._socket)

    async def arrivals(self, talk: Talk, packets: int) -> list[tuple[int, int]]:
        """The train that :attr:`Talk.listening` names, once it is over: index and microseconds since the first."""
        loop = self._loop
        began = moved = loop.time()
        count = -1
        while len(talk.arrivals) < packets and loop.time() - moved < QUIET and loop.time() - began < LONGEST_TRAIN:
            if len(talk.arrivals) != count:
                count, moved = len(talk.arrivals), loop.time()
            await asyncio.sleep(0.02)
        talk.listening, found = None, sorted(talk.arrivals, key=lambda arrival: arrival[1])
        talk.arrivals = []
        return [(index, round((at - found[0][1]) * 1e6)) for index, at in found]


def _note(talk: Talk, data: bytes, told: list[tuple[int, int, bytes]]) -> None:
    number, index = struct.unpack_from("!II", data, 20)
    cost = len(data) + HEADERS
    if number != talk.listening or len(talk.arrivals) >= PACKETS[1] or talk.budget.left < cost:
        return
    talk.budget.left -= cost
    talk.arrivals.append((index, stamp(told)))


def stamp(told: list[tuple[int, int, bytes]]) -> float:
    """When the kernel got it, Unix seconds; now where it does not say."""
    for level, kind, data in told:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("@qq", data)
            return float(seconds + nanoseconds / 1e9)
    return time.time()
