"""Accounts, for the province's administrators. Passwords are made here, shown once, and good once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import Paged, change, fetch, problems
from controller.api.me import GrantOut
from controller.api.shapes import Email, In, NumberInPath, Out, Text
from controller.deps import Caller, Db, Sv, require
from controller.people import accounts, grants, sessions
from controller.problems import Problem
from controller.tables import RoleGrant, User
from inventory.fold import fold

router = APIRouter(prefix="/api/v1/users", tags=["users"])
MAX_FOUND = 10_000


class UserOut(Out):
    id: int
    login: str = Field(examples=["hoa.nguyen"])
    name: str = ""
    email: str = ""
    lang: str = "vi"
    is_active: bool = True
    has_second_factor: bool = False
    must_change_password: bool = False
    created_at: float = 0.0
    last_login_at: float | None = None
    grants: list[GrantOut] = Field(default_factory=list)


class UserChange(In):
    name: Text | None = None
    email: Email | None = None
    lang: Literal["vi", "en"] | None = None
    is_active: bool | None = None


class UserIn(In):
    login: Annotated[str, Field(pattern=accounts.LOGIN_PATTERN)] = Field(examples=["hoa.nguyen"])
    name: Text = Field("", examples=["Nguyễn Thị Hoa"])
    email: Email = ""
    lang: Literal["vi", "en"] = "vi"


class OneTimePassword(BaseModel):
    login: str
    password: str = Field(description="shown once; must be changed at the first sign-in")


class Ended(BaseModel):
    sessions: int


class NewUser(UserOut):
    password: str = Field(description="shown once; must be changed at the first sign-in")


def shown_all(session: Session, users: Sequence[User]) -> list[UserOut]:
    ids = [user.id for user in users]
    held: dict[int, list[GrantOut]] = {}
    for row in session.exec(select(RoleGrant).where(col(RoleGrant.user_id).in_(ids)).order_by(col(RoleGrant.id))):
        grant = GrantOut(role=row.role, scope_kind=row.scope_kind, scope_id=row.scope_id)
        held.setdefault(row.user_id, []).append(grant)
    return [
        UserOut.model_validate(user).model_copy(
            update={"has_second_factor": bool(user.totp_secret), "grants": held.get(user.id or 0, [])}
        )
        for user in users
    ]


def shown(session: Session, user: User) -> UserOut:
    return shown_all(session, [user])[0]


def require_user(session: Session, number: int) -> User:
    user = session.get(User, number)
    if user is None:
        raise Problem("not-found")
    return user


def matching(session: Session, q: str, role: str, active: bool | None) -> Any:
    """Accounts with every word of ``q`` in login or name, accents or not, that hold ``role`` somewhere."""
    statement = select(User)
    if q:  # a province has a few thousand accounts: names are folded here instead of in a column
        words = fold(q).split()
        names = session.exec(select(User.id, User.login, User.name))
        found = [number for number, login, name in names if all(word in fold(f"{login} {name}") for word in words)]
        statement = statement.where(col(User.id).in_(found[:MAX_FOUND]))
    if role:
        statement = statement.where(col(User.id).in_(select(RoleGrant.user_id).where(RoleGrant.role == role)))
    if active is not None:
        statement = statement.where(User.is_active == active)
    return statement


@router.get("", responses=problems())
def list_users(
    who: Annotated[Caller, require("user.read")],
    session: Db,
    wanted: Paged,
    response: Response,
    q: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")] = "",
    role: Annotated[str, Field(max_length=40, pattern=r"^[a-z-]*$")] = "",
    active: bool | None = None,
) -> list[UserOut]:
    statement = matching(session, q, role, active).order_by(col(User.login))
    return shown_all(session, fetch(session, statement, wanted, response))


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("login-exists"))
def create_user(
    body: UserIn, who: Annotated[Caller, require("user.write")], session: Db, services: Sv, response: Response
) -> NewUser:
    """A new account. It can sign in, and sees nothing until it is granted a role."""
    now = services.clock()
    user, password = accounts.create(
        session, login=body.login, name=body.name, email=body.email, lang=body.lang, now=now
    )
    audit.record(session, who.login, "user.create", f"user:{user.login}", now=now)
    session.commit()
    response.headers["Location"] = f"{router.prefix}/{user.id}"
    return NewUser(**shown(session, user).model_dump(), password=password)


@router.get("/{number}", responses=problems("not-found"))
def get_user(
    number: NumberInPath, who: Annotated[Caller, require("user.read")], session: Db, response: Response
) -> UserOut:
    return shown(session, require_user(session, number))


@router.patch("/{number}", responses=problems("not-found", "last-admin"))
def change_user(
    number: NumberInPath, body: UserChange, who: Annotated[Caller, require("user.write")], session: Db, services: Sv
) -> UserOut:
    """Change what is given. Switching an account off ends its sessions and silences its tokens at once."""
    user = require_user(session, number)
    values = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    changed = change(user, values)
    if changed:
        session.add(user)
        if not user.is_active:
            sessions.end_all(session, number)
            grants.keep_an_admin(session)
        audit.record(session, who.login, "user.update", f"user:{user.login}", now=services.clock(), fields=changed)
        session.commit()
    return shown(session, user)


@router.post("/{number}/reset-password", responses=problems("not-found"))
def reset_password(
    number: NumberInPath,
    who: Annotated[Caller, require("user.write", session_only=True)],
    session: Db,
    services: Sv,
    drop_second_factor: bool = False,
) -> OneTimePassword:
    """A one-time password instead of the old one; ends all sessions of the account and revokes its tokens."""
    user, now = require_user(session, number), services.clock()
    password = accounts.reset(session, user, now, drop_second_factor=drop_second_factor)
    detail: dict[str, Any] = {"second_factor": "dropped" if drop_second_factor else "kept"}
    audit.record(session, who.login, "user.reset-password", f"user:{user.login}", now=now, **detail)
    session.commit()
    return OneTimePassword(login=user.login, password=password)


@router.post("/{number}/reset-second-factor", responses=problems("not-found"))
def reset_second_factor(
    number: NumberInPath, who: Annotated[Caller, require("user.write", session_only=True)], session: Db, services: Sv
) -> UserOut:
    """For someone who lost the telephone: the password alone is enough again, until a new second factor is set up."""
    user = require_user(session, number)
    if user.totp_secret:
        user.totp_secret = ""
        session.add(user)
        sessions.end_all(session, number)
        audit.record(session, who.login, "user.reset-second-factor", f"user:{user.login}", now=services.clock())
        session.commit()
    return shown(session, user)


@router.post("/{number}/unlock", responses=problems("not-found"))
def unlock_user(
    number: NumberInPath, who: Annotated[Caller, require("user.write")], request: Request, session: Db, services: Sv
) -> UserOut:
    """Forget the failed sign-ins. Another process of this controller may still make the person wait a while."""
    user = require_user(session, number)
    request.app.state.login_gate.succeeded(user.login, "")
    user.failed_logins, user.locked_until = 0, None
    session.add(user)
    audit.record(session, who.login, "user.unlock", f"user:{user.login}", now=services.clock())
    session.commit()
    return shown(session, user)


@router.post("/{number}/end-sessions", responses=problems("not-found"))
def end_user_sessions(
    number: NumberInPath, who: Annotated[Caller, require("user.write")], session: Db, services: Sv
) -> Ended:
    """Sign someone out everywhere; for oneself, everywhere else."""
    user = require_user(session, number)
    keep = who.principal.session_key if number == who.user_id else ""
    ended = sessions.end_all(session, number, keep=keep)
    audit.record(session, who.login, "user.end-sessions", f"user:{user.login}", now=services.clock(), sessions=ended)
    session.commit()
    return Ended(sessions=ended)
