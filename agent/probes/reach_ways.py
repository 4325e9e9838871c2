"""The ways to ask a target: ICMP echo, a TCP connection, a DNS question, a packet that dies on its way."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from dataclasses import dataclass, field

from agent.probes.reach_line import Line, now

FLAGS = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}  # type of request, type of reply
PAYLOAD = b"TruongNet reach."  # 16 bytes: a month of it is little on a line with a data cap
IP_RECVERR, MSG_ERRQUEUE = 11, 0x2000
EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, pad, info, data; linux/errqueue.h
ORIGIN_ICMP, TIME_EXCEEDED = 2, 11
TRACE_PORT = 33434  # where traceroute asks: nobody listens there


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def may_ping() -> bool:
    """Whether this process may open a ping socket (net.ipv4.ping_group_range), or is root."""
    try:
        _echo_socket(socket.AF_INET)[0].close()
    except OSError:
        return False
    return True


def _echo_socket(kind: socket.AddressFamily) -> tuple[socket.socket, bool]:
    """A socket for echoes, and whether it is a raw one."""
    protocol = socket.IPPROTO_ICMPV6 if kind == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        return socket.socket(kind, socket.SOCK_DGRAM | FLAGS, protocol), False
    except PermissionError:
        return socket.socket(kind, socket.SOCK_RAW | FLAGS, protocol), True


@dataclass(slots=True)
class Ping(Line):
    """ICMP echo by a ping socket, for which the kernel fills identifier and checksum; root may use a raw one."""

    method = "icmp"
    _raw: bool = field(default=False, init=False)
    _identifier: int = field(default=0, init=False)

    def open(self) -> None:
        kind = family(self.address)
        self.sock, self._raw = _echo_socket(kind)
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self.sock.connect(_place(self.address, 0))

    def send(self, number: int) -> None:
        assert self.sock is not None  # noqa: S101
        kind = ECHO[self.sock.family][0]
        packet = struct.pack("!BBHHH", kind, 0, 0, self._identifier, number) + PAYLOAD
        if self._raw and kind == 8:  # ICMPv6 checksums are always the kernel's
            packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
        self.sock.send(packet)

    def receive(self) -> None:
        assert self.sock is not None  # noqa: S101
        packet = self.sock.recv(2048)
        if self._raw and self.sock.family == socket.AF_INET:
            packet = packet[(packet[0] & 15) * 4 :]
        if len(packet) < 8:
            return
        kind, _code, _sum, identifier, number = struct.unpack_from("!BBHHH", packet)
        if kind == ECHO[self.sock.family][1] and (not self._raw or identifier == self._identifier):
            self.got(number)


def checksum(packet: bytes) -> int:
    """RFC 1071."""
    words: tuple[int, ...] = struct.unpack(f"!{len(packet) // 2}H", packet[: len(packet) // 2 * 2])
    total: int = sum(words) + (packet[-1] << 8 if len(packet) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _place(address: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """What connect() wants; a scope (``fe80::1%eth0``) is kept. Raises OSError for what is no address, since connect()
    would look it up, and nobody bounds how long that takes."""
    plain, _, scope = address.partition("%")
    socket.inet_pton(family(address), plain)
    if ":" not in address:
        return address, port
    return plain, port, 0, socket.if_nametoindex(scope) if scope else 0


@dataclass(slots=True)
class Connect(Line):
    """One TCP connection, closed at once. A refusal is an answer, too: somebody is there."""

    port: int = 443
    refused_is_answer: bool = True
    method = "tcp"
    tries = 1
    events = select.POLLOUT
    _waiting: bool = field(default=False, init=False)  # a socket that does not connect is "ready" all the time

    def open(self) -> None:
        self.sock = socket.socket(family(self.address), socket.SOCK_STREAM | FLAGS)

    def send(self, number: int) -> None:
        assert self.sock is not None  # noqa: S101
        self._ended(self.sock.connect_ex(_place(self.address, self.port)))

    def receive(self) -> None:
        assert self.sock is not None  # noqa: S101
        if self._waiting:
            self._ended(self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _ended(self, code: int) -> None:
        self._waiting = code == errno.EINPROGRESS
        if self._waiting:
            return
        if code == 0 or (code == errno.ECONNREFUSED and self.refused_is_answer):
            self.got(0)
        else:
            self.trouble = os.strerror(code)


@dataclass(slots=True)
class Question(Line):
    """A real DNS question (A of ``name``). NXDOMAIN is an answer; SERVFAIL and REFUSED are not: no name is resolved."""

    name: str = "."
    method = "dns"
    addresses: list[str] = field(default_factory=list, init=False)  # what the last answer gave
    port: int = 53
    _identifier: int = field(default=0, init=False)

    def open(self) -> None:
        self.sock = socket.socket(family(self.address), socket.SOCK_DGRAM | FLAGS)
        self.sock.connect(_place(self.address, self.port))
        self._identifier = int.from_bytes(os.urandom(2), "big")

    def send(self, number: int) -> None:
        assert self.sock is not None  # noqa: S101
        self.sock.send(question((self._identifier + number) & 0xFFFF, self.name))

    def receive(self) -> None:
        assert self.sock is not None  # noqa: S101
        answer = self.sock.recv(4096)
        if len(answer) < 12 or not answer[2] & 0x80:
            return
        number = (int.from_bytes(answer[:2], "big") - self._identifier) & 0xFFFF
        code = answer[3] & 15
        if code in (0, 3):
            self.got(number)
            self.addresses = addresses(answer)
        elif number in self.sent:
            self.trouble = f"DNS rcode {code}"


def question(identifier: int, name: str) -> bytes:
    """RFC 1035, section 4.1: recursion desired, type A, class IN. Raises OSError for what is no name."""
    # The codec "idna" costs an idle box 1 MB: only a name with accents loads it.
    codec = "ascii" if name.isascii() else "idna"
    labels = [label.encode(codec) for label in name.strip(".").split(".") if label]
    if any(len(label) > 63 for label in labels):
        raise OSError(errno.EINVAL, "not a name")
    body = b"".join(bytes([len(label)]) + label for label in labels)
    return struct.pack("!6H", identifier, 0x0100, 1, 0, 0, 0) + body + b"\0\0\1\0\1"


def addresses(answer: bytes) -> list[str]:
    """The A records of an answer; empty when it is cut or strange."""
    found: list[str] = []
    try:
        questions, records = struct.unpack_from("!HH", answer, 4)
        place = 12
        for _ in range(min(questions, 4)):
            place = _after_name(answer, place) + 4
        for _ in range(min(records, 32)):
            place = _after_name(answer, place)
            kind, group, _ttl, length = struct.unpack_from("!HHIH", answer, place)
            place += 10
            if (kind, group, length) == (1, 1, 4) and place + 4 <= len(answer):
                found.append(socket.inet_ntoa(answer[place : place + 4]))
            place += length
    except (struct.error, IndexError):
        return found
    return found


def _after_name(answer: bytes, place: int) -> int:
    while True:
        length = answer[place]
        if length & 0xC0 == 0xC0:
            return place + 2
        if length == 0:
            return place + 1
        place += length + 1


@dataclass(slots=True)
class Hop(Line):
    """Who a packet to ``towards`` meets behind the gateway: UDP whose time to live runs out, and the ICMP error that
    comes back (IP_RECVERR), as tracepath does without any right. ``address`` is filled by what answers."""

    towards: str = ""
    hops: tuple[int, ...] = (2, 3, 4)
    skip: tuple[str, ...] = ("192.168.",)  # a router behind a router inside the school is not the provider
    method = "ttl"
    tries = 1  # each try asks every hop, and the answers are long: three would be half of what reach costs the line
    _answers: dict[int, dict[int, tuple[str, float]]] = field(default_factory=dict, init=False)

    def open(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | FLAGS)
        self.sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)

    def send(self, number: int) -> None:
        assert self.sock is not None  # noqa: S101
        for hop in self.hops:
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop)
            # The port says which packet an error speaks of.
            place = (self.towards, TRACE_PORT + number * 8 + hop)
            try:
                self.sock.sendto(PAYLOAD, place)
            except OSError:  # the error of an earlier packet, told here; it is in the queue
                self.sock.sendto(PAYLOAD, place)

    def receive(self) -> None:
        assert self.sock is not None  # noqa: S101
        while True:
            _data, ancillary, _flags, place = self.sock.recvmsg(64, 512, MSG_ERRQUEUE)
            number, hop = divmod(place[1] - TRACE_PORT, 8)
            for level, kind, data in ancillary:
                who = offender(data) if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR) else None
                if who and number in self.sent:
                    self._answers.setdefault(hop, {}).setdefault(number, (who, now() - self.sent[number]))

    @property
    def is_complete(self) -> bool:
        return all(len(self._answers.get(hop, {})) == len(self.sent) for hop in self.hops)

    def settle(self) -> None:
        """Choose the nearest hop that is not inside the school; its times become this line's."""
        for hop in sorted(self._answers):
            who = next(iter(self._answers[hop].values()))[0]
            if not who.startswith(self.skip):
                self.address = who
                self.answered = {number: seconds for number, (_, seconds) in self._answers[hop].items()}
                return


def offender(data: bytes) -> str | None:
    """Who sent the ICMP "time exceeded" in a sock_extended_err; None when it is another error."""
    if len(data) < EXTENDED_ERROR.size + 8:
        return None
    _errno, origin, kind, _code, _pad, _info, _data = EXTENDED_ERROR.unpack_from(data)
    if (origin, kind) != (ORIGIN_ICMP, TIME_EXCEEDED):
        return None
    return socket.inet_ntoa(data[EXTENDED_ERROR.size + 4 : EXTENDED_ERROR.size + 8])
