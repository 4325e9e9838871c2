"""Sealed batches as they lie in an evidence file: the boxes' own bytes, one a line, and an index beside them.

``seals.jsonl`` holds each envelope exactly as its box sealed it. ``seals.json`` says of each line whose it is, its
number, when it arrived and by which offsets its stamps became the province's times (monitoring/clock.py): those are the
province's word, and the box's own clock stands inside the seal beside them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from agent.wire import BATCH_TYPE, MAX_BATCH_BYTES, MAX_BATCH_JSON_BYTES, Stamp
from controller import seal
from controller.decode import Decoded, DecodeError, decode

MAX_SEALS = 200_000


class SealsError(Exception):
    """A sealed batch does not hold. ``code`` is stable; ``where`` names box and number."""

    def __init__(self, code: str, where: str, detail: str = "") -> None:
        super().__init__(f"{code} {where} {detail}".strip())
        self.code, self.where, self.detail = code, where, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the stamps of one batch became times: ``min(mono + offset of its boot, now)``."""

    now: float
    offsets: Mapping[str, float] = field(default_factory=dict)

    def place(self, stamp: Stamp) -> float | None:
        """Unix seconds by the province's clock; None for a boot of which nobody knows when it began."""
        offset = self.offsets.get(stamp.boot)
        return None if offset is None else min(stamp.mono + offset, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    agent: str
    seq: int
    received_at: float
    epoch: int
    clock: Clock
    envelope: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.envelope).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed batch whose seal holds, with what it says."""

    sealed: Sealed
    batch: Decoded


def encode(some: Iterable[Sealed]) -> tuple[bytes, bytes]:
    """(``seals.json``, ``seals.jsonl``)."""
    index, lines = [], []
    for one in some:
        index.append(
            {
                "agent": one.agent,
                "seq": one.seq,
                "sha256": one.digest,
                "received_at": one.received_at,
                "epoch": one.epoch,
                "clock": asdict(one.clock),
            }
        )
        lines.append(one.envelope + b"\n")
    return orjson.dumps(index), b"".join(lines)


def parse(index: bytes, lines: bytes) -> list[Sealed]:
    """The batches of a file; no seal is checked yet. Raises SealsError."""
    try:
        rows = orjson.loads(index)
        envelopes = lines.split(b"\n")
        if envelopes.pop() != b"" or len(envelopes) != len(rows):
            raise SealsError("seals-differ", "seals.jsonl", f"{len(envelopes)} / {len(rows)}")
        if len(rows) > MAX_SEALS:
            raise SealsError("too-many", "seals.json", str(len(rows)))
        found = [_sealed(row, envelope) for row, envelope in zip(rows, envelopes, strict=True)]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise SealsError("not-readable", "seals.json") from None
    keys = [(one.agent, one.seq) for one in found]
    if keys != sorted(set(keys)):
        raise SealsError("not-in-order", "seals.json")
    for one, row in zip(found, rows, strict=True):
        if one.digest != row["sha256"]:
            raise SealsError("digest-differs", place_of(one))
    return found


def _sealed(row: Mapping[str, Any], envelope: bytes) -> Sealed:
    clock = row["clock"]
    offsets = {str(boot): float(offset) for boot, offset in clock["offsets"].items()}
    return Sealed(
        agent=str(row["agent"]),
        seq=int(row["seq"]),
        received_at=float(row["received_at"]),
        epoch=int(row["epoch"]),
        clock=Clock(now=float(clock["now"]), offsets=offsets),
        envelope=envelope,
    )


def open_all(some: Sequence[Sealed], keys: Mapping[str, bytes]) -> Iterator[Opened]:
    """Check each seal with its box's key and read it. Raises SealsError for the first that does not hold."""
    for one in some:
        key = keys.get(one.agent)
        if key is None:
            raise SealsError("unknown-box", place_of(one))
        if len(one.envelope) > MAX_BATCH_BYTES:
            raise SealsError("too-large", place_of(one))
        try:
            document = seal.open_sealed(one.envelope, key, BATCH_TYPE, MAX_BATCH_JSON_BYTES)
            batch = decode(document, one.agent)
        except seal.SealError as error:
            raise SealsError(error.code, place_of(one), error.detail) from None
        except DecodeError as error:
            raise SealsError("not-readable", place_of(one), error.reason) from None
        if batch.seq != one.seq:
            raise SealsError("another-number", place_of(one), str(batch.seq))
        yield Opened(one, batch)


def public_key(text: str) -> bytes:
    """The raw 32 bytes. Raises ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if len(raw) != 32 or base64.b64encode(raw).decode() != text:
        raise ValueError("not 32 bytes")
    return raw


def place_of(one: Sealed) -> str:
    return f"{one.agent}:{one.seq}"
