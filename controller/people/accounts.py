"""Accounts: signing in, changing and resetting passwords, the first administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from controller import audit
from controller.people import lockout, passwords, sessions, tokens, totp
from controller.people.grants import active_admins
from controller.people.lockout import LoginGate
from controller.problems import Problem
from controller.tables import RoleGrant, User

LOGIN_PATTERN = r"^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$"
FIRST_ADMIN = "admin"


class NoSuchUser(Exception):
    """There is no account with this login."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in, from where and when."""

    gate: LoginGate
    address: str
    now: float


def by_login(session: Session, login: str) -> User | None:
    return session.exec(select(User).where(User.login == login.strip().casefold())).one_or_none()


def sign_in(session: Session, attempt: Attempt, login: str, password: str) -> sessions.NewSession:
    """A session, full unless a second factor is set up; committed. Problem "login-failed", "slow-down", "busy".

    An unknown login costs the same time and is locked the same way as a known one.
    """
    gate, now = attempt.gate, attempt.now
    gate.check(login, attempt.address, now)
    user = by_login(session, login)
    if user is not None and user.locked_until is not None and user.locked_until > now:
        raise Problem("slow-down", retry_after=user.locked_until - now)
    with gate.hashing():
        good = passwords.verify_password(user.password_hash if user is not None else "", password)
    if user is None or not user.is_active or not good:
        gate.failed(login, attempt.address, now)
        _failed(session, user, now, "login")
        raise Problem("login-failed")
    started = sessions.start(session, user, now, is_full=not user.totp_secret)
    if started.is_full:
        _signed_in(session, attempt, user)
    session.commit()
    return started


def give_code(session: Session, attempt: Attempt, key: bytes, cookie: str, code: str) -> sessions.NewSession:
    """The second factor: ends the half session and starts a full one. Problem "not-authenticated", "login-failed"."""
    row = sessions.row_of(session, cookie, attempt.now)
    user = session.get(User, row.user_id, with_for_update=True) if row is not None else None
    if row is None or row.is_full or user is None or not user.is_active:
        raise Problem("not-authenticated")
    attempt.gate.check(user.login, attempt.address, attempt.now)
    if not take_code(session, user, key, code, attempt.now):
        attempt.gate.failed(user.login, attempt.address, attempt.now)
        _failed(session, user, attempt.now, "login.code")
        raise Problem("login-failed")
    sessions.end(session, cookie)
    started = sessions.start(session, user, attempt.now, is_full=True)
    _signed_in(session, attempt, user)
    session.commit()
    return started


def take_code(session: Session, user: User, key: bytes, code: str, now: float) -> bool:
    """Whether ``code`` is good; it is spent with that, also when it comes twice at once."""
    secret = totp.open_secret(key, user.totp_secret)
    step = totp.matching_step(secret, code, now, user.totp_last_step) if secret else None
    if step is None:
        return False
    spend = update(User).where(col(User.id) == user.id, col(User.totp_last_step) < step).values(totp_last_step=step)
    return bool(session.connection().execute(spend).rowcount)


def _signed_in(session: Session, attempt: Attempt, user: User) -> None:
    attempt.gate.succeeded(user.login, attempt.address)
    user.failed_logins, user.locked_until, user.last_login_at = 0, None, attempt.now
    session.add(user)
    audit.record(session, user.login, "login", f"user:{user.login}", now=attempt.now)


def _failed(session: Session, user: User | None, now: float, action: str) -> None:
    """Commit the failure. What was typed as an unknown login is not kept: it may be someone's password."""
    if user is not None:
        user.failed_logins += 1
        user.locked_until = now + lockout.delay(user.failed_logins) or None
        session.add(user)
    name = user.login if user is not None else "unknown"
    audit.record(session, name, action, f"user:{name}", outcome="failed", now=now)
    session.commit()


def set_password(session: Session, user: User, password: str, *, one_time: bool = False) -> None:
    """Problem "weak-password". The caller ends sessions, audits and commits."""
    reason = None if one_time else passwords.weakness(password, user.login)
    if reason is not None:
        raise Problem("weak-password", reason=reason)
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = one_time
    user.failed_logins, user.locked_until = 0, None
    session.add(user)


def create(session: Session, *, login: str, name: str, email: str, lang: str, now: float) -> tuple[User, str]:
    """A new account with a one-time password; the caller audits and commits. Problem "login-exists"."""
    login = login.strip().casefold()
    if not re.match(LOGIN_PATTERN, login):
        raise Problem("invalid", errors=[{"field": "login", "code": "login", "message": LOGIN_PATTERN}])
    if by_login(session, login) is not None:
        raise Problem("login-exists")
    user = User(login=login, name=name, email=email, lang=lang, created_at=now)
    password = passwords.one_time()
    set_password(session, user, password, one_time=True)
    session.flush()
    return user, password


def reset(session: Session, user: User, now: float, *, drop_second_factor: bool) -> str:
    """A one-time password in place of the old one, sessions ended, tokens revoked; the caller audits and commits."""
    assert user.id is not None  # noqa: S101 - read from the database
    password = passwords.one_time()
    set_password(session, user, password, one_time=True)
    if drop_second_factor:
        user.totp_secret = ""
    user.is_active = True
    sessions.end_all(session, user.id)
    tokens.revoke_all(session, user.id, now)
    return password


def reset_password(engine: Engine, login: str, now: float) -> str:
    """``truongnet admin reset-password``: whoever can run it owns the machine. Raises NoSuchUser."""
    with Session(engine) as session:
        user = by_login(session, login)
        if user is None:
            raise NoSuchUser(login)
        password = reset(session, user, now, drop_second_factor=True)
        audit.record(session, "cli", "user.reset-password", f"user:{user.login}", now=now)
        session.commit()
        return password


def ensure_admin(engine: Engine, now: float) -> str | None:
    """The one-time password of the first administrator, when there is none who can sign in yet; else None."""
    with Session(engine) as session:
        if active_admins(session):
            return None
        user = by_login(session, FIRST_ADMIN)
        if user is None:
            user, password = create(session, login=FIRST_ADMIN, name="", email="", lang="vi", now=now)
        else:
            password = reset(session, user, now, drop_second_factor=True)
        assert user.id is not None  # noqa: S101 - flushed
        grant = select(RoleGrant).where(RoleGrant.user_id == user.id, RoleGrant.role == "province-admin")
        if session.exec(grant).first() is None:
            session.add(RoleGrant(user_id=user.id, role="province-admin"))
        audit.record(session, "cli", "user.first-admin", f"user:{user.login}", now=now)
        session.commit()
        return password
