"""Asks the devices of a wire what they are, by plain UDP: mDNS, SSDP, NetBIOS, SNMP. Needs no rights.

Two rounds: everybody at once by multicast, and each address that the sweep found by itself; then the kinds of services
that were named. At most RATE questions a second, at most MAX_DATAGRAMS answers, and only from the wire that was swept.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.clock import monotonic
from agent.lan import dns, mdns, netbios, snmp, ssdp
from agent.lan.fetch import got

RATE = 100.0  # questions a second
WAIT = 1.5  # seconds for the last answers: SSDP may wait for one of them (MX)
MAX_DATAGRAMS = 4_096
MAX_DATAGRAM = 9_000  # bytes, RFC 6762 17
MAX_RECORDS = 256  # of one device
MAX_DESCRIPTIONS = 24
DESCRIPTION_SECONDS = 0.7

Question = tuple[str, bytes, tuple[str, int]]  # protocol, datagram, to whom


@dataclass(slots=True)
class Answers:
    """What came, by address."""

    is_near: Callable[[str], bool]
    number: int  # of our questions
    records: dict[str, list[dns.Record]] = field(default_factory=dict)
    told: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # address -> protocol -> what it says
    datagrams: int = 0

    def take(self, protocol: str, message: bytes, address: str) -> None:
        self.datagrams += 1
        if self.datagrams > MAX_DATAGRAMS or not self.is_near(address):
            return
        if protocol == "mdns":
            kept = self.records.setdefault(address, [])
            kept += dns.parse(message)[: MAX_RECORDS - len(kept)]
        elif protocol == "ssdp":
            self._take_ssdp(ssdp.parse(message), address)
        elif protocol == "netbios":
            self._keep(address, protocol, netbios.parse(message))
        elif protocol == "snmp":
            self._keep(address, protocol, snmp.parse(message, self.number))

    def _keep(self, address: str, protocol: str, said: dict[str, Any]) -> None:
        if said:
            self.told.setdefault(address, {})[protocol] = said

    def _take_ssdp(self, said: dict[str, Any], address: str) -> None:
        if not said:
            return
        kept = self.told.setdefault(address, {}).setdefault("ssdp", {})
        kind = said.pop("type", "")
        kept |= {key: value for key, value in said.items() if key not in kept}
        kinds = kept.setdefault("types", [])
        if kind and kind not in kinds and len(kinds) < ssdp.MAX_TYPES:
            kinds.append(kind)

    def by_mdns(self) -> dict[str, dict[str, Any]]:
        return {address: mdns.described(records, address) for address, records in self.records.items()}


def ask(own: str, near: Callable[[str], bool], addresses: Iterable[str], community: str, deadline: float) -> Answers:
    """``own``: our address on the wire; ``near``: whether an address belongs to it; ``community``: of SNMP, or "".

    Raises OSError when no socket can be had.
    """
    answers = Answers(near, secrets.randbits(31))
    with contextlib.ExitStack() as stack:
        sockets = {name: stack.enter_context(_opened(own)) for name in ("mdns", "ssdp", "netbios", "snmp")}
        _talk(sockets, _first(addresses, community, answers.number), answers, deadline)
        if named := mdns.types(answers.by_mdns().values()):
            _talk(sockets, _second(named), answers, deadline)
    _describe(answers, deadline)
    for address, said in answers.by_mdns().items():
        if said:
            answers.told.setdefault(address, {})["mdns"] = said
    return answers


def _opened(own: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        made.bind((own, 0))
    except OSError:
        made.close()
        raise
    return made


def _first(addresses: Iterable[str], community: str, number: int) -> Iterator[Question]:
    everybody = [
        ("mdns", dns.query([mdns.SERVICES]), (mdns.GROUP, mdns.PORT)),
        ("ssdp", ssdp.search("ssdp:all"), (ssdp.GROUP, ssdp.PORT)),
    ]
    yield from everybody
    status = netbios.question(number)
    system = snmp.question(community, number) if community else b""
    for address in addresses:
        yield "netbios", status, (address, netbios.PORT)
        yield "mdns", dns.query([dns.reverse(address), mdns.SERVICES]), (address, mdns.PORT)
        if system:
            yield "snmp", system, (address, snmp.PORT)
    yield from everybody


def _second(named: list[dns.Name]) -> Iterator[Question]:
    for start in range(0, len(named), 6):
        yield "mdns", dns.query(named[start : start + 6]), (mdns.GROUP, mdns.PORT)


def _talk(sockets: dict[str, socket.socket], questions: Iterable[Question], answers: Answers, deadline: float) -> None:
    poll = select.poll()
    names = {}
    for name, each in sockets.items():
        poll.register(each, select.POLLIN)
        names[each.fileno()] = name
    due = monotonic()
    for protocol, message, whom in questions:
        if monotonic() >= deadline:
            return
        with contextlib.suppress(OSError):  # no way to it just now, or it said that nobody listens there
            sockets[protocol].sendto(message, whom)
        due = max(due + 1 / RATE, monotonic())
        _listen(sockets, names, poll, min(due, deadline), answers)
    _listen(sockets, names, poll, min(monotonic() + WAIT, deadline), answers)


def _listen(
    sockets: dict[str, socket.socket], names: dict[int, str], poll: select.poll, until: float, answers: Answers
) -> None:
    while (left := until - monotonic()) > 0:
        for number, _ in poll.poll(left * 1000):
            name = names[number]
            with contextlib.suppress(OSError):  # an ICMP error of an earlier question comes out here
                message, (address, _port) = sockets[name].recvfrom(MAX_DATAGRAM)
                answers.take(name, message, address)


def _describe(answers: Answers, deadline: float) -> None:
    """Fetch the descriptions that devices keep of themselves, each from the device that named it."""
    asked = 0
    for address, told in answers.told.items():
        location = told.get("ssdp", {}).pop("location", "")
        where = ssdp.place(location, address) if location else None
        if where is None or asked >= MAX_DESCRIPTIONS or monotonic() >= deadline:
            continue
        asked += 1
        with contextlib.suppress(OSError):
            told["ssdp"] |= ssdp.description(got(address, *where, min(monotonic() + DESCRIPTION_SECONDS, deadline)))
