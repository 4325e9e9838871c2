"""Who is on the wire: ARP requests to each address of a network, by a raw packet socket. Needs CAP_NET_RAW.

Requests are paced, so that no storm control of a school's switch takes them for an attack; silent addresses are asked
again. Whoever else asks for an address in the meantime is heard, too. RFC 826.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.clock import monotonic
from agent.frame import ProbeError

ETH_P_ARP = 0x0806
SIOCGIFHWADDR = 0x8927
ETHERNET = 1  # ARPHRD_ETHER
BROADCAST = b"\xff" * 6
FRAME = struct.Struct("!6s6sH HHBBH 6s4s6s4s")  # Ethernet header, ARP header, sender, target
REQUEST = 1
SLOWEST, FASTEST = 5.0, 1000.0  # requests a second
CATCH_UP = 0.1  # seconds: a busy machine's late timers are made up for, but never by more than 30 requests at once
MAX_ADDRESSES = 1024  # a /22: more is not one school's wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a sweep asks. 300 requests a second are a quarter percent of a 100 Mbit/s port, and below what storm control
    of small switches begins with."""

    rate: float = 300.0  # requests a second
    rounds: int = 2
    wait: float = 0.3  # seconds for the last answers


@dataclass(slots=True)
class Sweep:
    asked: int = 0  # addresses
    sent: int = 0  # requests
    seconds: float = 0.0
    complete: bool = True  # False: the deadline came first
    found: dict[str, set[str]] = field(default_factory=dict)  # IPv4 address -> MACs; two are a conflict


def addresses(address: str, prefix: int) -> list[str]:
    """The hosts of the network that ``address`` is in, without itself. Raises ValueError for what is too large or no
    network of hosts."""
    size = 1 << (32 - prefix) if 0 <= prefix <= 32 else 0
    if not 4 <= size <= MAX_ADDRESSES:
        raise ValueError(f"/{prefix} has not 4 to {MAX_ADDRESSES} addresses")
    own = _number(address)
    base = own & ~(size - 1)
    return [_text(base + host) for host in range(1, size - 1) if base + host != own]


def _number(address: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big")


def _text(number: int) -> str:
    return socket.inet_ntoa(number.to_bytes(4, "big"))


def sweep(interface: str, own: str, targets: list[str], deadline: float, pace: Pace) -> Sweep:
    """Ask ``targets`` on ``interface``, with ``own`` as the sender's address.

    Raises ProbeError ("link-down", "not-ethernet", "no-interface") and PermissionError.
    """
    began = monotonic()
    result = Sweep(asked=len(targets))
    wanted = frozenset(targets)
    with _opened(interface) as wire:
        mac = mac_of(wire, interface)
        poll = select.poll()
        poll.register(wire, select.POLLIN)
        due = began
        for _ in range(pace.rounds):
            for target in [each for each in targets if each not in result.found]:
                if monotonic() >= deadline:
                    result.complete = False
                    break
                if target in result.found:  # answered, or spoke by itself, in the meantime
                    continue
                _send(wire, _request(mac, own, target))
                result.sent += 1
                due = max(due + 1 / pace.rate, monotonic() - CATCH_UP)
                _listen(wire, poll, due, wanted, result)
        _listen(wire, poll, min(monotonic() + pace.wait, max(deadline, monotonic())), wanted, result)
    result.seconds = monotonic() - began
    return result


@contextlib.contextmanager
def _opened(interface: str) -> Iterator[socket.socket]:
    flags = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_PACKET, flags, socket.htons(ETH_P_ARP)) as wire:
        try:
            wire.bind((interface, ETH_P_ARP))
        except OSError as error:
            raise ProbeError("no-interface", f"{interface}: {error.strerror}") from None
        yield wire


def mac_of(wire: socket.socket, interface: str) -> bytes:
    """The card's own address. Raises ProbeError ("not-ethernet")."""
    answer = fcntl.ioctl(wire, SIOCGIFHWADDR, struct.pack("256s", interface.encode()[:15]))
    kind: int = struct.unpack("=H", answer[16:18])[0]
    if kind != ETHERNET:
        raise ProbeError("not-ethernet", interface)
    return answer[18:24]


def _request(mac: bytes, own: str, target: str) -> bytes:
    sender, wanted = socket.inet_aton(own), socket.inet_aton(target)
    header = (BROADCAST, mac, ETH_P_ARP, ETHERNET, 0x0800, 6, 4, REQUEST)
    return FRAME.pack(*header, mac, sender, b"\0" * 6, wanted).ljust(60, b"\0")


def _send(wire: socket.socket, frame: bytes) -> None:
    try:
        wire.send(frame)
    except OSError as error:
        if error.errno in (errno.ENETDOWN, errno.ENXIO, errno.ENODEV):
            raise ProbeError("link-down", error.strerror or "") from None
        if error.errno not in (errno.ENOBUFS, errno.EAGAIN):  # a full queue: the next round asks again
            raise


def _listen(wire: socket.socket, poll: select.poll, until: float, wanted: frozenset[str], result: Sweep) -> None:
    """Take what comes until the moment ``until``; what waits already is taken even when that has passed."""
    while True:
        left = until - monotonic()
        if not poll.poll(max(0.0, left * 1000)):
            return
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                heard = speaker(wire.recv(128))
                if heard and heard[0] in wanted and (heard[0] in result.found or len(result.found) < MAX_ADDRESSES):
                    result.found.setdefault(heard[0], set()).add(heard[1])
        if left <= 0:
            return


def speaker(frame: bytes) -> tuple[str, str] | None:
    """Who sent an ARP frame, IPv4 address and MAC; None when it is none, or a probe for an address (RFC 5227)."""
    if len(frame) < FRAME.size:
        return None
    _, _, kind, hardware, protocol, long, short, _, mac, address, _, _ = FRAME.unpack_from(frame)
    if (kind, hardware, protocol, long, short) != (ETH_P_ARP, ETHERNET, 0x0800, 6, 4):
        return None
    if address == b"\0" * 4 or mac in (b"\0" * 6, BROADCAST):
        return None
    return socket.inet_ntoa(address), mac.hex(":")
