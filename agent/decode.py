"""Replies of the controller as wire dataclasses: unknown fields ignored, absent optional ones defaulted, all checked.

A box takes what an older or newer controller says; what does not fit is one clear error, never half a reply.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class BadMessage(Exception):
    """A reply that does not have the shape of its dataclass; the text names the field."""


def decode(kind: type[T], data: Any, where: str = "") -> T:
    """``data`` (decoded JSON) as the dataclass ``kind``. Raises BadMessage."""
    if not isinstance(data, Mapping):
        raise BadMessage(f"{where or kind.__name__}: not an object")
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, which a TypeVar cannot say
        name = f"{where or kind.__name__}.{field.name}"
        if field.name in data:
            values[field.name] = _value(hints[field.name], data[field.name], name)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise BadMessage(f"{name}: missing")
    return kind(**values)


def _value(hint: Any, data: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return data
    if origin in (Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        return _value(next(each for each in arguments if each is not type(None)), data, where)
    if origin is Literal:
        if data not in arguments:
            raise BadMessage(f"{where}: {data!r:.50} is none of {', '.join(map(str, arguments))}")
        return data
    if origin in (list, tuple) and isinstance(data, list):
        return origin(_value(arguments[0], each, f"{where}[]") for each in data)
    if origin in (dict, Mapping) and isinstance(data, dict):
        return {str(key): _value(arguments[1], each, f"{where}.{key}") for key, each in data.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, data, where)
    return _scalar(hint, data, where)


def _scalar(hint: Any, data: Any, where: str) -> Any:
    if hint is float:
        if isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
            return float(data)
    elif isinstance(hint, type) and isinstance(data, hint) and (hint is bool) == isinstance(data, bool):
        return data
    raise BadMessage(f"{where}: {data!r:.50} is not {getattr(hint, '__name__', hint)}")
