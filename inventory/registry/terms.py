"""Cells of a contract's terms: dates, shares, times, volumes and agreed maintenance, as offices write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inventory.registry.issues import Said
from inventory.registry.text import tidy
from inventory.registry.words import plain

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHOWN_DAYS: Mapping[str, str] = MappingProxyType(
    {"mon": "T2", "tue": "T3", "wed": "T4", "thu": "T5", "fri": "T6", "sat": "T7", "sun": "CN", "daily": "hằng ngày"}
)
_WORDS = {
    "mon": "t2|thứ 2|thứ hai|mon|monday", "tue": "t3|thứ 3|thứ ba|tue|tuesday",
    "wed": "t4|thứ 4|thứ tư|wed|wednesday", "thu": "t5|thứ 5|thứ năm|thu|thursday",
    "fri": "t6|thứ 6|thứ sáu|fri|friday", "sat": "t7|thứ 7|thứ bảy|sat|saturday",
    "sun": "cn|chủ nhật|sun|sunday", "daily": "hằng ngày|hàng ngày|mỗi ngày|daily|every day",
}  # fmt: skip
_DAY_OF: Mapping[str, str] = MappingProxyType(
    {plain(word): day for day, words in _WORDS.items() for word in words.split("|")}
)
_CLOCK = r"(\d{1,2})[:hg](\d{2})?"
_WEEKLY = re.compile(rf"^(.*?)\s*{_CLOCK}\s*(?:-|–|đến)\s*{_CLOCK}$", re.IGNORECASE)
_DATE = r"(\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})"
_ONCE = re.compile(rf"^{_DATE}\s+{_CLOCK}\s*(?:-|–|đến)\s*{_DATE}\s+{_CLOCK}$", re.IGNORECASE)
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")
MAX_ENTRIES = 30

NO_DATE = Said("date", "ghi ngày như 01/09/2026", "write the day as 01/09/2026 or 2026-09-01")
NO_DOWNTIME = Said(
    "downtime",
    "ghi như «CN 00:00-05:00; hằng ngày 02:00-02:30; 01/12/2026 22:00 - 02/12/2026 04:00»",
    "write like «sun 00:00-05:00; daily 02:00-02:30; 01/12/2026 22:00 - 02/12/2026 04:00»",
)
ENDS_FIRST = Said("ends-first", "giờ cuối phải sau giờ đầu", "it must end after it begins")
TOO_MANY = Said("too-many", f"nhiều nhất {MAX_ENTRIES} khoảng", f"at most {MAX_ENTRIES} spans")


class BadTerm(Exception):
    def __init__(self, said: Said) -> None:
        super().__init__(said.code)
        self.said = said


def date_of(value: Any) -> str:
    """ISO date of a cell. Raises BadTerm."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = tidy(str(value)).removesuffix(" 00:00:00")
    for form in _FORMS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date().isoformat()
        except ValueError:
            continue
    raise BadTerm(NO_DATE)


def shown_date(day: str) -> str:
    """ "2026-09-01" → "01/09/2026"."""
    return "/".join(reversed(day.split("-")))


def downtime_of(value: Any) -> list[list[str]]:
    """Entries as ``monitoring.excluded`` reads them, each once. Raises BadTerm."""
    entries = [_entry(part.strip()) for part in re.split(r"[;\n]", tidy_lines(str(value))) if part.strip()]
    if len(entries) > MAX_ENTRIES:
        raise BadTerm(TOO_MANY)
    return [list(entry) for entry in dict.fromkeys(entries)]


def tidy_lines(text: str) -> str:
    return "\n".join(tidy(line) for line in text.splitlines())


def _entry(text: str) -> tuple[str, ...]:
    once = _ONCE.match(text)
    if once:
        first = f"{date_of(once[1])}T{_clock(once[2], once[3])}"
        past = f"{date_of(once[4])}T{_clock(once[5], once[6])}"
        if first >= past:
            raise BadTerm(ENDS_FIRST)
        return (first, past)
    weekly = _WEEKLY.match(text)
    day = _DAY_OF.get(plain(weekly[1]) or "hang ngay") if weekly else None
    if weekly is None or day is None:
        raise BadTerm(NO_DOWNTIME)
    start, end = _clock(weekly[2], weekly[3]), _clock(weekly[4], weekly[5])
    if start >= end:
        raise BadTerm(ENDS_FIRST)
    return (day, start, end)


def _clock(hour: str, minute: str | None) -> str:
    """ "24:00" is the end of a day, which a time of day has no other word for than its last minute."""
    if int(hour) == 24 and not int(minute or 0):
        return "23:59"
    if int(hour) > 23 or int(minute or 0) > 59:
        raise BadTerm(NO_DOWNTIME)
    return f"{int(hour):02}:{int(minute or 0):02}"


def shown_downtime(entries: Any) -> str:
    """As a person reads it and as ``downtime_of`` understands it; an odd entry is left out."""
    parts = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, list) and len(entry) == 3 and entry[0] in SHOWN_DAYS:
            parts.append(f"{SHOWN_DAYS[entry[0]]} {entry[1]}-{entry[2]}")
        elif isinstance(entry, list) and len(entry) == 2:
            parts.append(" - ".join(f"{shown_date(moment[:10])} {moment[11:16]}" for moment in entry))
    return "; ".join(parts)
