"""Sessions of browsers. The cookie is 256 random bits; the database keeps only its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from controller.people.principal import Principal, grants_of, lang_of
from controller.problems import Problem
from controller.tables import LoginSession, User

IDLE = 30 * 60.0  # without a request
ABSOLUTE = 12 * 3600.0
HALF = 5 * 60.0  # to give the second factor
TOUCH = 60.0  # how often "seen" is written


@dataclass(frozen=True, slots=True)
class NewSession:
    cookie: str
    csrf: str
    is_full: bool


def key_of(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def start(session: Session, user: User, now: float, *, is_full: bool) -> NewSession:
    """A new session, to be committed by the caller; without ``is_full`` it can only give the second factor."""
    assert user.id is not None  # noqa: S101 - read from the database
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.execute(delete(LoginSession).where(col(LoginSession.expires_at) < now))
    session.add(
        LoginSession(
            token_hash=key_of(cookie),
            user_id=user.id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + (ABSOLUTE if is_full else HALF),
            is_full=is_full,
        )
    )
    return NewSession(cookie, csrf, is_full)


def row_of(session: Session, cookie: str, now: float) -> LoginSession | None:
    """The living session of this cookie, full or not."""
    if not cookie or len(cookie) > 200:
        return None
    row = session.get(LoginSession, key_of(cookie))
    if row is None or row.expires_at <= now or now - row.seen_at > IDLE:
        return None
    return row


def find(session: Session, cookie: str, now: float) -> Principal | None:
    """Who this cookie belongs to. Problem "second-factor" when that is still missing."""
    row = row_of(session, cookie, now)
    user = session.get(User, row.user_id) if row is not None else None
    if row is None or user is None or user.id is None or not user.is_active:
        return None
    if not row.is_full:
        raise Problem("second-factor")
    if now - row.seen_at > TOUCH:
        session.execute(update(LoginSession).where(col(LoginSession.token_hash) == row.token_hash).values(seen_at=now))
        session.commit()
    return Principal(
        user_id=user.id,
        login=user.login,
        name=user.name,
        lang=lang_of(user),
        grants=grants_of(session, user.id),
        via="session",
        csrf=row.csrf,
        session_key=row.token_hash,
        must_change_password=user.must_change_password,
    )


def end(session: Session, cookie: str) -> None:
    session.execute(delete(LoginSession).where(col(LoginSession.token_hash) == key_of(cookie)))


def end_all(session: Session, user_id: int, keep: str = "") -> int:
    """End a user's sessions, but for the one whose key is ``keep``; how many."""
    ended = session.exec(
        select(LoginSession.token_hash).where(LoginSession.user_id == user_id, LoginSession.token_hash != keep)
    ).all()
    session.execute(delete(LoginSession).where(col(LoginSession.token_hash).in_(ended)))
    return len(ended)
