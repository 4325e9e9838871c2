"""The boxes of an evidence file: their public keys, and the rows of the audit log by which the province accepted them.

Pure. A box's id is the id of its key, and the row of its acceptance names the six words of the same key, so a key that
was put in another's place shows; each row carries the hash that binds it into the province's audit log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from agent.wire import fingerprint
from controller.evidence.seals import public_key
from controller.seal import keyid

HASHED = ("previous", "at", "actor", "action", "object", "school_id", "outcome", "detail")
ACCEPTED = "agent.accept"


class AcceptanceError(Exception):
    """``code`` is stable; ``where`` is the box."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code} {where}")
        self.code, self.where = code, where


def digest(row: Mapping[str, Any]) -> str:
    """The hash that a row of the audit log must have (as in controller/audit.py)."""
    return hashlib.sha256(orjson.dumps([row[name] for name in HASHED], option=orjson.OPT_SORT_KEYS)).hexdigest()


def keys_of(boxes: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The public key of each box. Raises AcceptanceError for one whose papers do not fit its key."""
    keys: dict[str, bytes] = {}
    for box in boxes:
        name = str(box.get("id"))
        try:
            key = public_key(box["public_key"])
        except (KeyError, TypeError, ValueError):
            raise AcceptanceError("no-key", name) from None
        if name in keys or keyid(key) != name:
            raise AcceptanceError("another-key", name)
        if box.get("fingerprint") != fingerprint(key):
            raise AcceptanceError("another-fingerprint", name)
        _check_rows(name, box)
        keys[name] = key
    return keys


def _check_rows(name: str, box: Mapping[str, Any]) -> None:
    for row in box["audit"]:
        if row["hash"] != digest(row):
            raise AcceptanceError("audit-row-changed", name)
        told = row["detail"].get("fingerprint")
        if row["object"] != f"agent:{name}" or (told is not None and told != box["fingerprint"]):
            raise AcceptanceError("audit-row-of-another", name)


def is_accepted(box: Mapping[str, Any]) -> bool:
    """Whether the file holds the audit log's row of a person who compared the fingerprint."""
    return any(row["action"] == ACCEPTED for row in box["audit"])
