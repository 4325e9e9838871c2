"""What kind of thing a device on a school's LAN is, guessed from what it says and who made it, with the evidence. Pure.

Each sign speaks for one kind with a weight; the weights of a kind are added, and the heaviest is the guess, unless
two kinds weigh the same. A maker alone speaks only where it makes hardly anything else. No guess is better than a
wrong one: below ``ENOUGH`` nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("router", "switch", "ap", "printer", "tv", "camera", "phone", "server", "pc")
ENOUGH = 2
MAX_EVIDENCE = 6
# The name that is believed first: who is managed was named by a person, who announces itself by its maker.
NAMES = ("snmp", "lldp", "cdp", "netbios", "mdns", "ssdp")

# A service of mDNS → kind, weight.
SERVICES: Mapping[str, tuple[str, int]] = {
    "_ipp._tcp": ("printer", 4),
    "_ipps._tcp": ("printer", 4),
    "_printer._tcp": ("printer", 4),
    "_pdl-datastream._tcp": ("printer", 4),
    "_scanner._tcp": ("printer", 2),
    "_googlecast._tcp": ("tv", 3),
    "_androidtvremote2._tcp": ("tv", 5),
    "_airplay._tcp": ("tv", 2),
    "_amzn-wplay._tcp": ("tv", 3),
    "_apple-mobdev2._tcp": ("phone", 4),
    "_rfb._tcp": ("pc", 2),
    "_workstation._tcp": ("pc", 2),
    "_rdp._tcp": ("pc", 3),
    "_smb._tcp": ("pc", 1),
    "_adisk._tcp": ("server", 3),
    "_nfs._tcp": ("server", 2),
}
# A type of UPnP device or service.
TYPES: Mapping[str, tuple[str, int]] = {
    "InternetGatewayDevice": ("router", 4),
    "WFADevice": ("ap", 2),
    "WLANAccessPointDevice": ("ap", 4),
    "MediaRenderer": ("tv", 3),
    "dial": ("tv", 3),
    "tvdevice": ("tv", 4),
    "Printer": ("printer", 4),
    "PrinterBasic": ("printer", 4),
    "DigitalSecurityCamera": ("camera", 4),
    "NetworkVideoTransmitter": ("camera", 4),
    "MediaServer": ("server", 1),
}
ROLES: Mapping[str, tuple[str, int]] = {
    "ap": ("ap", 6),  # an access point bridges, too
    "phone": ("phone", 5),
    "router": ("router", 3),
    "bridge": ("switch", 4),
    "repeater": ("switch", 2),
    "station": ("pc", 1),
}
# What a model or a description says in its own words.
WORDS: tuple[tuple[re.Pattern[str], str, int], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, weight)
    for pattern, kind, weight in (
        (r"laserjet|officejet|deskjet|ecotank|imageclass|bizhub|printer|\bMFC-|\bDCP-|\bHL-L|LBP\d", "printer", 4),
        (r"\bTV\b|bravia|web0s|webos|tizen|projector|androidtv|chromecast", "tv", 4),
        (r"\bcamera\b|\bDVR\b|\bNVR\b|ipcam", "camera", 4),
        (r"\bswitch\b|catalyst|procurve|\bGS\d{3}", "switch", 4),
        (r"unifi|access point|\bUAP\b|\bAP\d{2,}|aironet|\bEAP\d{3}", "ap", 5),
        (r"routeros|mikrotik|openwrt|\brouter\b|gateway|\bONT\b|igd/", "router", 4),
        (r"iphone|ipad|android phone", "phone", 4),
        (r"windows server|proxmox|esxi|synology|diskstation|\bNAS\b", "server", 4),
        (r"windows|desktop|laptop|macbook|imac", "pc", 2),
        (r"\blinux\b", "pc", 1),
    )
)
# Makers that make hardly anything else.
MAKERS: tuple[tuple[re.Pattern[str], str, int], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, weight)
    for pattern, kind, weight in (
        (r"hikvision|dahua|ezviz|uniview|axis communications", "camera", 3),
        (r"brother industries|seiko epson|kyocera|ricoh|lexmark|konica", "printer", 2),
        (r"\bbenq\b|optoma|viewsonic", "tv", 2),
        (r"ruckus|aruba|ubiquiti|ruijie", "ap", 2),
        (r"yealink|grandstream|fanvil", "phone", 3),
    )
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks for a kind; ``says`` is shown to people: a protocol and its own word."""

    kind: str
    weight: int
    says: str


@dataclass(frozen=True, slots=True)
class Guess:
    """``kind`` is empty where nothing is clear; ``evidence`` is what speaks for it."""

    kind: str = ""
    evidence: tuple[str, ...] = ()


def guess(vendor: str, facts: Mapping[str, Any]) -> Guess:
    """From IEEE's name of the maker, and what a sweep says of a device (``role``, ``heard`` by protocol)."""
    signs = list(dict.fromkeys(_signs(vendor, facts)))
    weights: dict[str, int] = {}
    for sign in signs:
        weights[sign.kind] = weights.get(sign.kind, 0) + sign.weight
    best = sorted(weights, key=lambda kind: -weights[kind])
    if not best or weights[best[0]] < ENOUGH or (len(best) > 1 and weights[best[0]] == weights[best[1]]):
        return Guess()
    told = dict.fromkeys(sign.says for sign in sorted(signs, key=lambda sign: -sign.weight) if sign.kind == best[0])
    return Guess(best[0], tuple(told)[:MAX_EVIDENCE])


def _signs(vendor: str, facts: Mapping[str, Any]) -> Iterator[Sign]:
    if facts.get("role") == "gateway":
        yield Sign("router", 6, "ARP: gateway")
    heard = _dict(facts.get("heard"))
    if _dict(heard.get("dhcp")).get("server"):
        yield Sign("router", 2, "DHCP: server")
    yield from _listed("mDNS", _dict(heard.get("mdns")).get("services"), SERVICES)
    ssdp = _dict(heard.get("ssdp"))
    yield from _listed("SSDP", [*_list(ssdp.get("types")), ssdp.get("device")], TYPES)
    for protocol in ("lldp", "cdp"):
        yield from _listed(protocol.upper(), _dict(heard.get(protocol)).get("roles"), ROLES)
    netbios = _dict(heard.get("netbios"))
    if netbios.get("controller"):
        yield Sign("server", 4, "NetBIOS: domain controller")
    elif netbios.get("name"):
        yield Sign("pc", 2, "NetBIOS")
    for shown, protocol, key in (
        ("mDNS", "mdns", "model"), ("SSDP", "ssdp", "model"), ("SSDP", "ssdp", "server"), ("SSDP", "ssdp", "name"),
        ("SNMP", "snmp", "descr"), ("LLDP", "lldp", "descr"), ("CDP", "cdp", "model"), ("CDP", "cdp", "descr"),
    ):  # fmt: skip
        yield from _worded(shown, _dict(heard.get(protocol)).get(key), WORDS)
    yield from _worded("IEEE", vendor, MAKERS)


def _listed(shown: str, values: Any, table: Mapping[str, tuple[str, int]]) -> Iterator[Sign]:
    for value in _list(values):
        if isinstance(value, str) and value in table:
            yield Sign(*table[value], f"{shown}: {value}")


def _worded(shown: str, text: Any, table: tuple[tuple[re.Pattern[str], str, int], ...]) -> Iterator[Sign]:
    """The first that fits: the table begins with what is said most clearly."""
    for pattern, kind, weight in table if isinstance(text, str) else ():
        if pattern.search(text[:256]):
            yield Sign(kind, weight, f"{shown}: {text[:48]}")
            return


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:64] if isinstance(value, list) else []


def heard_name(facts: Mapping[str, Any]) -> str:
    """What a device calls itself; empty when it says nothing."""
    heard = _dict(facts.get("heard"))
    for protocol in NAMES:
        said = heard.get(protocol)
        name = said.get("name") if isinstance(said, dict) else None
        if isinstance(name, str) and name:
            return name[:64]
    return ""
