"""What the pages of accounts show: people, what they may do and where, and whether they can sign in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from controller.api.common import ordered, searched
from controller.api.users import matching
from controller.scope import Scope
from controller.tables import ApiToken, Commune, LoginSession, RoleGrant, School, User
from controller.web.tables import PAGE_SIZE, Listing

State = Literal["", "active", "off", "locked", "no-second-factor"]
STATES: tuple[State, ...] = ("active", "off", "locked", "no-second-factor")
SUGGESTIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grant; ``place`` is the name of its commune or school, empty for the province."""

    id: int
    role: str
    kind: str
    code: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: int
    login: str
    name: str
    email: str
    lang: str
    is_active: bool
    locked_until: float | None  # only while it lasts
    has_second_factor: bool
    must_change_password: bool
    created_at: float
    last_login_at: float | None
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where someone is signed in just now."""

    sessions: int
    tokens: int


def listing(session: Session, *, q: str, role: str, state: State, sort: str, number: int, now: float) -> Listing:
    """One page of accounts. Problem "invalid" for a ``sort`` that is none."""
    active = None if not state else state != "off"
    statement = matching(session, q, role, active)
    if state == "locked":
        statement = statement.where(col(User.locked_until) > now)
    if state == "no-second-factor":
        statement = statement.where(User.totp_secret == "")
    columns = {name: col(getattr(User, name)) for name in ("login", "name", "last_login_at", "created_at")}
    total = session.exec(select(func.count()).select_from(statement.subquery())).one()
    wanted = ordered(statement, sort, columns, col(User.id))
    users = session.exec(wanted.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Listing(
        id="users",
        url="/users",
        rows=accounts(session, users, now),
        total=total,
        page=number,
        sort=sort,
        params={"q": q, "role": role, "state": state},
    )


def accounts(session: Session, users: Sequence[User], now: float) -> list[Account]:
    numbers = [user.id for user in users]
    rows = session.exec(select(RoleGrant).where(col(RoleGrant.user_id).in_(numbers)).order_by(col(RoleGrant.id))).all()
    names = place_names(session, rows)
    held: dict[int, list[Held]] = {}
    for row in rows:
        place = names.get((row.scope_kind, row.scope_id), "")
        one = Held(id=row.id or 0, role=row.role, kind=row.scope_kind, code=row.scope_id, place=place)
        held.setdefault(row.user_id, []).append(one)
    return [_account(user, tuple(held.get(user.id or 0, ())), now) for user in users]


def _account(user: User, held: tuple[Held, ...], now: float) -> Account:
    is_locked = user.locked_until is not None and user.locked_until > now
    return Account(
        id=user.id or 0,
        login=user.login,
        name=user.name,
        email=user.email,
        lang=user.lang,
        is_active=user.is_active,
        locked_until=user.locked_until if is_locked else None,
        has_second_factor=bool(user.totp_secret),
        must_change_password=user.must_change_password,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
        held=held,
    )


def place_names(session: Session, rows: Iterable[RoleGrant]) -> Mapping[tuple[str, str], str]:
    """Names by kind and code of the places that these grants speak of."""
    codes: dict[str, set[str]] = {"commune": set(), "school": set()}
    for row in rows:
        codes.get(row.scope_kind, set()).add(row.scope_id)
    communes = session.exec(select(Commune.code, Commune.name).where(col(Commune.code).in_(codes["commune"])))
    found = {("commune", code): name for code, name in communes}
    schools = session.exec(select(School.code, School.name).where(col(School.code).in_(codes["school"])))
    return found | {("school", code): name for code, name in schools}


def standing(session: Session, number: int, now: float) -> Standing:
    sessions = (
        select(func.count())
        .select_from(LoginSession)
        .where(LoginSession.user_id == number, LoginSession.expires_at > now)
    )
    tokens = (
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.user_id == number, ApiToken.expires_at > now, col(ApiToken.revoked_at).is_(None))
    )
    return Standing(sessions=session.exec(sessions).one(), tokens=session.exec(tokens).one())


def communes(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """Code and name of each commune, by name."""
    statement = scope.communes(select(Commune.code, Commune.name)).order_by(col(Commune.name), col(Commune.code))
    return [(code, name) for code, name in session.exec(statement)]


def suggestions(session: Session, scope: Scope, q: str) -> list[tuple[str, str]]:
    """Code and name of a few schools that fit ``q``."""
    statement = scope.schools(select(School.code, School.name)).order_by(col(School.name), col(School.code))
    starts = col(School.code).startswith(q, autoescape=True) if q.isascii() and q.isprintable() else None
    wanted = searched(statement, q)
    found = [(code, name) for code, name in session.exec(wanted.limit(SUGGESTIONS))]
    if starts is not None and len(found) < SUGGESTIONS:
        more = session.exec(statement.where(or_(starts)).limit(SUGGESTIONS))
        found += [(code, name) for code, name in more if (code, name) not in found]
    return found[:SUGGESTIONS]
