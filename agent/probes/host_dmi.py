"""The SMBIOS table: what the firmware says of the machine. Parses raw bytes (DMTF DSP0134), trusting none of them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.probes.host_source import clean, filled

CHASSIS = {
    3: "desktop", 4: "low-profile desktop", 5: "pizza box", 6: "mini tower", 7: "tower", 8: "portable", 9: "laptop",
    10: "notebook", 11: "hand-held", 13: "all-in-one", 14: "sub-notebook", 15: "space-saving", 16: "lunch box",
    17: "server", 23: "rack server", 28: "blade", 30: "tablet", 31: "convertible", 32: "detachable", 33: "gateway",
    34: "embedded", 35: "mini PC", 36: "stick PC",
}  # fmt: skip
MEMORY_TYPES = {
    0x07: "RAM", 0x12: "DDR", 0x13: "DDR2", 0x18: "DDR3", 0x1A: "DDR4", 0x1B: "LPDDR", 0x1C: "LPDDR2", 0x1D: "LPDDR3",
    0x1E: "LPDDR4", 0x22: "DDR5", 0x23: "LPDDR5",
}  # fmt: skip
BIOS, SYSTEM, BOARD, MEMORY_ARRAY, MEMORY, END = 0, 1, 2, 16, 17, 127
MAX_STRUCTURES = 4_096


@dataclass(frozen=True, slots=True)
class Structure:
    kind: int
    data: bytes  # the formatted area, its header included
    strings: tuple[bytes, ...]

    def string(self, place: int) -> str:
        number = self.byte(place) or 0
        return clean(self.strings[number - 1].decode("utf-8", "replace")) if 0 < number <= len(self.strings) else ""

    def byte(self, place: int) -> int | None:
        return self.data[place] if place < len(self.data) else None

    def word(self, place: int) -> int | None:
        return struct.unpack_from("<H", self.data, place)[0] if place + 2 <= len(self.data) else None

    def long(self, place: int) -> int | None:
        return struct.unpack_from("<I", self.data, place)[0] if place + 4 <= len(self.data) else None


def table(answer: Mapping[str, Any]) -> bytes:
    """The table of what the helper's verb ``dmi`` gives. Raises ValueError."""
    return base64.b64decode(str(answer["table"]), validate=True)


def structures(raw: bytes) -> Iterator[Structure]:
    """Each structure of a table; ends at the first one that is cut off."""
    place = 0
    for _ in range(MAX_STRUCTURES):
        if place + 4 > len(raw) or raw[place + 1] < 4:
            return
        kind, length = raw[place], raw[place + 1]
        end = raw.find(b"\0\0", place + length)
        if end < 0:
            return
        yield Structure(kind, raw[place : place + length], tuple(raw[place + length : end].split(b"\0")))
        if kind == END:
            return
        place = end + 2


def serials(raw: bytes) -> tuple[str, str]:
    """Serial numbers of the system and of its board."""
    found = {each.kind: each.string(7) for each in structures(raw) if each.kind in (SYSTEM, BOARD)}
    return found.get(SYSTEM, ""), found.get(BOARD, "")


def memory(raw: bytes) -> tuple[int, list[dict[str, Any]]]:
    """How many slots there are, and the modules in them."""
    slots, modules = 0, []
    for each in structures(raw):
        if each.kind == MEMORY_ARRAY and each.byte(5) == 3:  # used as system memory
            slots += each.word(0x0D) or 0
        elif each.kind == MEMORY and (size := _size(each)):
            modules.append(_module(each, size))
    return max(slots, len(modules)), modules


def _size(device: Structure) -> int:
    """Bytes; 0 for an empty slot or an unknown size."""
    size = device.word(0x0C) or 0
    if size == 0xFFFF:
        return 0
    if size == 0x7FFF:
        return ((device.long(0x1C) or 0) & 0x7FFFFFFF) * 1024**2
    return (size & 0x7FFF) * 1024 if size & 0x8000 else size * 1024**2


def _module(device: Structure, size: int) -> dict[str, Any]:
    speed = device.word(0x20) or device.word(0x15)  # configured, else what it could
    return filled(
        {
            "slot": device.string(0x10),
            "bank": device.string(0x11),
            "bytes": size,
            "type": MEMORY_TYPES.get(device.byte(0x12) or 0, ""),
            "speed_mts": speed if speed not in (0, 0xFFFF) else None,
            "vendor": device.string(0x17),
            "part": device.string(0x1A),
            "serial": device.string(0x18),
        }
    )
