"""SNMP version 2c, as much of it as asks a device what it is (sysDescr and sysName) and for single numbers. RFC 3416,
BER of X.690. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from agent.lan.text import clean

PORT = 161
INTEGER, STRING, NULL, OID, SEQUENCE, GET, NEXT, RESPONSE = 0x02, 0x04, 0x05, 0x06, 0x30, 0xA0, 0xA1, 0xA2
COUNTER64 = 0x46
SYSTEM = bytes((0x2B, 6, 1, 2, 1, 1))  # 1.3.6.1.2.1.1
ASKED = {"descr": SYSTEM + bytes((1, 0)), "name": SYSTEM + bytes((5, 0))}
MAX_BINDINGS = 8


class Malformed(ValueError):
    """Not BER, or cut."""


def question(community: str, number: int) -> bytes:
    """``number``: 31 bits that come back with the answer."""
    return request(GET, community, number, ASKED.values())


def request(kind: int, community: str, number: int, oids: Iterable[bytes]) -> bytes:
    """``kind``: GET, or NEXT for what follows each OID in the device's order."""
    bindings = b"".join(_put(SEQUENCE, _put(OID, oid) + _put(NULL, b"")) for oid in oids)
    head = _put(INTEGER, (number & 0x7FFFFFFF).to_bytes(4, "big")) + 2 * _put(INTEGER, b"\0")
    return _put(
        SEQUENCE,
        _put(INTEGER, b"\1") + _put(STRING, community.encode()) + _put(kind, head + _put(SEQUENCE, bindings)),
    )


def _put(kind: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([kind]) + (bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 0xFF])) + content


def parse(message: bytes, number: int) -> dict[str, Any]:
    """``{"descr", "name"}`` as far as they are told in the answer to question ``number``; {} for anything else."""
    told: dict[str, Any] = {}
    for oid, kind, content in bindings(message, number):
        name = next((name for name, known in ASKED.items() if known == oid), "")
        if name and kind == STRING:
            text = clean(content, 128 if name == "descr" else 64)
            if text:
                told[name] = text
    return told


def bindings(message: bytes, number: int) -> list[tuple[bytes, int, bytes]]:
    """OID, kind and content of what the answer to question ``number`` tells; [] for anything else."""
    try:
        whole, _ = _take(message, SEQUENCE)
        _, rest = _take(whole, INTEGER)
        _, rest = _take(rest, STRING)
        reply, _ = _take(rest, RESPONSE)
        answered, rest = _take(reply, INTEGER)
        trouble, rest = _take(rest, INTEGER)
        _, rest = _take(rest, INTEGER)
        listed, _ = _take(rest, SEQUENCE)
        if int.from_bytes(answered, "big") != number & 0x7FFFFFFF or any(trouble):
            return []
        return list(_values(listed))
    except Malformed:
        return []


def _values(listed: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    for _ in range(MAX_BINDINGS):
        if not listed:
            break
        binding, listed = _take(listed, SEQUENCE)
        oid, value = _take(binding, OID)
        yield oid, value[0] if value else NULL, _take(value, value[0])[0] if value else b""


def _take(data: bytes, kind: int) -> tuple[bytes, bytes]:
    """The content of the element at the start, and what follows it."""
    if len(data) < 2 or data[0] != kind:
        raise Malformed("another kind")
    size, at = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 3 or len(data) < 2 + count:
            raise Malformed("size")
        size, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    if len(data) < at + size:
        raise Malformed("cut")
    return data[at : at + size], data[at + size :]
