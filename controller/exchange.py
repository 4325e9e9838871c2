"""An exchange before it reaches the database: bytes in, size checked, seals verified, unpacked, read.

What comes out is a :class:`Parcel` for the ingest. A line that cannot be read does not stop the others: it is set aside
with its reason, and its number is settled when its neighbours leave no doubt which one it is.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter, ValidationError

from agent.wire import (
    BATCH_TYPE,
    HEAD_TYPE,
    MAX_BATCH_BYTES,
    MAX_BATCH_JSON_BYTES,
    WIRE_VERSION,
    ExchangeHead,
)
from controller import seal
from controller.decode import Decoded, DecodeError, clean, decode, read_json
from controller.refusal import Refusal

MAX_HEAD_BYTES = 32 * 1024
MAX_LINES = 512  # more are left for the next exchange: the reply's next_seq says so, and nobody waits for one box
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Line:
    """One sealed batch as received."""

    envelope: bytes
    digest: str
    decoded: Decoded


@dataclass(frozen=True, slots=True)
class Unreadable:
    envelope: bytes
    digest: str
    reason: str
    detail: str
    before: int | None  # number of the readable batch before it; None: the stream's own position; or UNKNOWN
    after: int | None  # number of the readable batch after it; None: the next that the box will make; or UNKNOWN


@dataclass(slots=True)
class Parcel:
    agent: str
    head: ExchangeHead
    received: float
    lines: list[Line] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


@cache
def _head_adapter() -> TypeAdapter[ExchangeHead]:
    return TypeAdapter(ExchangeHead)


def first_line(body: bytes) -> bytes:
    """The sealed head. Raises Refusal."""
    line = body.partition(b"\n")[0]
    if len(line) > MAX_HEAD_BYTES:
        raise Refusal("too-large", f"the first line is longer than {MAX_HEAD_BYTES} bytes")
    return line


def read_head(payload: bytes, agent: str) -> ExchangeHead:
    """The head of ``agent`` from its verified, still packed payload. Raises Refusal."""
    try:
        data, careful = read_json(seal.unpack(payload, MAX_HEAD_BYTES))
        if isinstance(data, dict) and isinstance(data.get("v"), int) and data["v"] > WIRE_VERSION:
            raise Refusal("version", f"version {data['v']}; this controller knows up to {WIRE_VERSION}")
        head = _head_adapter().validate_python(clean(data) if careful else data)
    except seal.SealError as error:
        raise Refusal(error.code, error.detail) from None
    except (DecodeError, ValidationError) as error:
        raise Refusal("bad-request", f"the head cannot be read: {type(error).__name__}") from None
    if head.agent != agent:
        raise Refusal("bad-seal", "the head names another box than its seal")
    if not (math.isfinite(head.now.wall) and math.isfinite(head.now.mono)) or head.next_seq < 1:
        raise Refusal("bad-request", "the head's numbers make no sense")
    return head


def read(body: bytes, agent: str, public_key: bytes, received: float) -> Parcel:
    """The whole exchange. Raises Refusal when the head is wrong."""
    line = first_line(body)
    try:
        payload = seal.verify(seal.parse(line), public_key, HEAD_TYPE)
    except seal.SealError as error:
        raise Refusal(error.code, error.detail) from None
    parcel = Parcel(agent, read_head(payload, agent), received)
    found: list[Line | tuple[bytes, str, str]] = []
    for envelope in body[len(line) + 1 :].split(b"\n", MAX_LINES)[:MAX_LINES]:
        if envelope:
            found.append(_read_line(envelope, agent, public_key))
    for place, one in enumerate(found):
        if isinstance(one, Line):
            parcel.lines.append(one)
        else:
            before, after = _neighbour(found, place, -1), _neighbour(found, place, +1)
            if after is None and len(found) == MAX_LINES:
                after = UNKNOWN
            parcel.unreadable.append(Unreadable(one[0], digest_of(one[0]), one[1], one[2], before, after))
    return parcel


def digest_of(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()


def _read_line(envelope: bytes, agent: str, public_key: bytes) -> Line | tuple[bytes, str, str]:
    if len(envelope) > MAX_BATCH_BYTES:
        return envelope, "too-large", f"{len(envelope)} bytes; at most {MAX_BATCH_BYTES}"
    try:
        data = seal.open_sealed(envelope, public_key, BATCH_TYPE, MAX_BATCH_JSON_BYTES)
        return Line(envelope, digest_of(envelope), decode(data, agent))
    except seal.SealError as error:
        return envelope, error.code, error.detail
    except DecodeError as error:
        if error.reason == "version":
            raise Refusal("version", error.detail) from None
        return envelope, error.reason, error.detail


def _neighbour(found: list[Line | tuple[bytes, str, str]], place: int, step: int) -> int | None:
    beside = place + step
    if not 0 <= beside < len(found):
        return None
    one = found[beside]
    return one.decoded.seq if isinstance(one, Line) else UNKNOWN


def settled_number(line: Unreadable, next_seq: int, head_next: int) -> int | None:
    """The number of an unreadable batch when only one fits between its neighbours, else None."""
    before = next_seq - 1 if line.before is None else line.before
    after = head_next if line.after is None else line.after
    if UNKNOWN in (before, after) or after - before != 2:
        return None
    return before + 1
