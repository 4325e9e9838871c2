"""Text out of offices: one Unicode form, no invisible signs, and old font encodings found instead of stored."""

from __future__ import annotations

import re
import unicodedata

from inventory.registry.issues import Said

# Letters of Vietnamese beyond ASCII, composed.
LETTERS = frozenset(
    unicodedata.normalize("NFC", base + mark)
    for bases, marks in (
        ("aăâeêioôơuưy", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")),
        ("AĂÂEÊIOÔƠUƯY", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")),
        ("đĐ", ("",)),
    )
    for base in bases
    for mark in marks
)
# What VNI and TCVN3 texts, and UTF-8 that was read as something else, are full of, and Vietnamese never is.
STRANGE = frozenset("äåæëïñöøûüÿÄÅÆËÏÑÖØÛÜîÎçÇþÞßœŒ§¬®µ¶¸¹º»¼½¾¿¡¢£¤¥¦¨ª¯±²³´¦\u00ad\ufffd")
_SPACES = re.compile(r"[\s\u00a0\u200b\u200c\u200d\u2060\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ETH = str.maketrans("Ðð", "Đđ")  # the Icelandic letter that many old documents have instead
_GUARD = re.compile(r"(^|;)'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")

OLD_FONT = Said(
    "old-font",
    "chữ theo bảng mã cũ (TCVN3, VNI) hoặc lỗi mã; hãy chuyển sang Unicode (Unikey: Ctrl+Shift+F6) rồi lưu lại",
    "text in an old font encoding (TCVN3, VNI) or misread; convert it to Unicode (Unikey: Ctrl+Shift+F6), save again",
)


def tidy(text: str) -> str:
    """NFC, one blank between words, nothing invisible; the apostrophe that our own exports put before "=" is gone."""
    text = _GUARD.sub(r"\1", unicodedata.normalize("NFC", text).translate(_ETH))
    return _CONTROL.sub("", _SPACES.sub(" ", text)).strip()


def is_strange(text: str) -> bool:
    """Whether this looks like TCVN3, VNI or misread UTF-8 instead of Unicode Vietnamese."""
    return any(letter in STRANGE for letter in text)


def strangeness(text: str) -> float:
    """The part of the letters beyond ASCII that Vietnamese does not have; 0 for plain ASCII."""
    beyond = [letter for letter in unicodedata.normalize("NFC", text) if letter > "\x7f" and not letter.isspace()]
    if not beyond:
        return 0.0
    foreign = sum(letter in STRANGE or unicodedata.combining(letter) != 0 for letter in beyond)
    return foreign / len(beyond)
