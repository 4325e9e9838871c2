"""DNS messages as mDNS uses them: questions out, records in. RFC 1035, RFC 6762. Pure, and bounded whatever comes.

A name is a tuple of labels, since a label of mDNS may hold a dot ("HP 400 (P. 3)._ipp._tcp.local").
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Name = tuple[str, ...]

A, PTR, TXT, SRV = 1, 12, 16, 33
MAX_RECORDS = 128
MAX_LABELS = 32
MAX_TEXTS = 32
UNICAST = 0x8000  # "answer me alone", RFC 6762 5.4
HEADER = struct.Struct("!6H")


class Malformed(ValueError):
    """Not a DNS message, or one that is cut."""


@dataclass(frozen=True, slots=True)
class Record:
    name: Name
    kind: int
    target: Name = ()  # of PTR and SRV
    text: tuple[tuple[str, str], ...] = ()  # of TXT: key, value
    address: str = ""  # of A


def query(names: Iterable[Name], kind: int = PTR) -> bytes:
    """One question a name. The identifier is 0, as mDNS has it."""
    questions = [b"".join(_label(label) for label in name) + b"\0" for name in names]
    tail = struct.pack("!HH", kind, 1 | UNICAST)
    return HEADER.pack(0, 0, len(questions), 0, 0, 0) + b"".join(name + tail for name in questions)


def _label(label: str) -> bytes:
    raw = label.encode("utf-8", "replace")[:63]
    return bytes([len(raw)]) + raw


def reverse(address: str) -> Name:
    """The name that stands for an IPv4 address."""
    return (*reversed(address.split(".")), "in-addr", "arpa")


def parse(message: bytes) -> list[Record]:
    """The records of an answer, as many as could be read before something was wrong; none of a question."""
    records: list[Record] = []
    try:
        _, flags, questions, *counts = HEADER.unpack_from(message)
        if not flags & 0x8000:
            return []
        at = HEADER.size
        for _ in range(min(questions, MAX_RECORDS)):
            _, at = _name(message, at)
            at += 4
        for _ in range(min(sum(counts), MAX_RECORDS)):
            record, at = _record(message, at)
            if record is not None:
                records.append(record)
    except (Malformed, struct.error, IndexError):
        pass  # what was read so far is as good as it ever was
    return records


def _record(message: bytes, at: int) -> tuple[Record | None, int]:
    name, at = _name(message, at)
    kind, _, _, size = struct.unpack_from("!HHIH", message, at)
    at += 10
    end = at + size
    if end > len(message):
        raise Malformed("cut")
    if kind == PTR:
        return Record(name, kind, target=_name(message, at)[0]), end
    if kind == SRV and size > 6:
        return Record(name, kind, target=_name(message, at + 6)[0]), end
    if kind == A and size == 4:
        return Record(name, kind, address=socket.inet_ntoa(message[at:end])), end
    if kind == TXT:
        return Record(name, kind, text=tuple(_texts(message[at:end]))), end
    return None, end


def _name(message: bytes, at: int) -> tuple[Name, int]:
    """The name at ``at``, and where it ends. A pointer must lead backwards, so that none leads round in a ring."""
    labels: list[str] = []
    end, lowest = 0, at
    while True:
        size = message[at]
        if size & 0xC0 == 0xC0:
            to = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            end = end or at + 2
            if to >= lowest:
                raise Malformed("a pointer that leads forward")
            at = lowest = to
        elif size & 0xC0:
            raise Malformed("an unknown kind of label")
        elif size == 0:
            return tuple(labels), end or at + 1
        else:
            raw = message[at + 1 : at + 1 + size]
            if len(raw) < size or len(labels) >= MAX_LABELS:
                raise Malformed("too long, or cut")
            labels.append(raw.decode("utf-8", "replace"))
            at += 1 + size


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    for _ in range(MAX_TEXTS):
        if at >= len(data):
            return
        part = data[at + 1 : at + 1 + data[at]]
        key, _, value = part.partition(b"=")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        at += 1 + data[at]
