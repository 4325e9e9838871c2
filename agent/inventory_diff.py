"""A box's inventory told once in full, then only by what changed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from agent.wire import Inventory, Stamp

PIECE_BYTES = 120_000  # of sections in one item: several items tell a large inventory


def canonical(sections: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, without spaces, UTF-8: what the digest is made of."""
    return json.dumps(sections, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def digest(sections: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(sections)).hexdigest()


def changes(known: Mapping[str, Any] | None, found: Mapping[str, Any], at: Stamp) -> list[Inventory]:
    """The items that lead a controller from ``known`` (None: knows nothing) to ``found``; empty when nothing changed.

    Both are canonical JSON objects: as they come out of a JSON decoder.
    """
    told = dict(known or {})
    changed = {
        name: found[name] for name in sorted(found) if name not in told or canonical_differs(told[name], found[name])
    }
    removed = sorted(set(told) - set(found))
    pieces = _pieces(changed)
    if known is not None and not removed and not changed:
        return []
    items = []
    for number, piece in enumerate(pieces or [{}]):
        full = known is None and number == 0
        base = "" if full else digest(told)
        gone = removed if number == 0 else []
        told = {name: section for name, section in told.items() if name not in gone} | piece
        items.append(Inventory(at=at, full=full, digest=digest(told), base=base, sections=piece, removed=gone))
    return items


def canonical_differs(one: Any, other: Any) -> bool:
    """1 and 1.0 and True are equal in Python and not in JSON."""
    return one != other or canonical({"": one}) != canonical({"": other})


def _pieces(sections: Mapping[str, Any]) -> list[dict[str, Any]]:
    pieces: list[dict[str, Any]] = []
    size = PIECE_BYTES + 1
    for name, section in sections.items():
        length = len(canonical({name: section}))
        if size + length > PIECE_BYTES:
            pieces.append({})
            size = 0
        pieces[-1][name] = section
        size += length
    return pieces
