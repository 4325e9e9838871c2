"""Looking into what a spool sends."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.seal import unseal
from agent.spool import Sealed, Spool
from agent.wire import BATCH_TYPE, Result, Stamp, Window

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
AT = Stamp(wall=1_000.0, mono=10.0, boot="boot")


def opened(batches: Iterable[Sealed]) -> list[dict[str, Any]]:
    return [json.loads(unseal(batch.envelope, BATCH_TYPE, PUBLIC)) for batch in batches]


def items(spool: Spool, first: int = 0) -> list[dict[str, Any]]:
    """All items of all unacknowledged batches from ``first`` on."""
    found: list[dict[str, Any]] = []
    while batches := spool.pending(first, 4_000_000):
        found += [item for batch in opened(batches) for item in batch["items"]]
        first = batches[-1].seq + 1
    return found


def result(number: int, text: str = "") -> Result:
    facts: dict[str, Any] = {"number": number} | ({"text": text} if text else {})
    return Result(probe="host", outcome="ok", started=AT, duration=1.0, facts=facts)


def numbers(found: Iterable[dict[str, Any]]) -> list[int]:
    return [item["body"]["facts"]["number"] for item in found if item["kind"] == "result"]


def window(number: int, text: str = "") -> list[Window]:
    return [Window(name="rtt_seconds", labels={"target": text}, start=AT, seconds=60.0, count=number, lost=0)]
