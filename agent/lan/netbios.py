"""The name that Windows and Samba give themselves: a NetBIOS node status. RFC 1002, 4.2.17 and 4.2.18. Pure."""

from __future__ import annotations

import struct
from typing import Any

from agent.lan.text import clean

PORT = 137
NBSTAT = 0x21
WORKSTATION, SERVER, CONTROLLER = 0x00, 0x20, 0x1C  # the sixteenth byte of a name: what it stands for
GROUP = 0x8000
MAX_NAMES = 32
ENCODED = bytes([32]) + b"CK" + b"AA" * 15 + b"\0"  # "*", padded with NUL, two letters a byte


def question(number: int) -> bytes:
    """``number``: 16 bits that come back with the answer."""
    return struct.pack("!6H", number & 0xFFFF, 0, 1, 0, 0, 0) + ENCODED + struct.pack("!HH", NBSTAT, 1)


def parse(message: bytes) -> dict[str, Any]:
    """``{"name", "group", "server", "controller"}``, as far as they are said; {} for what is no such answer."""
    try:
        _, flags, questions, answers, _, _ = struct.unpack_from("!6H", message)
        if not flags & 0x8000 or questions or not answers or message[12] != 32:
            return {}
        kind, _, _, _ = struct.unpack_from("!HHIH", message, 46)
        count = message[56]
    except (struct.error, IndexError):
        return {}
    if kind != NBSTAT:
        return {}
    told: dict[str, Any] = {}
    for number in range(min(count, MAX_NAMES)):
        entry = message[57 + 18 * number : 75 + 18 * number]
        if len(entry) < 18:
            break
        name, stands_for, is_group = clean(entry[:15]), entry[15], bool(struct.unpack("!H", entry[16:])[0] & GROUP)
        if stands_for == WORKSTATION and name:
            told.setdefault("group" if is_group else "name", name)
        elif stands_for == SERVER and not is_group:
            told["server"] = True
        elif stands_for == CONTROLLER and is_group:
            told["controller"] = True
    return told
