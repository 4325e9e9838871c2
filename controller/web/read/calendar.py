"""A calendar as the fields of a form, and back; what is wrong with it is said at its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from controller.web.fields import Form, columns
from monitoring import calendar_text as as_text
from monitoring.calendar import DAYS, CalendarError, check
from monitoring.calendar_check import MAX_SHIFTS
from monitoring.holidays import Holiday, holidays_of

NO_DATE = ("ghi ngày như 01/06/2027 hoặc 2027-06-01", "write the day as 2027-06-01 or 01/06/2027")
TURNED = ("ngày đầu phải trước ngày cuối", "the first day must come before the last")
NO_TIME = ("ghi giờ như 06:30", "write the time as 06:30")
ENDS_FIRST = ("giờ cuối phải sau giờ đầu", "it must end after it begins")
BOTH_TIMES = ("cần cả giờ đầu và giờ cuối", "both times are needed")
NO_DAYS = ("chọn ít nhất một ngày học", "choose at least one day")
WEEK_AHEAD = 400  # days of public holidays that are shown
Rows = Sequence[tuple[str, str]]
RANGES = {"holidays": "holiday", "exams": "exam"}  # part -> how its fields' names begin


def calendar_values(calendar: Mapping[str, Any]) -> dict[str, str]:
    """A calendar's hours, shifts and switches as fields."""
    values: dict[str, str] = {"has_hours": "on" if calendar.get("hours") else ""}
    for day, span in (calendar.get("hours") or {}).items():
        values[f"from_{day}"], values[f"to_{day}"] = str(span[0])[:5], str(span[1])[:5].replace("24:00", "00:00")
    for number, shift in enumerate(calendar.get("shifts") or [], 1):
        values[f"shift_{number}"] = as_text.shown_periods(shift.get("periods") or [])
        named = shift.get("days")
        for day in (calendar.get("hours") or DAYS[:6]) if named is None else named:
            values[f"shift_{number}_{day}"] = "on"
    values["workdays"] = as_text.shown_dates(calendar.get("workdays") or [])
    return values | {"public_holidays": "on" if calendar.get("public_holidays") else ""}


def ranges_of(calendar: Mapping[str, Any], part: str) -> list[tuple[str, str]]:
    return [(str(first), str(last)) for first, last in calendar.get(part) or []]


def typed_ranges(data: FormData, part: str) -> list[tuple[str, str]]:
    name = RANGES[part]
    return [(first, last) for first, last in columns(data, f"{name}_from", f"{name}_to")]


def read_calendar(form: Form, holidays: Rows, exams: Rows = ()) -> dict[str, Any]:
    """A calendar out of the fields; what is wrong is said at its day, its shift or its row."""
    calendar: dict[str, Any] = {}
    if form.text("has_hours") == "on":
        calendar["hours"] = _hours(form)
    shifts = [shift for number in range(1, MAX_SHIFTS + 1) if (shift := _shift(form, number))]
    for part, rows in (("holidays", holidays), ("exams", exams)):
        pairs = [_days(form, f"{RANGES[part]}_{row}", first, last) for row, (first, last) in enumerate(rows)]
        calendar[part] = [pair for pair in pairs if pair]
    calendar |= {
        "shifts": shifts,
        "workdays": _said(form, "workdays", lambda: as_text.dates(form.text("workdays")), []),
    }
    calendar["public_holidays"] = form.text("public_holidays") == "on"
    kept = {part: value for part, value in calendar.items() if value}
    if form.is_good:
        _said(form, "calendar", lambda: check(kept), None)
    return kept


def own_calendar(form: Form, calendar: dict[str, Any]) -> dict[str, Any]:
    """What a school keeps: nothing when it follows the province; "always" when its own says nothing else."""
    if form.text("own") == "province":
        return {}
    return calendar or ({"always": True} if form.text("own") == "own" else {})


def _said(form: Form, name: str, read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except CalendarError as error:
        form.wrong(error.where or name, (error.vi, error.en))
        return otherwise


def _hours(form: Form) -> dict[str, list[str]]:
    hours = {}
    for day in DAYS:
        first, last = form.text(f"from_{day}"), form.text(f"to_{day}")
        span = _span(form, day, first, last) if first or last else None
        if span is not None:
            hours[day] = span
    return hours


def _shift(form: Form, number: int) -> dict[str, Any] | None:
    name = f"shift_{number}"
    listed = _said(form, name, lambda: as_text.periods(form.text(name), name), [])
    days = [day for day in DAYS if form.text(f"{name}_{day}") == "on"]
    if not listed:
        return None
    if not days:
        form.wrong(name, NO_DAYS)
    return {"days": days, "periods": listed}


def _span(form: Form, day: str, first: str, last: str) -> list[str] | None:
    if not first or not last:
        form.wrong(f"from_{day}", BOTH_TIMES)
        return None
    try:
        start, end = dt.time.fromisoformat(first), dt.time.fromisoformat(last.replace("24:00", "00:00"))
    except ValueError:
        form.wrong(f"from_{day}", NO_TIME)
        return None
    if start >= end and end != dt.time():
        form.wrong(f"from_{day}", ENDS_FIRST)
        return None
    return [f"{start:%H:%M}", "24:00" if end == dt.time() else f"{end:%H:%M}"]


def _days(form: Form, name: str, first: str, last: str) -> list[str] | None:
    start = _date(first)
    end = _date(last) if last else start
    if start is None or end is None:
        form.wrong(name, NO_DATE)
        return None
    if start > end:
        form.wrong(name, TURNED)
        return None
    return [start.isoformat(), end.isoformat()]


def _date(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def public_holidays(now: float, zone: ZoneInfo) -> list[Holiday]:
    """Those of the months ahead, the ones to be confirmed too."""
    today = dt.datetime.fromtimestamp(now, zone).date()
    last = today + dt.timedelta(days=WEEK_AHEAD)
    return [day for year in range(today.year, last.year + 1) for day in holidays_of(year) if today <= day.date <= last]
