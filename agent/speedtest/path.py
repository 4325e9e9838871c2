"""By which way a measurement went out, and whether that is the school's usual one: pure rules on plain data.

A school with a spare line (4G in the router, a second provider) is measured over whatever carries it at that moment.
What the spare line does says nothing about the contract of the main one. A mobile card is no reason by itself: some
schools have no other line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

PREFIX = {4: 16, 6: 32}  # addresses of one line change within such a network


@dataclass(frozen=True, slots=True)
class Way:
    interface: str
    gateway: str  # address, "" when it is not known
    network: str  # that the world sees, "" when it is not known


def network_of(address: str) -> str:
    """``203.113.7.9`` gives ``203.113.0.0/16``; private and strange addresses give nothing."""
    try:
        seen = ip_address(address)
        if isinstance(seen, IPv6Address) and seen.ipv4_mapped:
            seen = seen.ipv4_mapped
        return "" if seen.is_private else str(ip_network(f"{seen}/{PREFIX[seen.version]}", strict=False))
    except ValueError:
        return ""


def is_backup(way: Way, known: Mapping[str, Any], named: Sequence[str], address: str) -> bool:
    """``known`` is what ``agent.ways_out`` found usual, ``named`` what the box's settings call a spare line
    (interfaces, gateways or networks); ``address`` is how the server sees us."""
    if is_named(way, named, address):
        return True
    for part in ("interface", "gateway", "network"):
        seen, expected = getattr(way, part), known.get(part)
        if seen and isinstance(expected, str) and expected and seen != expected:
            return True
    return False


def is_named(way: Way, named: Sequence[str], address: str) -> bool:
    return way.interface in named or way.gateway in named or any(_is_in(address, each) for each in named)


def _is_in(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False
