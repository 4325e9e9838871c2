"""Parts of a calendar as people type them and read them: "07:00-07:45, 7h50–8h35", "T2-T7", "01/06/2027-15/08/2027"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from monitoring.calendar_check import DAYS, CalendarError

SHORT = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_DASH = r"\s*(?:-|–|—|→|đến|to)\s*"
_TIME = r"(\d{1,2})(?:[:hg.](\d{2})?)"
_PERIOD = re.compile(rf"^{_TIME}{_DASH}{_TIME}$", re.IGNORECASE)
_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$|^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_WORDS = {name.casefold(): place for names in (DAYS, SHORT) for place, name in enumerate(names)}


def periods(text: str, where: str = "") -> list[list[str]]:
    """Times of lessons. Raises CalendarError at the piece that is none."""
    return [_period(piece, where) for piece in _pieces(text)]


def _period(piece: str, where: str) -> list[str]:
    found = _PERIOD.match(piece)
    if not found:
        raise CalendarError(
            "period",
            f"«{piece}» không phải tiết học; ghi như 07:00-07:45",
            f"“{piece}” is no period; write 07:00-07:45",
            where,
        )
    first, last = (f"{int(hour):02}:{int(minute or 0):02}" for hour, minute in (found.group(1, 2), found.group(3, 4)))
    return [first, last]


def shown_periods(listed: Iterable[Sequence[str]]) -> str:
    return ", ".join(f"{first}–{last}" for first, last in listed)


def days(text: str, where: str = "") -> list[str]:
    """Weekdays: "T2-T6, CN" or "mon-fri sun"."""
    found: set[int] = set()
    for piece in _pieces(re.sub(_DASH, "-", text.strip())):
        ends = [_WORDS.get(word.casefold()) for word in piece.split("-")]
        first, last = ends[0], ends[-1]
        if first is None or last is None or len(ends) > 2 or first > last:
            raise CalendarError(
                "days",
                f"«{piece}» không phải ngày; ghi như T2-T6, CN",
                f"“{piece}” is no day; write mon-fri, sun",
                where,
            )
        found |= set(range(first, last + 1))
    return [DAYS[place] for place in sorted(found)]


def shown_days(listed: Iterable[str]) -> str:
    """ "T2-T6, CN"; neighbours are drawn together."""
    places = sorted(DAYS.index(day) for day in listed)
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(SHORT[run[0]] if len(run) == 1 else f"{SHORT[run[0]]}-{SHORT[run[-1]]}" for run in runs)


def date(text: str, where: str = "") -> str:
    """An ISO date."""
    found = _DATE.match(text.strip())
    try:
        if found is None:
            raise ValueError
        parts = found.group(1, 2, 3) if found.group(1) else found.group(6, 5, 4)
        return dt.date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        raise CalendarError(
            "date", f"«{text}» không phải ngày; ghi như 01/06/2027", f"“{text}” is no day; write 2027-06-01", where
        ) from None


def dates(text: str, where: str = "") -> list[str]:
    return sorted({date(piece, where) for piece in _pieces(text)})


def ranges(text: str, where: str = "") -> list[list[str]]:
    """ "01/06/2027-15/08/2027; 20/11/2026": a single day begins and ends with itself."""
    found = []
    for piece in _pieces(text):
        ends = re.split(r"\s*[–—→]\s*|\s+-\s+|(?<=\d{4})-(?=\d{1,2}[/.])|\s+(?:đến|to)\s+", piece)
        if len(ends) > 2:
            date(piece, where)
        found.append([date(ends[0], where), date(ends[-1], where)])
    return found


def shown_ranges(listed: Iterable[Sequence[str]]) -> str:
    return "; ".join(_vi(first) if first == last else f"{_vi(first)}–{_vi(last)}" for first, last in listed)


def shown_dates(listed: Iterable[str]) -> str:
    return "; ".join(_vi(day) for day in listed)


def _vi(iso: str) -> str:
    return f"{dt.date.fromisoformat(iso):%d/%m/%Y}"


def _pieces(text: str) -> list[str]:
    """What commas, semicolons and lines part."""
    return [piece for part in re.split(r"[,;\n]+", text) if (piece := part.strip())]
