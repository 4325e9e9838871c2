"""One's own account: what one may do, language, password, second factor, sessions."""

from __future__ import annotations

import io
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Request, status
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from controller import audit
from controller.api.common import problems
from controller.api.login import OneCode, attempt_of
from controller.api.shapes import In, Out
from controller.deps import Caller, Db, Sv, require
from controller.people import accounts, passwords, sessions, totp
from controller.people.accounts import Attempt
from controller.problems import Problem
from controller.services import Services
from controller.tables import LoginSession, User

router = APIRouter(prefix="/api/v1/me", tags=["me"])

Myself = Annotated[Caller, require("", with_old_password=True)]
MyBrowser = Annotated[Caller, require("", session_only=True)]
MyFirstVisit = Annotated[Caller, require("", session_only=True, with_old_password=True)]


class GrantOut(BaseModel):
    role: str = Field(examples=["commune-officer"])
    scope_kind: str = Field(examples=["commune"])
    scope_id: str = Field("", examples=["29869"])


class Me(BaseModel):
    login: str
    name: str
    lang: str
    via: str = Field(description='"session" or "token"')
    csrf: str = ""
    must_change_password: bool = False
    has_second_factor: bool = False
    permissions: list[str] = []
    grants: list[GrantOut] = []


class MeChange(In):
    lang: Literal["vi", "en"]


class PasswordChange(In):
    current: str = Field(max_length=256)
    new: str = Field(max_length=256)


class Proof(In):
    password: str = Field(max_length=256)


class TotpSetup(BaseModel):
    """Shown once. The second factor is on after the first code was given, together with ``ticket``."""

    secret: str
    uri: str
    qr_svg: str
    ticket: str


class TotpConfirm(OneCode):
    ticket: str = Field(max_length=1_000)


class SessionOut(Out):
    created_at: float
    seen_at: float
    expires_at: float
    is_this: bool = False


def account(session: Session, who: Caller) -> User:
    user = session.get(User, who.user_id)
    if user is None:
        raise Problem("not-authenticated")
    return user


@router.get("", responses=problems())
def get_me(who: Myself, session: Db) -> Me:
    user, mine = account(session, who), who.principal
    allowed: set[str] = set().union(*(grant.permissions for grant in mine.grants))
    return Me(
        login=user.login,
        name=user.name,
        lang=who.lang,
        via=mine.via,
        csrf=mine.csrf,
        must_change_password=mine.must_change_password,
        has_second_factor=bool(user.totp_secret),
        permissions=sorted(allowed),
        grants=[
            GrantOut(role=grant.narrowed or grant.role, scope_kind=grant.kind, scope_id=grant.id)
            for grant in mine.grants
        ],
    )


@router.patch("", responses=problems())
def change_me(body: MeChange, who: MyBrowser, session: Db) -> Me:
    user = account(session, who)
    user.lang = body.lang
    session.add(user)
    session.commit()
    return get_me(who, session).model_copy(update={"lang": body.lang})


@router.post(
    "/password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("weak-password", "login-failed", "slow-down"),
)
def change_password(body: PasswordChange, who: MyFirstVisit, request: Request, session: Db, services: Sv) -> None:
    """Ends all other sessions. A one-time password counts as the current one."""
    user = prove(session, who, attempt_of(request, services.clock()), body.current)
    accounts.set_password(session, user, body.new)
    sessions.end_all(session, who.user_id, keep=who.principal.session_key)
    audit.record(session, who.login, "password", f"user:{who.login}", now=services.clock())
    session.commit()


def prove(session: Session, who: Caller, attempt: Attempt, password: str) -> User:
    """That it is still the same person: Problem "login-failed", or "slow-down" after too many tries."""
    user = account(session, who)
    attempt.gate.check(user.login, attempt.address, attempt.now)
    with attempt.gate.hashing():
        good = passwords.verify_password(user.password_hash, password)
    if not good:
        attempt.gate.failed(user.login, attempt.address, attempt.now)
        audit.record(session, who.login, "password", f"user:{who.login}", outcome="failed", now=attempt.now)
        session.commit()
        raise Problem("login-failed")
    return user


@router.post("/totp/start", responses=problems("totp-active"))
def start_totp(who: MyBrowser, session: Db, services: Sv) -> TotpSetup:
    """A new secret to scan. Nothing is kept here: the ticket brings it back with the first code."""
    user = account(session, who)
    if user.totp_secret:
        raise Problem("totp-active")
    secret = totp.new_secret()
    ticket = totp.make_ticket(services.keys.secret("totp-setup"), who.user_id, secret)
    return setup_of(user, services, secret, ticket)


def setup_of(user: User, services: Services, secret: str, ticket: str) -> TotpSetup:
    uri = totp.uri(secret, user.login, services.settings.province_name)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=4, xmldecl=False, omitsize=True)
    return TotpSetup(secret=secret, uri=uri, qr_svg=picture.getvalue().decode(), ticket=ticket)


def shown_again(who: Caller, session: Session, services: Services, ticket: str) -> TotpSetup:
    """The same secret once more, after a code that was not right. Problem "bad-request" when it is too old."""
    secret = totp.read_ticket(services.keys.secret("totp-setup"), who.user_id, ticket)
    if secret is None:
        raise Problem("bad-request")
    return setup_of(account(session, who), services, secret, ticket)


@router.post(
    "/totp", status_code=status.HTTP_204_NO_CONTENT, responses=problems("totp-active", "wrong-code", "bad-request")
)
def confirm_totp(body: TotpConfirm, who: MyBrowser, session: Db, services: Sv) -> None:
    """The first code switches the second factor on and ends all other sessions."""
    user, now = account(session, who), services.clock()
    if user.totp_secret:
        raise Problem("totp-active")
    secret = totp.read_ticket(services.keys.secret("totp-setup"), who.user_id, body.ticket)
    if secret is None:
        raise Problem("bad-request")
    step = totp.matching_step(secret, body.code, now, 0)
    if step is None:
        raise Problem("wrong-code")
    user.totp_secret, user.totp_last_step = totp.seal_secret(services.keys.secret("totp"), secret), step
    session.add(user)
    sessions.end_all(session, who.user_id, keep=who.principal.session_key)
    audit.record(session, who.login, "totp.on", f"user:{who.login}", now=now)
    session.commit()


@router.post("/totp/off", status_code=status.HTTP_204_NO_CONTENT, responses=problems("login-failed", "slow-down"))
def stop_totp(body: Proof, who: MyBrowser, request: Request, session: Db, services: Sv) -> None:
    """Switch the second factor off; takes the password."""
    user = prove(session, who, attempt_of(request, services.clock()), body.password)
    user.totp_secret = ""
    session.add(user)
    audit.record(session, who.login, "totp.off", f"user:{who.login}", now=services.clock())
    session.commit()


@router.get("/sessions", responses=problems())
def list_sessions(who: MyBrowser, session: Db, services: Sv) -> list[SessionOut]:
    """Where one is signed in, newest first."""
    statement = select(LoginSession).where(
        LoginSession.user_id == who.user_id, LoginSession.expires_at > services.clock()
    )
    rows = session.exec(statement.order_by(col(LoginSession.created_at).desc()).limit(100))
    mine = who.principal.session_key
    return [SessionOut.model_validate(row).model_copy(update={"is_this": row.token_hash == mine}) for row in rows]


@router.delete("/sessions", status_code=status.HTTP_204_NO_CONTENT, responses=problems())
def end_sessions(who: MyBrowser, session: Db, services: Sv) -> None:
    """Sign out everywhere else."""
    sessions.end_all(session, who.user_id, keep=who.principal.session_key)
    audit.record(session, who.login, "logout.everywhere", f"user:{who.login}", now=services.clock())
    session.commit()
