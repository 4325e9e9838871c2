"""What an import would change: the file's records against the database, within what the person may do. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from controller.people.permissions import ROLE_SCOPES
from controller.registry.actor import Actor
from controller.scope import Scope
from controller.tables import Contact, Link, RoleGrant, Room, School, User
from inventory.fold import school_search
from inventory.registry import sense
from inventory.registry.columns import LINKS
from inventory.registry.issues import Issue, Issues, Said, shortened
from inventory.registry.parse import Record
from inventory.registry.words import level_of_name

CHUNK = 500
MAX_SHOWN = 200
MAX_NEW_USERS = 200  # each needs a password hashed, which is slow on purpose
# sheet → (table, what tells two rows of one school apart)
PARTS: tuple[tuple[str, type[SQLModel], str], ...] = (
    ("links", Link, "name"),
    ("rooms", Room, "code"),
    ("contacts", Contact, "name"),
)
NOT_HERE = Said("no-school", "không có trường với mã này trong phạm vi của bạn", "no school has this code in your part")
NOT_YOURS = Said("out-of-scope", "xã, phường này ngoài phạm vi của bạn", "this commune lies outside your part")
TAKEN = Said(
    "out-of-scope", "mã này thuộc một trường ngoài phạm vi của bạn", "a school outside your part has this code"
)
NO_CONTACTS = Said(
    "forbidden", "bạn không có quyền sửa danh bạ của trường này", "you may not change people to call here"
)
NO_USERS = Said("forbidden", "chỉ quản trị viên của tỉnh nhập được tài khoản", "only the province imports accounts")
NO_GRANT = Said("cannot-grant", "vai trò này không cấp được cho phạm vi này", "this role cannot be granted over this")
TOO_MANY = Said(
    "too-many-users",
    f"nhiều nhất {MAX_NEW_USERS} tài khoản mới mỗi lần nhập; hãy chia nhỏ",
    f"at most {MAX_NEW_USERS} new accounts an import; split the file",
)


@dataclass(slots=True)
class Counts:
    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row to be written. ``key`` is the primary key of what is there, None for something new."""

    sheet: str
    row: int
    label: str
    school: str  # its code; empty for accounts
    values: dict[str, Any]
    key: int | None = None


@dataclass(slots=True)
class Plan:
    counts: dict[str, Counts] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    issues: Issues = field(default_factory=Issues)

    def take(self, change: Change) -> None:
        counts = self.counts.setdefault(change.sheet, Counts())
        if change.key is not None and not change.values:
            counts.same += 1
            return
        if change.key is None:
            counts.new += 1
        else:
            counts.changed += 1
        self.changes.append(change)

    def refuse(self, record: Record, column: str, said: Said, value: object) -> None:
        self.issues.add(
            Issue(
                code=said.code, vi=said.vi, en=said.en, sheet=record.tab, row=record.row, column=column,
                value=shortened(value),
            )
        )  # fmt: skip


def make(
    session: Session, actor: Actor, records: dict[str, list[Record]], spoiled: frozenset[str] = frozenset()
) -> Plan:
    """``spoiled``: schools that something is wrong with already; what hangs on them is passed over without a word."""
    plan = Plan(counts={name: Counts() for name in records})
    schools = _Schools(session, actor, records)
    schools.spoiled |= spoiled
    for record in records.get("schools", ()):
        schools.add(plan, record)
    for sheet, model, tells in PARTS:
        _parts(session, actor, schools, plan, sheet, model, tells, records.get(sheet, ()))
    _users(session, actor, schools, plan, records.get("users", ()))
    return plan


class _Schools:
    """The schools that the file speaks of: those that are there, and those to come."""

    def __init__(self, session: Session, actor: Actor, records: dict[str, list[Record]]) -> None:
        self.actor = actor
        named = {record.values["code"] for record in records.get("schools", ())}
        named |= {record.values["school"] for sheet, _, _ in PARTS for record in records.get(sheet, ())}
        named |= {
            record.values["scope_id"]
            for record in records.get("users", ())
            if record.values.get("scope_kind") == "school"
        }
        self.known: dict[str, School] = {}
        for some in chunks(sorted(named)):
            rows = session.exec(select(School).where(col(School.code).in_(some)))
            self.known |= {row.code: row for row in rows}
        self.coming: dict[str, str] = {}  # code → commune
        self.spoiled: set[str] = set()

    def add(self, plan: Plan, record: Record) -> None:
        values = dict(record.values)
        code, commune = values.pop("code"), values.pop("commune")
        values["commune_code"] = commune
        there = self.known.get(code)
        if there is not None and not self.actor.schools.holds(there):
            plan.refuse(record, "Mã trường", TAKEN, code)
            self.spoiled.add(code)
            return
        is_moved = there is None or there.commune_code != commune
        if is_moved and not self.actor.schools.holds_commune(commune):
            plan.refuse(record, "Xã/phường", NOT_YOURS, commune)
            self.spoiled.add(code)
            return
        name = values["name"]
        if there is None:
            values.setdefault("level", level_of_name(name))
            values |= {"code": code, "search": school_search(name, code)}
            self.coming[code] = commune
        else:
            values = differing(there, values)
            if "name" in values:
                values["search"] = school_search(name, code)
        key = there.id if there is not None else None
        plan.take(Change(sheet="schools", row=record.row, label=f"{code} {name}", school=code, values=values, key=key))

    def holds(self, scope: Scope, code: str) -> bool:
        """Whether the school is there or to come, and in ``scope``."""
        if code in self.coming:
            return scope.holds_commune(self.coming[code])
        return code in self.known and scope.holds(self.known[code])

    def id_of(self, code: str) -> int | None:
        return self.known[code].id if code in self.known else None

    @property
    def ids(self) -> dict[int, str]:
        return {school.id: code for code, school in self.known.items() if school.id is not None}


def _parts(
    session: Session,
    actor: Actor,
    schools: _Schools,
    plan: Plan,
    sheet: str,
    model: type[SQLModel],
    tells: str,
    records: Iterable[Record],
) -> None:
    listed = list(records)
    codes = {record.values["school"] for record in listed}
    ids = {key: code for key, code in schools.ids.items() if code in codes}
    there: dict[tuple[str, str], SQLModel] = {}
    for some in chunks(sorted(ids)):
        for one in session.exec(select(model).where(model.school_id.in_(some))):  # type: ignore[attr-defined]
            there[ids[one.school_id], getattr(one, tells)] = one  # type: ignore[attr-defined]
    for record in listed:
        values = dict(record.values)
        code = values.pop("school")
        if code in schools.spoiled:
            continue
        if not schools.holds(actor.schools, code):
            plan.refuse(record, "Mã trường", NOT_HERE, code)
            continue
        if sheet == "contacts" and not schools.holds(actor.contacts, code):
            plan.refuse(record, "Mã trường", NO_CONTACTS, code)
            continue
        if sheet == "links":
            values.setdefault("name", "1")
        name = values.pop(tells)
        row: SQLModel | None = there.get((code, name))
        if sheet == "links" and not _makes_sense(plan, record, row, values):
            continue
        label = f"{code} {name}" if sheet != "contacts" else code  # no names of people beyond the people's own sheet
        if row is None:
            plan.take(Change(sheet=sheet, row=record.row, label=label, school=code, values={tells: name, **values}))
        else:
            key = getattr(row, "id", None)
            changed = differing(row, values)
            plan.take(Change(sheet=sheet, row=record.row, label=label, school=code, values=changed, key=key))


def _makes_sense(plan: Plan, record: Record, row: SQLModel | None, values: dict[str, Any]) -> bool:
    """Whether a line's contract can be, as it will stand: what the file leaves empty keeps what is known."""
    kept = {name: getattr(row, name) for name in sense.FIELDS} if row is not None else {}
    found = list(sense.problems({**kept, **values}))
    for name, said in found:
        plan.refuse(record, LINKS.column(name).vi, said, values.get(name, ""))
    return not found


def _users(session: Session, actor: Actor, schools: _Schools, plan: Plan, records: Iterable[Record]) -> None:
    listed = list(records)
    if listed and not actor.users.is_all:
        plan.refuse(listed[0], "", NO_USERS, "")
        return
    logins = {record.values["login"] for record in listed}
    there: dict[str, User] = {}
    held: dict[int, set[tuple[str, str, str]]] = {}
    for some in chunks(sorted(logins)):
        there |= {user.login: user for user in session.exec(select(User).where(col(User.login).in_(some)))}
    ids = sorted(user.id for user in there.values() if user.id is not None)
    for some_ids in chunks(ids):
        for grant in session.exec(select(RoleGrant).where(col(RoleGrant.user_id).in_(some_ids))):
            held.setdefault(grant.user_id, set()).add((grant.role, grant.scope_kind, grant.scope_id))
    fresh: set[str] = set()
    for record in listed:
        values = dict(record.values)
        login, wanted = values.pop("login"), grant_of(values)
        said = _grant_problem(actor, schools, wanted)
        if said is not None:
            plan.refuse(record, "Vai trò", said, " ".join(part for part in wanted or () if part))
            continue
        user = there.get(login)
        if user is None and login not in fresh:
            fresh.add(login)
            if len(fresh) == MAX_NEW_USERS + 1:
                plan.refuse(record, "Tên đăng nhập", TOO_MANY, login)
        changed = differing(user, values) if user is not None else {"login": login, **values}
        is_held = user is not None and user.id is not None and (wanted is None or wanted in held.get(user.id, ()))
        if wanted is not None and not is_held:
            changed["grant"] = list(wanted)
        key = user.id if user is not None else None
        plan.take(Change(sheet="users", row=record.row, label=login, school="", values=changed, key=key))


def grant_of(values: dict[str, Any]) -> tuple[str, str, str] | None:
    """Take the grant out of a record's values."""
    role = values.pop("role", None)
    kind, place = values.pop("scope_kind", "province"), values.pop("scope_id", "")
    return (role, kind, place) if role is not None else None


def _grant_problem(actor: Actor, schools: _Schools, wanted: tuple[str, str, str] | None) -> Said | None:
    if wanted is None:
        return None
    role, kind, place = wanted
    if kind not in ROLE_SCOPES.get(role, frozenset()) or not actor.may_grant(role, kind):
        return NO_GRANT
    if kind == "school" and place not in schools.spoiled and not schools.holds(actor.schools, place):
        return NOT_HERE
    return None


def differing(row: SQLModel, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def chunks(items: Collection[Any]) -> Iterator[list[Any]]:
    listed = list(items)
    for first in range(0, len(listed), CHUNK):
        yield listed[first : first + CHUNK]
