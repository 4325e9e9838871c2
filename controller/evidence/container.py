"""The container: a ZIP that any program opens and that has exactly one way to be written, so no byte of it is free.

Every header is a function of the parts: fixed order, no dates, no comments, no extra fields. Reading goes from front to
back by the local headers, within bounds, and then makes the headers and the directory again: what is not the same byte
for byte is refused and named. A part that is deflated could hide a bit in what its packing leaves open, so the manifest
carries a hash of the packed bytes too (``Part.packed``).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MAX_FILE = 256 * 1024 * 1024  # bytes of the whole file
MAX_CONTENT = 512 * 1024 * 1024  # bytes of all parts unpacked
MAX_PARTS = 64
MAX_NAME = 60
STORED, DEFLATED = 0, 8

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
VERSION, MADE_BY, MODE = 20, 0x0314, 0o100644 << 16
DATE = 0x0021  # 1 January 1980, the first that a ZIP knows
NAME_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")


class ContainerError(Exception):
    """Not a container of ours. ``code`` is stable; ``part`` names the part where it was seen, as far as known."""

    def __init__(self, code: str, part: str, detail: str = "") -> None:
        super().__init__(f"{code} {part} {detail}".strip())
        self.code, self.part, self.detail = code, part, detail


@dataclass(frozen=True, slots=True)
class Part:
    """``packed`` are the bytes as they lie in the file, ``content`` what they unpack to."""

    name: str
    content: bytes
    method: int
    packed: bytes

    @property
    def crc(self) -> int:
        return zlib.crc32(self.content)


def stored(name: str, content: bytes) -> Part:
    return Part(name, content, STORED, content)


def deflated(name: str, content: bytes) -> Part:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Part(name, content, DEFLATED, packer.compress(content) + packer.flush())


def write(parts: Sequence[Part]) -> bytes:
    """The container's bytes: the same parts give the same bytes."""
    pieces, offsets, at = [], [], 0
    for part in parts:
        offsets.append(at)
        head = _local(part)
        pieces += [head, part.packed]
        at += len(head) + len(part.packed)
    return b"".join([*pieces, _directory(parts, offsets, at)])


def read(data: bytes) -> list[Part]:
    """All parts in order. Raises ContainerError; a bomb costs ``MAX_CONTENT`` at most."""
    if len(data) > MAX_FILE:
        raise ContainerError("too-large", "", f"{len(data)} > {MAX_FILE}")
    parts: list[Part] = []
    offsets: list[int] = []
    at, room = 0, MAX_CONTENT
    while data[at : at + 4] == b"PK\3\4":
        if len(parts) >= MAX_PARTS:
            raise ContainerError("too-many-parts", "", str(MAX_PARTS))
        part, after = _part(data, at, room)
        if any(part.name == other.name for other in parts):
            raise ContainerError("duplicate-part", part.name)
        parts.append(part)
        offsets.append(at)
        at, room = after, room - len(part.content)
    last = parts[-1].name if parts else ""
    if not parts:
        raise ContainerError("not-a-container", "", "PK\\3\\4")
    expected = _directory(parts, offsets, at)
    if data[at:] != expected:
        raise ContainerError("directory-changed", last, f"@{at + _first_difference(data[at:], expected)}")
    return parts


def _part(data: bytes, at: int, room: int) -> tuple[Part, int]:
    if at + LOCAL.size > len(data):
        raise ContainerError("truncated", "", f"@{at}")
    fields = LOCAL.unpack_from(data, at)
    method, crc, packed_size, size, name_size = fields[3], fields[6], fields[7], fields[8], fields[9]
    start = at + LOCAL.size + name_size
    raw = data[at + LOCAL.size : start]
    if not 0 < name_size <= MAX_NAME or not NAME_LETTERS.issuperset(raw) or raw.startswith(b"."):
        raise ContainerError("bad-name", "", f"@{at}")
    name = raw.decode("ascii")
    if start + packed_size > len(data):
        raise ContainerError("truncated", name, f"@{at}")
    if method not in (STORED, DEFLATED):
        raise ContainerError("header-changed", name, f"@{at}")
    if size > room:
        raise ContainerError("too-large", name, f"{size} > {room}")
    packed = data[start : start + packed_size]
    content = packed if method == STORED else _inflate(packed, size, name)
    part = Part(name, content, method, packed)
    if len(content) != size or part.crc != crc:
        raise ContainerError("part-damaged", name, "CRC-32")
    if data[at:start] != _local(part):
        raise ContainerError("header-changed", name, f"@{at}")
    return part, start + packed_size


def _inflate(packed: bytes, size: int, name: str) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, size + 1)
    except zlib.error:
        raise ContainerError("part-damaged", name, "deflate") from None
    if len(content) != size or not inflater.eof or inflater.unused_data:
        raise ContainerError("part-damaged", name, "deflate")
    return content


def _local(part: Part) -> bytes:
    name = part.name.encode("ascii")
    sizes = (part.crc, len(part.packed), len(part.content))
    return LOCAL.pack(b"PK\3\4", VERSION, 0, part.method, 0, DATE, *sizes, len(name), 0) + name


def _directory(parts: Sequence[Part], offsets: Sequence[int], start: int) -> bytes:
    rows = []
    for part, offset in zip(parts, offsets, strict=True):
        name = part.name.encode("ascii")
        sizes = (part.crc, len(part.packed), len(part.content))
        head = (b"PK\1\2", MADE_BY, VERSION, 0, part.method, 0, DATE, *sizes, len(name), 0, 0, 0, 0, MODE, offset)
        rows.append(CENTRAL.pack(*head) + name)
    size = sum(map(len, rows))
    return b"".join([*rows, END.pack(b"PK\5\6", 0, 0, len(parts), len(parts), size, start, 0)])


def _first_difference(found: bytes, expected: bytes) -> int:
    pairs = zip(found, expected, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(found), len(expected)))
