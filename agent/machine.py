"""What machine this is: to help a person recognise the box, and to notice a copied disk. Never an identity.

Hardware ids are shared by the hundred on cheap PCs; the box is who holds its key. But a key that wakes up on other
hardware was copied with its disk, and that is worth a warning.
"""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

SYS = Path("/sys")
MACHINE_ID = Path("/etc/machine-id")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()[:200]
    except OSError:
        return ""


def cards(sys: Path = SYS) -> list[Path]:
    """Network cards that are hardware (a bridge or a tunnel has no ``device``), as directories of sysfs."""
    try:
        return sorted(card for card in (sys / "class/net").iterdir() if (card / "device").exists())
    except OSError:
        return []


def macs(sys: Path = SYS) -> list[str]:
    found = {_read(card / "address") for card in cards(sys)}
    return sorted(address for address in found if address and address != "00:00:00:00:00:00")


def carriers(sys: Path = SYS) -> dict[str, str]:
    """Whether each card has a cable with something alive at its other end: "up" or "down"."""
    return {card.name: "up" if _read(card / "carrier") == "1" else "down" for card in cards(sys)}


def describe(sys: Path = SYS) -> dict[str, str]:
    """For the operator who accepts the box; serial numbers only where the box may read them."""
    board = sys / "class/dmi/id"
    facts = {
        "vendor": _read(board / "sys_vendor"),
        "product": _read(board / "product_name"),
        "serial": _read(board / "product_serial"),
        "macs": " ".join(macs(sys)[:8]),
    }
    return {name: value for name, value in facts.items() if value}


def hostname() -> str:
    return socket.gethostname()[:255]


def binding(sys: Path = SYS, machine_id: Path = MACHINE_ID) -> dict[str, str]:
    """Hashes of what stays the same on one machine from boot to boot, kept beside the key."""
    facts = {
        "machine-id": _read(machine_id),
        "board": "|".join(_read(sys / "class/dmi/id" / name) for name in ("sys_vendor", "product_name", "board_name")),
        "network-cards": " ".join(macs(sys)),
    }
    return {
        name: hashlib.sha256(f"truongnet {name} {value}".encode()).hexdigest() for name, value in facts.items() if value
    }


def differences(kept: dict[str, str], now: dict[str, str]) -> list[str]:
    """Names of the facts that differ; empty on the machine where the key was made."""
    return sorted(name for name in kept if kept[name] != now.get(name))
