"""Bytes of a text file as text: the encodings that Excel and Vietnamese offices write. Never a silent guess."""

from __future__ import annotations

import codecs
import unicodedata

from inventory.registry.issues import FileError
from inventory.registry.text import strangeness

STRANGE_SHARE = 0.1
_ADVICE_VI = "Hãy mở trong Excel, chuyển chữ sang Unicode nếu cần, rồi lưu thành «CSV UTF-8» hoặc XLSX."
_ADVICE_EN = "Open it in Excel, convert the text to Unicode if need be, and save it as CSV UTF-8 or XLSX."


def decode(data: bytes) -> str:
    """Text in NFC. UTF-8 and UTF-16, with or without their mark, and windows-1258. Raises FileError."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, name)
    wide = _wide(data)
    if wide:
        return _strict(data, wide)
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        text = unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError:
        raise _unknown() from None
    if strangeness(text) > STRANGE_SHARE:
        raise FileError(
            "old-font",
            f"Tệp dùng bảng mã cũ (TCVN3, VNI) hoặc không phải tiếng Việt. {_ADVICE_VI}",
            f"The file is in an old font encoding (TCVN3, VNI), or is not Vietnamese. {_ADVICE_EN}",
        )
    return _checked(text)


def _strict(data: bytes, name: str) -> str:
    try:
        return _checked(data.decode(name))
    except UnicodeDecodeError:
        raise _unknown() from None


def _checked(text: str) -> str:
    if "\x00" in text:
        raise FileError(
            "not-text",
            f"Đây không phải tệp văn bản. {_ADVICE_VI}",
            f"This is no text file. {_ADVICE_EN}",
        )
    return unicodedata.normalize("NFC", text)


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every second byte of plain letters is nought."""
    head = data[:2000]
    if len(head) < 8:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 5 and odd == 0 else ""


def _unknown() -> FileError:
    return FileError(
        "encoding",
        f"Không nhận ra bảng mã của tệp. {_ADVICE_VI}",
        f"The file's encoding is not known. {_ADVICE_EN}",
    )
