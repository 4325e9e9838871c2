"""Names that strangers on a wire give themselves, made fit for people and for any database. Pure."""

from __future__ import annotations

import unicodedata

MOST = 64  # characters of a name
READ = 1_024  # bytes or characters that are looked at


def clean(value: bytes | str, most: int = MOST) -> str:
    """One line of at most ``most`` characters in NFC: nothing that controls a terminal, hides, or turns the direction
    of what stands beside it. Bytes are taken as UTF-8; what is none becomes U+FFFD."""
    text = value[:READ].decode("utf-8", "replace") if isinstance(value, bytes) else value[:READ]
    shown = "".join(" " if mark.isspace() else mark for mark in text if mark.isspace() or _is_shown(mark))
    return unicodedata.normalize("NFC", " ".join(shown.split()))[:most].strip()


def _is_shown(mark: str) -> bool:
    return unicodedata.category(mark)[0] != "C"  # control, format, surrogate, private use, unassigned
