"""What is wrong with each field of a request, in plain words of both languages; the value itself is never repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

# pydantic's type of error -> Vietnamese, English. What is missing here gets the general sentence.
TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missing": ("thiếu mục này", "is missing"),
        "extra_forbidden": ("mục này không có trong tài liệu API", "is not a known field"),
        "string_too_short": ("cần ít nhất {min_length} ký tự", "needs at least {min_length} characters"),
        "string_too_long": ("tối đa {max_length} ký tự", "has at most {max_length} characters"),
        "string_type": ("phải là chữ", "must be text"),
        "string_pattern_mismatch": ("sai dạng", "does not have the right form"),
        "int_type": ("phải là số nguyên", "must be a whole number"),
        "int_parsing": ("phải là số nguyên", "must be a whole number"),
        "int_from_float": ("phải là số nguyên", "must be a whole number"),
        "float_type": ("phải là số", "must be a number"),
        "float_parsing": ("phải là số", "must be a number"),
        "finite_number": ("phải là số hữu hạn", "must be a finite number"),
        "bool_type": ("phải là true hoặc false", "must be true or false"),
        "bool_parsing": ("phải là true hoặc false", "must be true or false"),
        "greater_than": ("phải lớn hơn {gt}", "must be more than {gt}"),
        "greater_than_equal": ("phải từ {ge} trở lên", "must be {ge} or more"),
        "less_than": ("phải nhỏ hơn {lt}", "must be less than {lt}"),
        "less_than_equal": ("không quá {le}", "must be {le} or less"),
        "literal_error": ("chỉ nhận {expected}", "must be one of {expected}"),
        "enum": ("chỉ nhận {expected}", "must be one of {expected}"),
        "list_type": ("phải là danh sách", "must be a list"),
        "too_long": ("tối đa {max_length} mục", "has at most {max_length} entries"),
        "too_short": ("cần ít nhất {min_length} mục", "needs at least {min_length} entries"),
        "dict_type": ("phải là đối tượng JSON", "must be a JSON object"),
        "model_type": ("phải là đối tượng JSON", "must be a JSON object"),
        "model_attributes_type": ("phải là đối tượng JSON", "must be a JSON object"),
        "json_invalid": ("không phải JSON", "is not JSON"),
    }
)
GENERAL = ("không hợp lệ", "is not valid")
MAX_ERRORS = 50


def describe(errors: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, str]]:
    """pydantic's errors as ``{"field", "code", "message"}``."""
    return [_one(error, lang) for error in errors[:MAX_ERRORS]]


def field_error(field: str, code: str, vi: str, en: str, lang: str) -> dict[str, str]:
    """One more of the same kind, for rules that pydantic does not know."""
    return {"field": field, "code": code, "message": en if lang == "en" else vi}


def _one(error: Mapping[str, Any], lang: str) -> dict[str, str]:
    kind = str(error["type"])
    place = [str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path", "header")]
    known = kind in TEXTS
    text = TEXTS.get(kind, GENERAL)[1 if lang == "en" else 0]
    given: Mapping[str, Any] = error.get("ctx") or {}
    context = {name: _plain(value) for name, value in given.items() if isinstance(value, str | int | float)}
    try:
        message = text.format_map(context) if known else text
    except (KeyError, ValueError):
        message = GENERAL[1 if lang == "en" else 0]
    return {"field": ".".join(place)[:200], "code": kind, "message": message}


def _plain(value: str | int | float) -> str | int | float:
    """A bound of 90.0 is told as 90."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
