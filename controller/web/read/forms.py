"""A school and its parts as the fields of forms, and back as the models of the JSON API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from controller.deps import Caller
from controller.tables import Commune, Contact, Link, Room, School
from controller.web.fields import Form, degrees, number
from inventory.registry import terms

LEVELS = ("preschool", "primary", "lower-secondary", "upper-secondary", "mixed", "other")
SCHOOL_TEXT = ("code", "name", "level", "commune_code", "address")
SCHOOL_NUMBERS = ("pupils", "teachers", "shifts")
MBPS = {"down_bps": "down_mbps", "up_bps": "up_mbps"}
# column → (field, from what is typed to what is stored)
SCALED = {"availability": ("availability", 0.01), "max_rtt": ("max_rtt", 0.001), "data_cap_bytes": ("data_cap", 1e9)}
LINK_NAMES = {**MBPS, **{column: field for column, (field, _) in SCALED.items()}}


def plain(value: Any) -> str:
    """A stored value as a field shows it."""
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def school_values(school: School) -> dict[str, str]:
    names = (*SCHOOL_TEXT, "lat", "lon", *SCHOOL_NUMBERS)
    return {name: plain(getattr(school, name)) for name in names}


def read_school(form: Form) -> dict[str, Any]:
    """For ``api.schools.SchoolIn`` and ``SchoolChange``: an empty number is none, an empty text is empty."""
    given: dict[str, Any] = {name: form.text(name) for name in SCHOOL_TEXT}
    given |= {name: number(form.text(name)) or None for name in SCHOOL_NUMBERS}
    given |= {name: degrees(form.text(name)) or None for name in ("lat", "lon")}
    return given


def link_values(link: Link) -> dict[str, str]:
    values = {name: plain(getattr(link, name)) for name in ("name", "provider", "medium", "price_vnd", "contract")}
    for column, field in MBPS.items():
        bits = getattr(link, column)
        values[field] = "" if bits is None else f"{bits / 1e6:.6g}"
    for column, (field, factor) in SCALED.items():
        stored = getattr(link, column)
        values[field] = "" if stored is None else f"{stored / factor:.8g}"
    values |= {name: getattr(link, name) or "" for name in ("starts_on", "ends_on", "provider_phone", "rule")}
    values["excluded"] = terms.shown_downtime(link.excluded)
    return values | {"is_primary": "on" if link.is_primary else ""}


def first_link(rows: Sequence[Any]) -> dict[str, str]:
    """What the form for one more line shows: the next free number; the first line is the main one."""
    names = {row.name for row in rows}
    free = next(number for number in range(1, len(names) + 2) if str(number) not in names)
    return {"name": str(free), "medium": "fibre", "is_primary": "" if rows else "on"}


def read_link(form: Form) -> dict[str, Any]:
    given: dict[str, Any] = {name: form.text(name) for name in ("name", "provider", "medium", "contract")}
    given["price_vnd"] = number(form.text("price_vnd")) or None
    given["is_primary"] = form.text("is_primary") == "on"
    for column, field in MBPS.items():
        text = number(form.text(field))
        try:
            given[column] = float(text) * 1e6 if text else None
        except ValueError:
            given[column] = text  # the model says what is wrong with it
    return given | _terms(form)


def _terms(form: Form) -> dict[str, Any]:
    """What a contract promises beyond its rates."""
    given: dict[str, Any] = {name: form.text(name) for name in ("provider_phone", "rule")}
    for column, (field, factor) in SCALED.items():
        text = number(form.text(field)) if column == "data_cap_bytes" else degrees(form.text(field))
        try:
            given[column] = None if not text else round(float(text) * factor, 8)
        except ValueError:
            given[column] = text
    if isinstance(given["data_cap_bytes"], float):
        given["data_cap_bytes"] = round(given["data_cap_bytes"])
    for name, read in (("starts_on", terms.date_of), ("ends_on", terms.date_of), ("excluded", terms.downtime_of)):
        text = form.text(name)
        try:
            given[name] = read(text) if text else [] if name == "excluded" else None
        except terms.BadTerm as error:
            form.wrong(name, (error.said.vi, error.said.en))
            given[name] = [] if name == "excluded" else None
    return given


def room_values(room: Room) -> dict[str, str]:
    return {name: plain(getattr(room, name)) for name in ("code", "name", "kind", "seats")}


def read_room(form: Form) -> dict[str, Any]:
    given: dict[str, Any] = {name: form.text(name) for name in ("code", "name", "kind")}
    return given | {"seats": number(form.text("seats")) or None}


def contact_values(contact: Contact) -> dict[str, str]:
    return {name: plain(getattr(contact, name)) for name in ("name", "role", "phone", "email")}


def read_contact(form: Form) -> dict[str, Any]:
    return {name: form.text(name) for name in ("name", "role", "phone", "email")}


def communes(session: Session, who: Caller, kept: str = "") -> list[tuple[str, str]]:
    """Communes that a school may be put into by this person, and the one where it is."""
    rows = session.exec(select(Commune.code, Commune.name).order_by(col(Commune.name), col(Commune.code)))
    return [(code, name) for code, name in rows if code == kept or who.scope.holds_commune(code)]


def rename(form: Form, names: Mapping[str, str]) -> None:
    """Errors of a model's fields, said at the fields that were typed into."""
    for name, shown in names.items():
        if name in form.errors:
            form.errors.setdefault(shown, form.errors.pop(name))
