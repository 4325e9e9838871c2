"""What the school's router says that its line carried: bytes of all machines behind it, which no card of ours can see.

Asked are the gateway's own address and nobody else: by SNMP where somebody set a community, else by UPnP, which most
routers of providers speak. What it says is believed as a count only, and only as far as our own bytes are in it
(agent/speedtest/others.py).
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass

from agent import route
from agent.clock import monotonic
from agent.lan import igd, snmp_wan, ssdp
from agent.lan.fetch import exchanged, got
from agent.lan.snmp import PORT as SNMP_PORT
from agent.route import Gateway
from agent.traffic import grown

SEARCH_SECONDS = 1.6  # UPnP lets a device wait for one of them
SNMP_SECONDS = 0.5
READ_SECONDS = 0.8
MAX_ANSWERS = 32
MAX_DATAGRAM = 2_048


@dataclass(frozen=True, slots=True)
class Total:
    """Bytes since the router began to count, at a moment by the monotonic clock."""

    received: int
    sent: int
    at: float


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes between two totals."""

    received: int
    sent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Counter:
    by: str  # "snmp", "upnp"
    read: Callable[[], Total]  # raises OSError; takes READ_SECONDS at most


def between(before: Total, after: Total) -> Span | None:
    """None when the router began anew meanwhile."""
    received, sent = grown(before.received, after.received), grown(before.sent, after.sent)
    return None if received is None or sent is None else Span(received, sent, after.at - before.at)


def gateway() -> Gateway | None:
    """The one that our packets take, by IPv4."""
    return next((each for each in route.gateways() if ":" not in each.address), None)


def find(router: Gateway, community: str) -> Counter | None:
    """How this router tells its counts; None where it does not. Takes SEARCH_SECONDS and three short exchanges."""
    with contextlib.suppress(OSError):
        found = _by_snmp(router.address, community) if community else None
        return found or _by_upnp(router)
    return None


def _by_snmp(address: str, community: str) -> Counter | None:
    number = secrets.randbits(31)
    answer = _asked(address, snmp_wan.route_question(community, number))
    index = snmp_wan.card(answer, number) if answer else None
    if index is None:
        return None

    def read() -> Total:
        asked = secrets.randbits(31)
        message = _asked(address, snmp_wan.count_question(community, asked, index))
        told = snmp_wan.counts(message, asked, index) if message else None
        if told is None:
            raise OSError("the router does not tell its counters by SNMP")
        return Total(*told, monotonic())

    with contextlib.suppress(OSError):
        read()
        return Counter("snmp", read)
    return None


def _asked(address: str, message: bytes) -> bytes:
    """The router's answer, or b"". Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
        wire.settimeout(SNMP_SECONDS)
        wire.connect((address, SNMP_PORT))  # so that only the router's answers arrive
        wire.send(message)
        try:
            return wire.recv(MAX_DATAGRAM)
        except (TimeoutError, ConnectionRefusedError):
            return b""


def _by_upnp(router: Gateway) -> Counter | None:
    for location in _locations(router):
        where = ssdp.place(location, router.address)
        control = None
        if where is not None:
            with contextlib.suppress(OSError):
                told = got(router.address, *where, monotonic() + READ_SECONDS)
                control = igd.control(told, location, router.address)
        if control is not None:
            port, path = control

            def read(port: int = port, path: str = path) -> Total:
                return _total(router.address, port, path)

            with contextlib.suppress(OSError):
                read()
                return Counter("upnp", read)
    return None


def _locations(router: Gateway) -> list[str]:
    """Where the router says that it describes itself: asked alone and with everybody, heard is it alone."""
    own = route.ipv4(router.interface)
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
        if own is not None:
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own[0]))
        wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        for target in igd.TARGETS:
            for place in ((router.address, ssdp.PORT), (ssdp.GROUP, ssdp.PORT)):
                with contextlib.suppress(OSError):
                    wire.sendto(ssdp.search(target), place)
        end = monotonic() + SEARCH_SECONDS
        for _ in range(MAX_ANSWERS):
            left = end - monotonic()
            if left <= 0 or not select.select([wire], [], [], left)[0]:
                break
            with contextlib.suppress(OSError):  # an ICMP error of a question comes out here
                message, (address, _port) = wire.recvfrom(MAX_DATAGRAM)
                location = ssdp.parse(message).get("location", "")
                if address == router.address and location:
                    found.append(location)
                    end = min(end, monotonic() + 0.1)  # a second description is rare, and follows at once
    return list(dict.fromkeys(found))


def _total(address: str, port: int, path: str) -> Total:
    """Raises OSError."""
    end, told = monotonic() + READ_SECONDS, []
    for name in igd.COUNTS:
        answer = exchanged(address, port, igd.question(name, address, port, path), end)
        count = igd.count(answer, name)
        if count is None:
            raise OSError(f"the router does not tell its {name}")
        told.append(count)
    return Total(told[0], told[1], monotonic())
