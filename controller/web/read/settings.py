"""What the page of settings shows, and its forms as the models of the JSON API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from controller.tables import Commune, School
from controller.web.fields import Form, columns, number
from monitoring.calendar import DAYS

PROBES = ("host", "reach", "speed", "lan")
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
NO_DATE = ("ghi ngày như 01/06/2027 hoặc 2027-06-01", "write the day as 2027-06-01 or 01/06/2027")
TURNED = ("ngày đầu phải trước ngày cuối", "the first day must come before the last")
NO_TIME = ("ghi giờ như 06:30", "write the time as 06:30")
ENDS_FIRST = ("giờ cuối phải sau giờ đầu", "it must end after it begins")
BOTH_TIMES = ("cần cả giờ đầu và giờ cuối", "both times are needed")
EVERY = ("từ 5 giây đến 7 ngày", "from 5 seconds to 7 days")
NO_NUMBER = ("phải là số", "must be a number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeForm:
    name: str
    enabled: bool
    every: str  # as typed; empty: what the box does by itself
    unit: str


def probe_forms(probes: Mapping[str, Mapping[str, Any]]) -> list[ProbeForm]:
    """Settings of probes as fields, in the largest unit that gives a whole number."""
    found = []
    for name in PROBES:
        one = probes.get(name, {})
        every = one.get("every")
        unit = (
            "m" if every is None else next(key for key in ("d", "h", "m", "s") if every % UNITS[key] == 0 or key == "s")
        )
        text = "" if every is None else f"{every / UNITS[unit]:g}"
        found.append(ProbeForm(name=name, enabled=one.get("enabled") is not False, every=text, unit=unit))
    return found


def read_probes(form: Form) -> dict[str, dict[str, Any]]:
    """As ``api.settings.BoxSettings.probes``; a probe that is left as it comes is left out."""
    probes: dict[str, dict[str, Any]] = {}
    for name in PROBES:
        one: dict[str, Any] = {}
        text = number(form.text(f"every_{name}"))
        if text:
            try:
                one["every"] = float(text) * UNITS.get(form.text(f"unit_{name}"), 60)
            except ValueError:
                form.wrong(f"every_{name}", NO_NUMBER)
        if form.text(f"enabled_{name}") != "on":
            one["enabled"] = False
        if one:
            probes[name] = one
    return probes


def typed_probes(form: Form) -> list[ProbeForm]:
    return [
        ProbeForm(
            name=name,
            enabled=form.text(f"enabled_{name}") == "on",
            every=form.text(f"every_{name}"),
            unit=form.text(f"unit_{name}") or "m",
        )
        for name in PROBES
    ]


def read_targets(data: FormData) -> list[dict[str, str]]:
    rows = columns(data, "target_name", "target_kind", "target_address")
    return [{"name": name.lower(), "kind": kind, "address": address} for name, kind, address in rows if name or address]


def calendar_values(calendar: Mapping[str, Any]) -> dict[str, str]:
    """A calendar's hours as fields."""
    values: dict[str, str] = {}
    for day, span in (calendar.get("hours") or {}).items():
        values[f"from_{day}"], values[f"to_{day}"] = str(span[0])[:5], str(span[1])[:5]
    return values | {"has_hours": "on" if calendar.get("hours") else ""}


def holidays_of(calendar: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(first), str(last)) for first, last in calendar.get("holidays") or []]


def typed_holidays(data: FormData) -> list[tuple[str, str]]:
    return [(first, last) for first, last in columns(data, "holiday_from", "holiday_to")]


def read_calendar(form: Form, holidays: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A calendar out of the fields; what is wrong is said at its day or at its row of holidays."""
    hours = {}
    for day in DAYS:
        first, last = form.text(f"from_{day}"), form.text(f"to_{day}")
        if not first and not last:
            continue
        span = _span(form, day, first, last)
        if span is not None:
            hours[day] = span
    days = [_days(form, row, first, last) for row, (first, last) in enumerate(holidays)]
    calendar: dict[str, Any] = {}
    if hours and form.text("has_hours") == "on":
        calendar["hours"] = hours
    if any(days):
        calendar["holidays"] = [pair for pair in days if pair]
    return calendar


def _span(form: Form, day: str, first: str, last: str) -> list[str] | None:
    if not first or not last:
        form.wrong(f"from_{day}", BOTH_TIMES)
        return None
    try:
        start, end = dt.time.fromisoformat(first), dt.time.fromisoformat(last)
    except ValueError:
        form.wrong(f"from_{day}", NO_TIME)
        return None
    if start >= end:
        form.wrong(f"from_{day}", ENDS_FIRST)
        return None
    return [f"{start:%H:%M}", f"{end:%H:%M}"]


def _days(form: Form, row: int, first: str, last: str) -> list[str] | None:
    start = _date(first)
    end = _date(last) if last else start
    if start is None or end is None:
        form.wrong(f"holiday_{row}", NO_DATE)
        return None
    if start > end:
        form.wrong(f"holiday_{row}", TURNED)
        return None
    return [start.isoformat(), end.isoformat()]


def _date(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def counts(session: Session) -> dict[str, int]:
    """How many schools a calendar would be laid over, by level; "" is all of them."""
    statement = select(School.level, func.count()).where(col(School.is_sample).is_(False)).group_by(School.level)
    by_level = dict(iter(session.exec(statement)))
    return {"": sum(by_level.values()), **by_level}


def communes(session: Session) -> list[tuple[str, str]]:
    statement = select(Commune.code, Commune.name).order_by(col(Commune.name), col(Commune.code))
    return [(code, name) for code, name in session.exec(statement)]
