"""Text as people search for it: lower case, without Vietnamese accents, one blank between words."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """``"Trường THCS Đốc Binh Kiều"`` becomes ``"truong thcs doc binh kieu"``, composed or decomposed alike."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(plain.replace("đ", "d").split())


def school_search(name: str, code: str) -> str:
    """What ``School.search`` holds."""
    return fold(f"{name} {code}")
