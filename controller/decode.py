"""From a verified batch's JSON to items that can be stored. A bad item is set aside with its reason, never its batch.

The box's own text is not trusted to be tidy: control characters go, Vietnamese is brought to NFC, and no number may be
NaN or infinite. The common case costs one look at the bytes: JSON that is plain ASCII without escapes needs none of it.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from agent.wire import (
    MAX_BATCH_ITEMS,
    MAX_ITEM_SAMPLES,
    MAX_LABELS,
    MAX_TEXT,
    WIRE_VERSION,
    Inventory,
    RawSamples,
    Result,
    Sample,
    Stamp,
    StateChange,
    Thinned,
    Window,
)

MAX_SEQ = 2**53
MAX_WINDOW_SECONDS = 86_400.0
BLOCK = MAX_TEXT // 2
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SURROGATE = re.compile(r"[\ud800-\udfff]")


class DecodeError(Exception):
    """The batch as a whole cannot be read. ``reason`` is a stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class GoodItem:
    index: int
    body: Any  # the wire dataclass, or a list of Window
    raw: Any  # the same as plain JSON, unknown fields included


@dataclass(frozen=True, slots=True)
class BadItem:
    index: int
    reason: str
    detail: str
    raw: Any


@dataclass(slots=True)
class Decoded:
    seq: int
    sealed: Stamp
    items: list[GoodItem] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)


@cache
def _adapters() -> Mapping[str, TypeAdapter[Any]]:
    return {
        "result": TypeAdapter(Result),
        "windows": TypeAdapter(list[Window]),
        "state": TypeAdapter(StateChange),
        "raw": TypeAdapter(RawSamples),
        "inventory": TypeAdapter(Inventory),
        "thinned": TypeAdapter(Thinned),
        "stamp": TypeAdapter(Stamp),
    }


def read_json(data: bytes) -> tuple[Any, bool]:
    """The JSON and whether its texts and numbers must be looked at one by one. Raises DecodeError."""
    try:
        return orjson.loads(data), not data.isascii() or b"\\" in data or may_hold_long_text(data)
    except orjson.JSONDecodeError:
        pass
    try:  # NaN, Infinity, lone surrogates: the item that has them is set aside, the others are taken
        return json.loads(data), True
    except (ValueError, RecursionError) as error:
        raise DecodeError("not-json", str(error)[:200]) from None


def may_hold_long_text(data: bytes) -> bool:
    """False when no text can be longer than allowed: such a text would fill a whole block without a quotation mark."""
    return any(data.find(b'"', at, at + BLOCK) < 0 for at in range(0, len(data) - BLOCK + 1, BLOCK))


def decode(data: bytes, agent: str) -> Decoded:
    """The items of one batch of ``agent``. Raises DecodeError."""
    batch, careful = read_json(data)
    if not isinstance(batch, dict):
        raise DecodeError("bad-shape", "a batch is an object")
    version, seq, items = batch.get("v"), batch.get("seq"), batch.get("items")
    if not isinstance(version, int) or version < 1:
        raise DecodeError("bad-shape", "no version")
    if version > WIRE_VERSION:
        raise DecodeError("version", f"version {version}; this controller knows up to {WIRE_VERSION}")
    if batch.get("agent") != agent:
        raise DecodeError("foreign-agent", "the batch names another box")
    if type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        raise DecodeError("bad-shape", "seq must be a whole number from 1")
    if not isinstance(items, list):
        raise DecodeError("bad-shape", "items must be a list")
    if len(items) > MAX_BATCH_ITEMS:
        raise DecodeError("too-large", f"{len(items)} items; at most {MAX_BATCH_ITEMS}")
    try:
        sealed: Stamp = _adapters()["stamp"].validate_python(batch.get("sealed"))
    except ValidationError:
        raise DecodeError("bad-shape", "no stamp") from None
    if not (math.isfinite(sealed.wall) and math.isfinite(sealed.mono)):
        raise DecodeError("bad-shape", "a stamp that is no number")
    decoded = Decoded(seq, sealed)
    for index, item in enumerate(items):
        _take(decoded, index, item, careful)
    return decoded


def _take(decoded: Decoded, index: int, item: Any, careful: bool) -> None:
    kind = item.get("kind") if isinstance(item, dict) else None
    adapter = _adapters().get(kind) if isinstance(kind, str) and kind != "stamp" else None
    if adapter is None:
        decoded.bad.append(BadItem(index, "unknown-kind", f"kind {kind!r}"[:MAX_TEXT], item))
        return
    raw = item.get("body")
    try:
        if careful:
            raw = clean(raw)
        body = adapter.validate_python(raw)
        CHECKS[str(kind)](body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        decoded.bad.append(BadItem(index, "bad-shape", f"{where}: {first['msg']}"[:MAX_TEXT], item))
    except DecodeError as error:
        decoded.bad.append(BadItem(index, error.reason, error.detail, item))
    else:
        decoded.items.append(GoodItem(index, body, raw))


def clean(value: Any, depth: int = 0) -> Any:
    """The same with tidy texts. Raises DecodeError for NaN, infinities, endless nesting and texts that are too long."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DecodeError("not-finite", "NaN or infinity")
        return value
    if depth > 32:
        raise DecodeError("too-deep", "nested more than 32 deep")
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [clean(inner, depth + 1) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SEQ * 1024:
        return float(value) if abs(value) < 10**300 else None
    return value


def clean_text(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= MAX_TEXT:
        return text
    if len(text) > MAX_TEXT:
        raise DecodeError("too-long", f"a text of {len(text)} characters; at most {MAX_TEXT}")
    text = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return unicodedata.normalize("NFC", CONTROL.sub(" ", text)).strip()


def _require(condition: bool, reason: str, detail: str) -> None:
    if not condition:
        raise DecodeError(reason, detail)


def _finite(*values: float | None) -> None:
    """One addition finds any NaN or infinity, also one that came as text ("nan" passes for a number in pydantic)."""
    if not math.isfinite(sum(filter(None, values))):
        raise DecodeError("not-finite", "NaN, infinity or beyond all measure")


def _check_stamp(stamp: Stamp | None) -> None:
    if stamp is not None:
        _finite(stamp.wall, stamp.mono)


def _check_samples(samples: list[Sample]) -> None:
    _require(len(samples) <= MAX_ITEM_SAMPLES, "too-many-samples", f"{len(samples)}; at most {MAX_ITEM_SAMPLES}")
    _finite(*(sample.value for sample in samples))
    for sample in samples:
        _require(len(sample.labels) <= MAX_LABELS, "too-many-labels", f"more than {MAX_LABELS}")
        _check_stamp(sample.at)


def _check_result(result: Result) -> None:
    _check_stamp(result.started)
    _finite(result.duration)
    _require(0 <= result.duration < 7 * 86_400, "out-of-range", "duration")
    _check_samples(result.samples)


def _check_windows(windows: list[Window]) -> None:
    _require(len(windows) <= MAX_ITEM_SAMPLES, "too-many-samples", f"{len(windows)}; at most {MAX_ITEM_SAMPLES}")
    for window in windows:
        start = window.start
        _finite(
            window.min, window.median, window.p95, window.max, window.jitter, window.seconds, start.wall, start.mono
        )
        # Written out, because nothing is looked at as often as windows.
        if len(window.labels) > MAX_LABELS:
            raise DecodeError("too-many-labels", f"more than {MAX_LABELS}")
        if not 0 < window.seconds <= MAX_WINDOW_SECONDS:
            raise DecodeError("out-of-range", "seconds")
        if not 0 <= window.lost <= window.count <= MAX_SEQ:
            raise DecodeError("out-of-range", "more lost than tried")


def _check_raw(raw: RawSamples) -> None:
    _check_stamp(raw.around)
    _check_samples(raw.samples)


def _check_thinned(thinned: Thinned) -> None:
    _check_stamp(thinned.at)
    _require(0 <= thinned.records <= MAX_SEQ, "out-of-range", "records")
    _require(len(thinned.seqs) <= MAX_ITEM_SAMPLES, "too-many-samples", "seqs")
    _require(all(1 <= seq <= MAX_SEQ for seq in thinned.seqs), "out-of-range", "seqs")


def _check_moment(body: StateChange | Inventory) -> None:
    _check_stamp(body.at)


CHECKS: Mapping[str, Callable[[Any], None]] = {
    "result": _check_result,
    "windows": _check_windows,
    "state": _check_moment,
    "raw": _check_raw,
    "inventory": _check_moment,
    "thinned": _check_thinned,
}
