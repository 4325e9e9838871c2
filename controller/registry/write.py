"""Writes the changes of an import within the caller's transaction: few statements, each for many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlmodel import Session, SQLModel

from controller import audit
from controller.bulk import insert_rows, update_rows
from controller.plan import marks
from controller.plan.months import month_of
from controller.registry.plan import PARTS, Change, Plan, chunks
from controller.store import table_of
from controller.tables import Link, RoleGrant, School, User

UTC = ZoneInfo("UTC")
FURTHEST_EAST = 14 * 3600.0  # whatever the province's zone, no month that is over is marked
MAX_AUDITED = 2_000  # schools with a row of their own; beyond that the import's own row counts them


def write(session: Session, plan: Plan, passwords: Mapping[str, str], *, by: str, digest: str, now: float) -> None:
    """``passwords`` holds a hash for each new login. The caller commits."""
    connection = session.connection()
    _schools(connection, [change for change in plan.changes if change.sheet == "schools"], now)
    ids = _ids(connection, {change.school for change in plan.changes if change.school})
    for sheet, model, _ in PARTS:
        extra = {"changed_at": now} if model is Link else {}
        _parts(connection, model, [change for change in plan.changes if change.sheet == sheet], ids, extra)
    with_lines = {ids[change.school] for change in plan.changes if change.sheet == "links"}
    marks.contracts_changed(connection, month_of(now + FURTHEST_EAST, UTC), with_lines)
    users = [change for change in plan.changes if change.sheet == "users"]
    _users(connection, users, passwords, now)
    _audit(session, plan, ids, by=by, digest=digest, now=now)


def _insert(connection: Connection, model: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """New rows; what the file does not say gets the table's own defaults."""
    columns = tuple(name for name in model.model_fields if name != "id")
    for some in chunks(list(rows)):
        made = [model(**row).model_dump(include=set(columns)) for row in some]
        insert_rows(connection, table_of(model), columns, made)


def _update(connection: Connection, model: type[SQLModel], changes: Iterable[Change], extra: dict[str, Any]) -> None:
    """Rows that change the same columns go in one statement."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in changes:
        values = {**change.values, **extra}
        groups.setdefault(tuple(sorted(values)), []).append({**values, "id": change.key})
    for names, rows in groups.items():
        for some in chunks(rows):
            update_rows(connection, table_of(model), "id", names, some)


def _schools(connection: Connection, changes: list[Change], now: float) -> None:
    moments = {"created_at": now, "updated_at": now}
    _insert(connection, School, ({**change.values, **moments} for change in changes if change.key is None))
    _update(connection, School, (change for change in changes if change.key is not None), {"updated_at": now})


def _ids(connection: Connection, codes: set[str]) -> dict[str, int]:
    school, ids = table_of(School), dict[str, int]()
    for some in chunks(sorted(codes)):
        query = select(school.c.code, school.c.id).where(school.c.code.in_(some))
        ids |= {row.code: row.id for row in connection.execute(query)}
    return ids


def _parts(
    connection: Connection, model: type[SQLModel], changes: list[Change], ids: Mapping[str, int], extra: dict[str, Any]
) -> None:
    fresh = ({**change.values, **extra, "school_id": ids[change.school]} for change in changes if change.key is None)
    _insert(connection, model, fresh)
    _update(connection, model, (change for change in changes if change.key is not None), extra)


def _users(connection: Connection, changes: list[Change], passwords: Mapping[str, str], now: float) -> None:
    user, fresh = table_of(User), dict[str, dict[str, Any]]()
    for change in changes:
        if change.key is None:
            values = {name: value for name, value in change.values.items() if name != "grant"}
            fresh.setdefault(change.label, {}).update(values)
    secret = {"must_change_password": True, "created_at": now}
    _insert(
        connection,
        User,
        ({**values, **secret, "password_hash": passwords[login]} for login, values in fresh.items()),
    )
    for change in changes:
        values = {name: value for name, value in change.values.items() if name != "grant"}
        if change.key is not None and values:
            update_rows(connection, user, "id", tuple(values), [{**values, "id": change.key}])
    logins = sorted({change.label for change in changes})
    ids: dict[str, int] = {}
    for some in chunks(logins):
        query = select(user.c.login, user.c.id).where(user.c.login.in_(some))
        ids |= {row.login: row.id for row in connection.execute(query)}
    grants = [(ids[change.label], *change.values["grant"]) for change in changes if "grant" in change.values]
    names = ("user_id", "role", "scope_kind", "scope_id")
    _insert(connection, RoleGrant, (dict(zip(names, grant, strict=True)) for grant in dict.fromkeys(grants)))


def _audit(session: Session, plan: Plan, ids: Mapping[str, int], *, by: str, digest: str, now: float) -> None:
    """One row for each school and account that changed, and one for the whole import."""
    schools: dict[str, dict[str, Any]] = {}
    for change in plan.changes:
        if not change.school:
            continue
        said = schools.setdefault(change.school, {})
        if change.sheet == "schools":
            said |= {"new": True} if change.key is None else {"fields": sorted(change.values)}
        else:
            said[change.sheet] = said.get(change.sheet, 0) + 1
    for code, detail in list(schools.items())[:MAX_AUDITED]:
        audit.record(session, by, "school.import", f"school:{code}", ids[code], now=now, **detail)
    for change in plan.changes:
        if change.sheet == "users":
            detail = {"fields": sorted(set(change.values) - {"grant"}), "grant": change.values.get("grant")}
            audit.record(session, by, "user.import", f"user:{change.label}", now=now, **detail)
    counts = {name: [one.new, one.changed, one.same] for name, one in plan.counts.items()}
    audit.record(session, by, "import.apply", f"file:{digest[:16]}", now=now, counts=counts, schools=len(schools))
