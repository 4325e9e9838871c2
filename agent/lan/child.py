"""A process of its own that hears the wire: ``python -I -m agent.lan.child INTERFACE SECONDS DISCOVER``.

Started by the helper's verb ``lan-listen``. It opens its socket, gives up every right (agent/lan/rights.py), asks once
who gives addresses here (DHCP), listens, and only then loads scapy, to dissect what strangers sent. Its answer is one
JSON object on a pipe: what was heard, or ``{"reason", "detail", "skipped"}``. It may write no file at all.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

from agent.arp import mac_of
from agent.clock import monotonic
from agent.frame import ProbeError, Skip
from agent.lan import dns, mdns, wire
from agent.lan.dhcp import discover
from agent.lan.rights import give_up

MAX_MEMORY = 384 * 1024 * 1024  # of address space: scapy takes 75 MB of it
MAX_CPU = 15  # seconds
MAX_SERVERS = 16
MAX_NEIGHBOURS = 16
LIMITS = (
    (resource.RLIMIT_AS, MAX_MEMORY),
    (resource.RLIMIT_CPU, MAX_CPU),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_NOFILE, 64),
)


def limit() -> None:
    for what, most in LIMITS:
        resource.setrlimit(what, (most, most))


def hear(interface: str, seconds: float, is_asking: bool) -> dict[str, Any]:
    """Raises Skip ("needs-root", "no-scapy"), ProbeError."""
    until = monotonic() + seconds
    scapy = importlib.util.find_spec("scapy")
    if scapy is None or scapy.origin is None:
        raise Skip("no-scapy")
    try:
        opened = wire.opened(interface)
    except PermissionError:
        raise Skip("needs-root", "lan-listen") from None
    with opened:
        mac, number = mac_of(opened, interface), secrets.randbits(32)
        give_up([Path(scapy.origin), Path(__file__), Path(os.__file__)])
        if is_asking:
            _ask(opened, discover(mac, number, secrets.token_bytes(12)))
        catch = wire.listen(opened, number, until)
    return dissected(catch)


def _ask(opened: socket.socket, frame: bytes) -> None:
    try:
        opened.send(frame)
    except OSError as error:
        raise ProbeError("link-down", error.strerror or "") from None


def dissected(catch: wire.Catch) -> dict[str, Any]:
    """What was heard as plain data. Raises Skip ("no-scapy") when scapy is there but cannot be loaded."""
    try:
        from agent.lan import frames
    except (ImportError, OSError) as error:
        raise Skip("no-scapy", f"{type(error).__name__}: {error}"[:200]) from None
    kept = catch.frames
    neighbours = [frames.parse_lldp(frame) for frame in kept.get("lldp", {})]
    neighbours += [frames.parse_cdp(frame) for frame in kept.get("cdp", {})]
    servers: dict[tuple[str, str], dict[str, Any]] = {}
    for kind in ("offer", "dhcp"):
        for frame in kept.get(kind, {}):
            server = frames.parse_dhcp(frame)
            if server is not None and "server" in server and len(servers) < MAX_SERVERS:
                servers.setdefault((server["server"], server["mac"]), server)
    return {
        "neighbours": _distinct([one for one in neighbours if one])[:MAX_NEIGHBOURS],
        "servers": list(servers.values()),
        "said": _said(list(kept.get("mdns", {}))),
        "speakers": [[address, sorted(macs)] for address, macs in catch.speakers.items()],
        "counts": {kind: count for kind, count in catch.counts.items() if kind},
        "dropped": catch.dropped,
    }


def _distinct(neighbours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest frame of each neighbour and port."""
    newest = {(one["by"], one.get("mac"), one.get("port")): one for one in neighbours}
    return list(newest.values())


def _said(frames: list[bytes]) -> list[list[Any]]:
    """Address, MAC and what was announced by mDNS, one a device."""
    records: dict[tuple[str, str], list[dns.Record]] = {}
    for frame in frames:
        at = 14 + 4 * (frame[14] & 0x0F) + 8
        key = socket.inet_ntoa(frame[26:30]), frame[6:12].hex(":")
        kept = records.setdefault(key, [])
        kept += dns.parse(frame[at:])[: 256 - len(kept)]
    found = ((address, mac, mdns.described(some, address)) for (address, mac), some in records.items())
    return [[address, mac, said] for address, mac, said in found]


def main(argv: list[str]) -> int:
    interface, seconds, asking = argv
    try:
        limit()
        answer = hear(interface, float(seconds), asking == "1")
    except Skip as skip:
        answer = {"reason": skip.reason, "detail": skip.detail, "skipped": True}
    except ProbeError as error:
        answer = {"reason": error.reason, "detail": error.detail, "skipped": False}
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
