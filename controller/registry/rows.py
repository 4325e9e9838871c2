"""The registry's rows as its sheets show them, within what a person may see; read as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlmodel import Session, col, select

from controller.registry.actor import Actor
from controller.tables import Commune, Contact, Link, RoleGrant, Room, School, User
from inventory.registry.columns import Sheet
from inventory.registry.terms import shown_date, shown_downtime
from inventory.registry.words import SHOWN

OPTIONS = {"yield_per": 1_000}
PARTS: dict[str, Any] = {"links": Link, "rooms": Room, "contacts": Contact}
SCALED = {"share": 100.0, "millis": 1e3, "volume": 1e-9}  # from what is stored to what a person reads
ORDER = {"links": "name", "rooms": "code", "contacts": "id"}


def commune_names(session: Session) -> dict[str, str]:
    """code → name, by name."""
    return dict(iter(session.exec(select(Commune.code, Commune.name).order_by(col(Commune.name)))))


def is_allowed(actor: Actor, sheet: str) -> bool:
    scope = {"contacts": actor.contacts, "users": actor.users}.get(sheet, actor.schools)
    return not scope.is_empty


def rows(session: Session, actor: Actor, sheet: Sheet) -> Iterator[list[Any]]:
    """In the order of the sheet's columns; nothing of a sheet that the person may not see."""
    if not is_allowed(actor, sheet.name):
        return
    names = commune_names(session)
    if sheet.name == "users":
        yield from _users(session, names)
        return
    statement: Any
    if sheet.name == "schools":
        statement = actor.schools.schools(select(School, School.code)).order_by(col(School.code))
    else:
        model = PARTS[sheet.name]
        scope = actor.contacts if sheet.name == "contacts" else actor.schools
        statement = select(model, School.code).join(School, col(School.id) == model.school_id)
        statement = scope.schools(statement).order_by(col(School.code), getattr(model, ORDER[sheet.name]))
    with closing(session.exec(statement.execution_options(**OPTIONS))) as found:
        for row, code in found:
            yield [_shown(column.kind, _value(row, code, column.name), names) for column in sheet.columns]
            session.expunge(row)


def _value(row: Any, code: str, name: str) -> Any:
    if name == "school":
        return code
    return row.commune_code if name == "commune" else getattr(row, name)


def _shown(kind: str, value: Any, communes: dict[str, str]) -> Any:
    """As a person reads it, and as the import understands it."""
    if value is None:
        return None
    if kind in SHOWN and kind != "flag":
        return SHOWN[kind][value][0] if value in SHOWN[kind] else value
    if kind == "flag":
        return SHOWN["flag"]["yes" if value else "no"][0]
    if kind == "speed":
        return _short(value / 1e6)
    if kind in SCALED:
        return _short(round(value * SCALED[kind], 6))
    if kind == "date":
        return shown_date(value) if value else None
    if kind == "downtime":
        return shown_downtime(value)
    return communes.get(value, value) if kind == "commune" else value


def _short(number: float) -> float | int:
    return int(number) if number == int(number) else round(number, 6)


def _users(session: Session, names: dict[str, str]) -> Iterator[list[Any]]:
    """A row for each grant; an account without one has a row of its own."""
    statement = (
        select(User, RoleGrant)
        .join(RoleGrant, col(RoleGrant.user_id) == User.id, isouter=True)
        .order_by(col(User.login), col(RoleGrant.id))
    )
    found: Sequence[Any] = session.exec(statement).all()
    for user, grant in found:
        lang = SHOWN["lang"].get(user.lang, (user.lang, ""))[0]
        role = SHOWN["role"].get(grant.role, (grant.role, ""))[0] if grant is not None else None
        yield [user.login, user.name, user.email, lang, role, _scope(grant, names)]


def _scope(grant: RoleGrant | None, names: dict[str, str]) -> str | None:
    if grant is None:
        return None
    if grant.scope_kind == "province":
        return "toàn tỉnh"
    return names.get(grant.scope_id, grant.scope_id) if grant.scope_kind == "commune" else grant.scope_id
