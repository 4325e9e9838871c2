"""Reads a school's calendar, plain data from a form, a file or an import, and says in both languages what is wrong.

The parts are described in ``monitoring/calendar.py``, which is what everybody else imports.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
PARTS = ("hours", "holidays", "exams", "workdays", "shifts", "public_holidays", "always")
MAX_SHIFTS, MAX_PERIODS, MAX_RANGES = 3, 12, 60
SHORTEST, LONGEST = 5, 240  # minutes of a lesson
MIDNIGHT = 24 * 60

Span = tuple[int, int]  # minutes since midnight, the end not included
Range = tuple[dt.date, dt.date]  # both included


class CalendarError(ValueError):
    """The calendar cannot be read. ``code`` is stable; the text is "tiếng Việt / English". ``where`` is the part, with
    the number of a shift: "hours", "shift_2", "holidays"; empty when it is no single one."""

    def __init__(self, code: str, vi: str, en: str, where: str = "") -> None:
        super().__init__(f"{vi} / {en}")
        self.code, self.vi, self.en, self.where = code, vi, en, where


@dataclass(frozen=True, slots=True)
class Shift:
    days: frozenset[int]  # 0 is Monday
    periods: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A calendar that was read: what it says, with nothing left to go wrong."""

    hours: Mapping[int, Span] = field(default_factory=dict)  # weekday -> when the box is expected on; empty: always
    holidays: tuple[Range, ...] = ()
    exams: tuple[Range, ...] = ()
    workdays: frozenset[dt.date] = frozenset()
    shifts: tuple[Shift, ...] = ()
    public_holidays: bool = False


def read(calendar: Mapping[str, Any]) -> Plan:
    """Raises CalendarError with a text for a person."""
    unknown = set(calendar) - set(PARTS)
    if unknown:
        name, known = sorted(unknown)[0], ", ".join(PARTS)
        raise CalendarError(
            "unknown-part",
            f"không có phần {name!r}; các phần là {known}",
            f"unknown part {name!r}; known are {known}",
        )
    try:
        return _read(calendar)
    except CalendarError:
        raise
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise CalendarError("malformed", f"không phải lịch: {error}", f"not a calendar: {error}") from None


def _read(calendar: Mapping[str, Any]) -> Plan:
    hours = _hours(calendar.get("hours", {}))
    for name in ("always", "public_holidays"):
        if not isinstance(calendar.get(name, False), bool):
            raise TypeError(f"{name} must be true or false")
    if hours and calendar.get("always"):
        raise CalendarError(
            "always-and-hours", "đã ghi giờ mở cửa thì không thể luôn bật", "hours and always contradict each other"
        )
    holidays, exams = (_ranges(name, calendar.get(name) or []) for name in ("holidays", "exams"))
    workdays = frozenset(_date("workdays", day) for day in _listed("workdays", calendar.get("workdays") or []))
    _apart("holidays", "exams", holidays, exams)
    _apart("holidays", "workdays", holidays, tuple((day, day) for day in sorted(workdays)))
    return Plan(
        hours=hours,
        holidays=holidays,
        exams=exams,
        workdays=workdays,
        shifts=_shifts(calendar.get("shifts") or [], hours),
        public_holidays=bool(calendar.get("public_holidays")),
    )


def _hours(hours: Mapping[str, Any]) -> dict[int, Span]:
    found = {}
    for day, (start, end) in hours.items():
        if day not in DAYS:
            raise CalendarError("unknown-day", f"giờ mở cửa: không có ngày {day!r}", f"hours: unknown day {day!r}")
        span = (_minute(start), _minute(end, is_end=True))
        if span[0] >= span[1]:
            vi = DAY_VI[DAYS.index(day)]
            raise CalendarError(
                "ends-first",
                f"giờ mở cửa: {vi} kết thúc trước khi bắt đầu (qua nửa đêm thì ghi 24:00)",
                f"hours: {day} ends before it begins (past midnight: write 24:00)",
            )
        found[DAYS.index(day)] = span
    return found


def _minute(text: str, *, is_end: bool = False) -> int:
    """Minutes since midnight. As an end, 00:00 and 24:00 are the midnight that follows."""
    if is_end and text in ("24:00", "00:00"):
        return MIDNIGHT
    time = dt.time.fromisoformat(text)
    return time.hour * 60 + time.minute


def _shifts(listed: Any, hours: Mapping[int, Span]) -> tuple[Shift, ...]:
    if not isinstance(listed, list):
        raise TypeError("shifts must be a list")
    if len(listed) > MAX_SHIFTS:
        raise CalendarError("too-many-shifts", f"nhiều nhất {MAX_SHIFTS} ca học", f"shifts: at most {MAX_SHIFTS} a day")
    shifts = tuple(_shift(number, one, hours) for number, one in enumerate(listed, 1))
    for weekday in range(7):
        _lessons_apart(weekday, shifts)
    return shifts


def _shift(number: int, shift: Mapping[str, Any], hours: Mapping[int, Span]) -> Shift:
    if set(shift) - {"days", "periods"}:
        name = sorted(set(shift) - {"days", "periods"})[0]
        raise CalendarError(
            "unknown-part",
            f"ca {number}: không có phần {name!r}; các phần là days, periods",
            f"shift {number}: unknown part {name!r}; known are days, periods",
            f"shift_{number}",
        )
    periods = tuple(_period(number, place, one) for place, one in enumerate(shift["periods"], 1))
    if not 1 <= len(periods) <= MAX_PERIODS:
        raise CalendarError(
            "periods-count",
            f"ca {number}: phải có từ 1 đến {MAX_PERIODS} tiết",
            f"shift {number}: must have 1 to {MAX_PERIODS} periods",
            f"shift_{number}",
        )
    usual = set(hours) if hours else set(range(6))  # most schools teach Monday to Saturday
    named = shift.get("days")
    days = usual if named is None else {_weekday(number, day) for day in named}
    for weekday in sorted(days):
        _within_hours(number, weekday, periods, hours)
    return Shift(frozenset(days), tuple(sorted(periods)))


def _weekday(number: int, day: str) -> int:
    if day not in DAYS:
        raise CalendarError(
            "unknown-day",
            f"ca {number}: không có ngày {day!r}",
            f"shift {number}: unknown day {day!r}",
            f"shift_{number}",
        )
    return DAYS.index(day)


def _period(number: int, place: int, given: Sequence[str]) -> Span:
    first, last = given
    span = (_minute(first), _minute(last, is_end=True))
    if not SHORTEST <= span[1] - span[0] <= LONGEST:
        raise CalendarError(
            "period-length",
            f"ca {number}, tiết {place} ({first}–{last}): phải dài từ {SHORTEST} đến {LONGEST} phút",
            f"shift {number}, period {place} ({first}–{last}): must last {SHORTEST} to {LONGEST} minutes",
            f"shift_{number}",
        )
    return span


def _within_hours(number: int, weekday: int, periods: Sequence[Span], hours: Mapping[int, Span]) -> None:
    if not hours:
        return
    open_from, open_to = hours.get(weekday, (0, 0))
    for start, end in periods:
        if not open_from <= start < end <= open_to:
            raise CalendarError(
                "outside-hours",
                f"ca {number}: tiết {clock(start)}–{clock(end)} nằm ngoài giờ mở cửa của {DAY_VI[weekday]}",
                f"shift {number}: the period {clock(start)}–{clock(end)} lies outside the hours of {DAYS[weekday]}",
                f"shift_{number}",
            )


def _lessons_apart(weekday: int, shifts: Sequence[Shift]) -> None:
    lessons = sorted(
        (*period, number) for number, shift in enumerate(shifts, 1) if weekday in shift.days for period in shift.periods
    )
    for (start, end, one), (after, until, other) in pairwise(lessons):
        if after < end:
            first, second = f"{clock(start)}–{clock(end)}", f"{clock(after)}–{clock(until)}"
            raise CalendarError(
                "overlap",
                f"{DAY_VI[weekday]}: tiết {first} (ca {one}) và {second} (ca {other}) chồng lên nhau",
                f"{DAYS[weekday]}: the periods {first} (shift {one}) and {second} (shift {other}) overlap",
                f"shift_{other}",
            )


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _listed(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a list")
    if len(value) > MAX_RANGES:
        raise CalendarError(
            "too-many", f"{name}: nhiều nhất {MAX_RANGES} dòng", f"{name}: at most {MAX_RANGES} entries", name
        )
    return value


def _date(name: str, text: str) -> dt.date:
    found = dt.date.fromisoformat(text)
    if not 2000 <= found.year <= 2100:
        raise CalendarError(
            "year", f"{name}: {text}: năm phải từ 2000 đến 2100", f"{name}: {text}: 2000 to 2100 only", name
        )
    return found


def _ranges(name: str, value: Any) -> tuple[Range, ...]:
    found = []
    for first, last in _listed(name, value):
        pair = (_date(name, first), _date(name, last))
        if pair[0] > pair[1]:
            raise CalendarError(
                "turned", f"{name}: ngày đầu {first} sau ngày cuối {last}", f"{name}: {first} is after {last}", name
            )
        found.append(pair)
    return tuple(sorted(found))


NAMES_VI = {"holidays": "kỳ nghỉ", "exams": "kỳ thi", "workdays": "ngày học bù"}


def _apart(one: str, other: str, first: Sequence[Range], second: Sequence[Range]) -> None:
    """A day cannot be free and an exam's, or free and taught, at once."""
    for start, end in first:
        for begin, stop in second:
            day = max(start, begin)
            if day <= min(end, stop):
                raise CalendarError(
                    "days-overlap",
                    f"ngày {day:%d/%m/%Y} vừa là {NAMES_VI[one]} vừa là {NAMES_VI[other]}",
                    f"{day.isoformat()} is in {one} and in {other}",
                    other,
                )
