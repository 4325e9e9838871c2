"""Where a part differs from what it should be, said so that a person finds the place. Pure."""

from __future__ import annotations

from typing import Any

import orjson

MAX_SHOWN = 60


def first_difference(name: str, found: bytes, expected: bytes) -> str | None:
    """The first place: a value of a JSON part, else a line; None when a JSON part says the same in other bytes."""
    if name.endswith(".json"):
        try:
            return _value(orjson.loads(found), orjson.loads(expected), "")
        except orjson.JSONDecodeError:
            return "JSON"
    pairs = zip(found.split(b"\n"), expected.split(b"\n"), strict=False)
    for number, (one, other) in enumerate(pairs, 1):
        if one != other:
            return f"{number}: {one[:MAX_SHOWN]!r} ≠ {other[:MAX_SHOWN]!r}"
    return f"{len(found)} ≠ {len(expected)} byte"


def _value(found: Any, expected: Any, where: str) -> str | None:
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            if key not in found or key not in expected:
                return f"{where}.{key}"
            inner = _value(found[key], expected[key], f"{where}.{key}")
            if inner is not None:
                return inner
        return None
    if isinstance(found, list) and isinstance(expected, list):
        for place, (one, other) in enumerate(zip(found, expected, strict=False)):
            inner = _value(one, other, f"{where}[{place}]")
            if inner is not None:
                return inner
        return None if len(found) == len(expected) else f"{where}: {len(found)} ≠ {len(expected)}"
    if type(found) is type(expected) and found == expected:
        return None
    return f"{where}: {str(found)[:MAX_SHOWN]} ≠ {str(expected)[:MAX_SHOWN]}"
