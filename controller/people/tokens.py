"""API tokens for programs: ``tnt_<id>_<secret>``, shown once, kept as a hash, always with an end."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from controller.people.principal import Principal, grants_of, lang_of
from controller.tables import ApiToken, User

PREFIX = "tnt_"
MAX_SECONDS = 400 * 86_400.0
TOUCH = 60.0


@dataclass(frozen=True, slots=True)
class NewToken:
    row: ApiToken
    text: str  # shown once


def create(session: Session, user_id: int, *, name: str, role: str, seconds: float, now: float) -> NewToken:
    """A token that acts as its owner, or as that owner in ``role`` alone; to be committed by the caller."""
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiToken(
        id=token_id,
        secret_hash=_hash(secret),
        user_id=user_id,
        name=name,
        role=role,
        created_at=now,
        expires_at=now + min(seconds, MAX_SECONDS),
    )
    session.add(row)
    return NewToken(row, f"{PREFIX}{token_id}_{secret}")


def revoke_all(session: Session, user_id: int, now: float) -> None:
    mine = (col(ApiToken.user_id) == user_id, col(ApiToken.revoked_at).is_(None))
    session.execute(update(ApiToken).where(*mine).values(revoked_at=now))


def find(session: Session, text: str, now: float) -> Principal | None:
    """Who this token acts for."""
    token_id, _, secret = text.removeprefix(PREFIX).partition("_")
    if not text.startswith(PREFIX) or len(text) > 200 or not token_id.isalnum():
        return None
    row = session.get(ApiToken, token_id)
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    user = session.get(User, row.user_id)
    if row.revoked_at is not None or row.expires_at <= now or user is None or user.id is None or not user.is_active:
        return None
    if row.last_used_at is None or now - row.last_used_at > TOUCH:
        session.execute(update(ApiToken).where(col(ApiToken.id) == row.id).values(last_used_at=now))
        session.commit()
    return Principal(
        user_id=user.id,
        login=user.login,
        name=user.name,
        lang=lang_of(user),
        grants=grants_of(session, user.id, row.role),
        via="token",
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
