"""The body of an inventory agent's message: zlib, gzip or plain JSON, unpacked within bounds before it is parsed."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

MAX_PACKED = 4 * 1024 * 1024
MAX_UNPACKED = 24 * 1024 * 1024
GZIP, ZLIB = b"\x1f\x8b", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
# To a server that it does not know a GLPI agent speaks the XML of its forebears first; answered in JSON, it goes on in
# JSON (lib/GLPI/Agent.pm, runTarget; seen of agent 1.12).
PROLOG = re.compile(rb"<DEVICEID>([^<>]{1,200})</DEVICEID>\s*<QUERY>PROLOG</QUERY>")
MAX_PROLOG = 4_096


class BodyError(ValueError):
    """``args[0]`` is a stable code: "empty", "too-large", "not-unpacked", "xml", "not-json"."""


def unpack(body: bytes) -> bytes:
    """What kind it is shows in its first bytes; what the caller says of it is not relied on. Raises BodyError."""
    if not body.strip():
        raise BodyError("empty")
    if len(body) > MAX_PACKED:
        raise BodyError("too-large")
    if body[:2] != GZIP and body[:2] not in ZLIB:
        return body
    worker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib by its head
    try:
        plain = worker.decompress(body, MAX_UNPACKED + 1)
    except zlib.error:
        raise BodyError("not-unpacked") from None
    if len(plain) > MAX_UNPACKED:
        raise BodyError("too-large")
    if not worker.eof:
        raise BodyError("not-unpacked")
    return plain


def parse(body: bytes) -> Any:
    """The document; of an agent's greeting in XML what it would be in JSON. Raises BodyError."""
    plain = unpack(body)
    prolog = PROLOG.search(plain) if len(plain) <= MAX_PROLOG else None
    if prolog is not None:
        return {"action": "contact", "deviceid": prolog[1].decode("utf-8", "replace")}
    if plain.lstrip()[:1] == b"<":
        raise BodyError("xml")
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        raise BodyError("not-json") from None
