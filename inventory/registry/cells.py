"""One cell as a value: what offices write in it, and what to say when it cannot be taken. One function a kind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from inventory.registry import terms, words
from inventory.registry.issues import Said
from inventory.registry.text import OLD_FONT, is_strange, tidy
from inventory.registry.words import plain

MAX_TEXT = 200
MAX_COUNT = 1_000_000
MAX_PRICE = 2_000_000_000
MAX_MBITS = 1_000_000.0
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
_LOGIN = re.compile(r"^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_GROUPED = re.compile(r"^\d{1,3}([., ])\d{3}(?:\1\d{3})*$")
_SPEED = re.compile(r"^([\d.,]+)\s*(k|m|g)?(bit/s|bits/s|bit|bps|b/s|b)?$", re.IGNORECASE)
_PRICE_UNIT = re.compile(r"\s*(đồng|vnđ|vnd|đ|d)?\s*(/\s*(tháng|thang|month|th))?\s*$", re.IGNORECASE)
Term = TypeVar("Term")
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")


class BadCell(Exception):
    def __init__(self, said: Said) -> None:
        super().__init__(said.code)
        self.said = said


def bad(code: str, vi: str, en: str) -> BadCell:
    return BadCell(Said(code, vi, en))


def as_text(value: Any) -> str:
    """The cell as a person reads it: 82001.0 is "82001"; a date is no number."""
    if isinstance(value, bool):
        return "x" if value else "không"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    text = tidy(str(value))
    if text in _ERRORS:
        raise bad("formula-error", f"công thức bị lỗi ({text})", f"a formula that failed ({text})")
    return text


def text_of(value: Any) -> str:
    text = as_text(value)
    if is_strange(text):
        raise BadCell(OLD_FONT)
    if len(text) > MAX_TEXT:
        raise bad("too-long", f"dài quá {MAX_TEXT} ký tự", f"longer than {MAX_TEXT} characters")
    return text


def code(value: Any) -> str:
    text = as_text(value).replace(" ", "")
    if not _CODE.match(text):
        raise bad(
            "code",
            "mã chỉ gồm chữ không dấu, số, dấu chấm, gạch; nhiều nhất 40 ký tự",
            "a code has plain letters, digits, dots and dashes; at most 40",
        )
    return text


def link_name(value: Any) -> str:
    return text_of(value)


def login(value: Any) -> str:
    text = as_text(value).casefold()
    if not _LOGIN.match(text):
        raise bad(
            "login",
            "tên đăng nhập gồm chữ thường không dấu, số, dấu . - _; từ 3 đến 64 ký tự",
            "a login has lower case letters, digits and . - _; 3 to 64 characters",
        )
    return text


def email(value: Any) -> str:
    text = as_text(value).removeprefix("mailto:")
    if not _EMAIL.match(text) or len(text) > MAX_TEXT:
        raise bad(
            "email", "không phải địa chỉ thư, ví dụ ten@truong.edu.vn", "no e-mail address, such as ten@truong.edu.vn"
        )
    return text


def phone(value: Any) -> str:
    """Excel takes a number for a number and eats the 0 in front; it is put back."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = as_text(value)
        if not digits.isdigit():
            raise _phone()
        return f"+{digits}" if digits.startswith("84") and len(digits) in (11, 12) else f"0{digits.lstrip('0')}"
    text = as_text(value)
    if re.search(r"\d\s*[,;/|]\s*\+?\d", text):
        raise bad(
            "two-phones", "chỉ ghi một số; thêm dòng khác cho số thứ hai", "one number a cell; use a row for each"
        )
    text = re.sub(r"^(đt|sđt|tel|phone|dđ)\s*[:.]?\s*", "", text, flags=re.IGNORECASE)
    if re.fullmatch(r"[1-9]\d{8}", text):
        return f"0{text}"
    if not re.fullmatch(r"[0-9+(). -]{6,30}", text):
        raise _phone()
    return text


def _phone() -> BadCell:
    return bad("phone", "không phải số điện thoại, ví dụ 0277 385 1234", "no phone number, such as 0277 385 1234")


def whole(value: Any, most: int) -> int:
    """ "1.234", "1,234" and "1 234" are one thousand two hundred and thirty-four, as people here write it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        text = as_text(value)
        grouped = _GROUPED.match(text)
        text = re.sub(r"[., ]", "", text) if grouped else text.replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            raise bad(
                "not-a-number", "phải là số, ví dụ 450 hoặc 1.234", "must be a number, such as 450 or 1.234"
            ) from None
    if not math.isfinite(number) or not number.is_integer():
        raise bad("not-whole", "phải là số nguyên", "must be a whole number")
    if not 0 <= number <= most:
        raise bad("out-of-range", f"phải từ 0 đến {most:,}".replace(",", "."), f"must be from 0 to {most:,}")
    return int(number)


def count(value: Any) -> int:
    return whole(value, MAX_COUNT)


def shifts(value: Any) -> int:
    if isinstance(value, str):
        value = re.sub(r"\s*(ca|buổi)(\s*/\s*ngày)?$", "", tidy(value), flags=re.IGNORECASE)
    number = whole(value, MAX_COUNT)
    if number not in (1, 2, 3):
        raise bad("shifts", "phải là 1, 2 hoặc 3", "must be 1, 2 or 3")
    return number


def price(value: Any) -> int:
    if as_text(value).lstrip().startswith("-"):
        raise bad("negative", "giá không thể là số âm", "a price cannot be negative")
    if isinstance(value, str):
        text = _PRICE_UNIT.sub("", tidy(value))
        short = re.fullmatch(r"([\d.,]+)\s*(k|nghìn|ngàn|triệu|tr)", text, re.IGNORECASE)
        if short:
            factor = 1_000 if short[2].casefold() in ("k", "nghìn", "ngàn") else 1_000_000
            return whole(round(decimal(short[1]) * factor, 2), MAX_PRICE)
        value = text
    return whole(value, MAX_PRICE)


def decimal(value: Any) -> float:
    """A number with a decimal point or comma."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        try:
            number = float(as_text(value).replace(" ", "").replace(",", "."))
        except ValueError:
            raise bad("not-a-number", "phải là số, ví dụ 10,4569", "must be a number, such as 10.4569") from None
    if not math.isfinite(number):
        raise bad("not-a-number", "phải là số", "must be a number")
    return number


def lat(value: Any) -> float:
    number = decimal(value)
    if 100 <= number <= 120:
        raise bad("swapped", "đây là kinh độ; vĩ độ ở Việt Nam từ 8 đến 24", "a longitude; latitudes here are 8 to 24")
    return _degrees(number, 90)


def lon(value: Any) -> float:
    number = decimal(value)
    if 8 <= number <= 24:
        raise bad(
            "swapped", "đây là vĩ độ; kinh độ ở Việt Nam từ 102 đến 118", "a latitude; longitudes here are 102 to 118"
        )
    return _degrees(number, 180)


def _degrees(number: float, most: int) -> float:
    if abs(number) > most:
        raise bad("out-of-range", "phải là độ thập phân, ví dụ 10,4569", "must be decimal degrees, such as 10.4569")
    return number


def speed(value: Any) -> float:
    """Bits per second from Mbit/s, or from what the text says: "100", "100 Mbps", "1,5 Gbps"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _mbits(float(value))
    text = as_text(value)
    if re.search(r"\d\s*[MG]?B(/s|ps)?$", text) and not re.search(r"[MG]b", text):
        raise bad("bytes", "B là byte; hãy ghi Mbps hoặc Mbit/s", "B means byte; write Mbps or Mbit/s")
    found = _SPEED.match(text)
    if not found:
        raise bad("speed", "phải là tốc độ, ví dụ 100 hoặc 100 Mbps", "must be a speed, such as 100 or 100 Mbps")
    number = found[1]
    if _GROUPED.match(number) and not found[2]:
        number = re.sub(r"[.,]", "", number)
    factor = {"k": 1e-3, "g": 1e3}.get((found[2] or "m").casefold(), 1.0)
    return _mbits(decimal(number) * factor)


def _mbits(number: float) -> float:
    if not 0 < number <= MAX_MBITS:
        raise bad("out-of-range", "tốc độ phải lớn hơn 0, tính bằng Mbit/s", "a speed is above 0, in Mbit/s")
    return round(number * 1e6, 3)


def share(value: Any) -> float:
    """A ratio out of percent: "99,5 %" is 0.995."""
    number = decimal(as_text(value).removesuffix("%").strip() if isinstance(value, str) else value)
    if not 50 <= number <= 100:
        raise bad(
            "share", "phải là phần trăm từ 50 đến 100, ví dụ 99,5", "must be percent from 50 to 100, such as 99.5"
        )
    return round(number / 100, 8)


def millis(value: Any) -> float:
    """Seconds out of milliseconds."""
    number = decimal(re.sub(r"\s*ms$", "", as_text(value), flags=re.IGNORECASE) if isinstance(value, str) else value)
    if not 1 <= number <= 2_000:
        raise bad("rtt", "phải từ 1 đến 2.000 ms", "must be from 1 to 2,000 ms")
    return round(number / 1000, 8)


def volume(value: Any) -> int:
    """Bytes out of gigabytes: "200", "200 GB", "1,5 TB"."""
    text, factor = as_text(value), 1e9
    found = re.fullmatch(r"([\d.,]+)\s*(mb|gb|tb)?", text, re.IGNORECASE)
    if found is None:
        raise bad("volume", "phải là dung lượng, ví dụ 200 hoặc 200 GB", "must be a volume, such as 200 or 200 GB")
    factor = {"mb": 1e6, "gb": 1e9, "tb": 1e12}[(found[2] or "gb").casefold()]
    number = found[1] if not _GROUPED.match(found[1]) else re.sub(r"[.,]", "", found[1])
    count = decimal(number) * factor
    if not 1e9 <= count <= 1e15:
        raise bad("volume", "phải từ 1 GB đến 1.000 TB một tháng", "must be from 1 GB to 1,000 TB a month")
    return round(count)


def date(value: Any) -> str:
    return _term(terms.date_of, value)


def downtime(value: Any) -> list[list[str]]:
    return _term(terms.downtime_of, value)


def _term(read: Callable[[Any], Term], value: Any) -> Term:
    try:
        return read(value)
    except terms.BadTerm as error:
        raise BadCell(error.said) from None


def flag(value: Any) -> bool:
    word = plain(as_text(value))
    if word in words.YES:
        return True
    if word in words.NO:
        return False
    raise bad("flag", "phải là có hoặc không", "must be yes or no")


def _choice(table: Mapping[str, str], shown: str) -> Callable[[Any], str]:
    def choose(value: Any) -> str:
        found = table.get(plain(as_text(value)))
        if found is None:
            known = [texts for key, texts in words.SHOWN[shown].items()]
            vi, en = (", ".join(texts[at] for texts in known) for at in (0, 1))
            raise bad("choice", f"phải là một trong: {vi}", f"must be one of: {en}")
        return found

    return choose


# "commune" and "scope" are left as text: what they mean is found with the communes at hand (``parse``).
KINDS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "text": text_of,
        "name": text_of,
        "commune": text_of,
        "scope": text_of,
        "code": code,
        "link-name": link_name,
        "login": login,
        "email": email,
        "phone": phone,
        "count": count,
        "shifts": shifts,
        "price": price,
        "lat": lat,
        "lon": lon,
        "speed": speed,
        "flag": flag,
        "share": share,
        "millis": millis,
        "volume": volume,
        "date": date,
        "downtime": downtime,
        "rule": _choice(words.RULES, "rule"),
        "level": _choice(words.LEVELS, "level"),
        "medium": _choice(words.MEDIA, "medium"),
        "room-kind": _choice(words.ROOM_KINDS, "room-kind"),
        "role": _choice(words.ROLES, "role"),
        "lang": _choice(words.LANGS, "lang"),
    }
)
# What "-" in a cell puts there: it takes away what was known. Kinds that are not here cannot be emptied.
EMPTY: Mapping[str, Any] = MappingProxyType(
    {
        "text": "", "email": "", "phone": "", "count": None, "price": None, "lat": None, "lon": None, "speed": None,
        "share": None, "millis": None, "volume": None, "date": None, "downtime": [], "rule": "",
    }
)  # fmt: skip
