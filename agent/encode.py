"""Items of the spool as JSON: always valid, always within the bounds of the wire, whatever a probe came up with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from agent.wire import MAX_ITEM_SAMPLES, ItemKind

# gzip never grows such a text by much and base64 by a third: one item of this size always fits one sealed batch.
MAX_ITEM_BYTES = 180_000
MAX_DEPTH = 16


def plain(body: Any) -> Any:
    """Dataclasses (or a list of them) as dictionaries; anything else as it is."""
    if isinstance(body, list):
        return [plain(each) for each in body]
    return asdict(body) if is_dataclass(body) and not isinstance(body, type) else body


def to_json(value: Any) -> bytes:
    """Compact UTF-8 JSON. What JSON cannot hold becomes null (NaN, infinity), text (objects) or "?" (half letters)."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(_cleaned(value, 0), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace")


def _cleaned(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): _cleaned(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(each, depth + 1) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    return str(value)


def encode(kind: ItemKind, body: Any) -> list[bytes]:
    """The item ``{"kind", "body"}`` as JSON, in as many pieces as the wire's bounds ask for."""
    return _pieces(kind, plain(body))


def _pieces(kind: ItemKind, body: Any) -> list[bytes]:
    text = to_json({"kind": kind, "body": body})
    samples = body.get("samples", []) if isinstance(body, dict) else []
    if len(text) <= MAX_ITEM_BYTES and len(samples) <= MAX_ITEM_SAMPLES:
        return [text]
    if isinstance(body, list) and len(body) > 1:
        half = len(body) // 2
        return _pieces(kind, body[:half]) + _pieces(kind, body[half:])
    if len(samples) > 1:
        half = len(samples) // 2
        first = body | {"samples": samples[:half]}
        second = body | {"samples": samples[half:]} | ({"facts": {}} if "facts" in body else {})
        return _pieces(kind, first) + _pieces(kind, second)
    return [to_json({"kind": kind, "body": _shortened(body)})]


def _shortened(body: Any) -> Any:
    """The last resort for one thing that is too large by itself: its largest parts are replaced by their size."""
    if not isinstance(body, dict):
        return body
    for holder in ("facts", "sections"):
        parts = body.get(holder)
        while isinstance(parts, dict) and parts and len(to_json(body)) > MAX_ITEM_BYTES - 1_000:
            sizes = {name: len(to_json(part)) for name, part in parts.items()}
            largest = max(sizes, key=lambda name: sizes[name])
            if sizes[largest] < 100:
                break
            parts = parts | {largest: {"left_out_bytes": sizes[largest]}}
            body = body | {holder: parts}
    return {key: value[:4_000] if isinstance(value, str) else value for key, value in body.items()}
