"""What lies around the box at the moment of a look: cables, mains, and whether the gateway is on the wire at all.

A few small files of the kernel, read each half minute; no child, no packet. With it an outage can be explained later:
a gateway that ignores pings but answers ARP is alive, and a box that lives on from its battery knows that the mains
went away. A UPS is asked through Network UPS Tools when its server runs here.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent import machine
from agent.clock import monotonic

ROOT = Path("/")
NUT = ("127.0.0.1", 3493)
NUT_SECONDS = 0.5
NUT_AGAIN = 600.0  # seconds until it is looked for again where it was not found
MAX_UPS = 8
COMPLETE = 0x2  # ATF_COM of linux/if_arp.h: the address is known


@dataclass(frozen=True, slots=True)
class Surroundings:
    links: Mapping[str, str] = field(default_factory=dict)  # card -> "up", "down"
    changes: Mapping[str, int] = field(default_factory=dict)  # card -> how often its carrier changed since boot
    mains: Mapping[str, str] = field(default_factory=dict)  # supply -> "up", "down"
    neighbours: Mapping[str, str] = field(default_factory=dict)  # IPv4 address -> "reachable", "failed"


class Looker:
    """Remembers only whether there is a UPS server to ask."""

    def __init__(self, root: Path = ROOT, nut: tuple[str, int] = NUT) -> None:
        self._root, self._nut = root, nut
        self._ask_from = 0.0

    def look(self) -> Surroundings:
        """Never raises: what cannot be read is left out."""
        sys = self._root / "sys"
        return Surroundings(
            links=machine.carriers(sys),
            changes=_carrier_changes(sys),
            mains={**_supplies(sys / "class/power_supply"), **self._ups()},
            neighbours=neighbours(_text(self._root / "proc/net/arp")),
        )

    def _ups(self) -> dict[str, str]:
        now = monotonic()
        if now < self._ask_from:
            return {}
        with suppress(OSError):
            return ask_nut(self._nut)
        self._ask_from = now + NUT_AGAIN
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _carrier_changes(sys: Path) -> dict[str, int]:
    found = {card.name: _text(card / "carrier_changes").strip() for card in machine.cards(sys)}
    return {name: int(count) for name, count in found.items() if count.isdigit()}


def _supplies(directory: Path) -> dict[str, str]:
    """The mains as the kernel sees them: of a laptop, or of a small UPS with a driver."""
    try:
        names = sorted(directory.iterdir())
    except OSError:
        return {}
    found = {}
    for one in names:
        kind, online = _text(one / "type").strip(), _text(one / "online").strip()
        if kind in ("Mains", "UPS") and _text(one / "scope").strip() != "Device" and online in ("0", "1"):
            found[one.name] = "up" if online == "1" else "down"
    return found


def neighbours(table: str) -> dict[str, str]:
    """/proc/net/arp: who is known on the wire, and who was asked for and did not answer."""
    found = {}
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) < 6:
            continue
        with suppress(ValueError):
            found[words[0]] = "reachable" if int(words[2], 16) & COMPLETE else "failed"
    return found


def ask_nut(place: tuple[str, int]) -> dict[str, str]:
    """Whether each UPS gets its mains (ups.status has OL), by the protocol of upsd. Raises OSError without a server."""
    with socket.create_connection(place, NUT_SECONDS) as sock, sock.makefile("rwb") as file:
        sock.settimeout(NUT_SECONDS)
        file.write(b"LIST UPS\n")
        file.flush()
        names = []
        for _ in range(MAX_UPS + 2):
            words = file.readline(512).decode("utf-8", "replace").split()
            if not words or words[:1] == ["ERR"] or words[:2] == ["END", "LIST"]:
                break
            if words[0] == "UPS" and len(words) > 1:
                names.append(words[1])
        found = {}
        for name in names:
            file.write(f"GET VAR {name} ups.status\n".encode())
            file.flush()
            answer = file.readline(512).decode("utf-8", "replace")
            status = answer.rpartition(f"VAR {name} ups.status ")[2].strip().strip('"').split()
            if answer.startswith("VAR") and status:
                found[name] = "up" if "OL" in status else "down"
        return found
