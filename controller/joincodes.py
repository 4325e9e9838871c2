"""Join codes: single use, bound to one school, good for 72 hours unless said otherwise (30 days at most).

The secret is derived from a key that is not in the database, the code's number and the school's code. So a database
restored from yesterday's backup still knows the codes that were handed out since; only a hash of the secret is stored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from sqlmodel import Session, select

from controller.pki import Keys
from controller.tables import JoinCode, School

DEFAULT_SECONDS = 72 * 3600.0
MAX_SECONDS = 30 * 86_400.0
PREFIX = "tn1:"


class JoinCodeError(ValueError):
    """No code can be made; the text says why."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """``text`` is shown once and cannot be shown again."""

    id: str
    text: str
    expires_at: float


def secret_of(keys: Keys, code_id: str, school_code: str) -> str:
    mac = hmac.digest(keys.secret("join-codes"), f"{code_id}\0{school_code}".encode(), hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    session: Session,
    keys: Keys,
    *,
    school: School,
    by: str,
    url: str,
    now: float,
    seconds: float = DEFAULT_SECONDS,
) -> NewCode:
    """A new code for ``school``, to be committed by the caller. Raises JoinCodeError for a validity out of bounds."""
    if not 60 <= seconds <= MAX_SECONDS:
        raise JoinCodeError("a join code is good for between one minute and 30 days")
    if school.id is None:
        raise JoinCodeError("the school is not stored yet")
    code_id = secrets.token_hex(4)
    while session.get(JoinCode, code_id) is not None:
        code_id = secrets.token_hex(4)
    secret = secret_of(keys, code_id, school.code)
    session.add(
        JoinCode(
            id=code_id,
            secret_hash=hash_of(secret),
            school_id=school.id,
            created_at=now,
            created_by=by,
            expires_at=now + seconds,
        )
    )
    session.flush()
    return NewCode(
        code_id, encode(url, "" if url.startswith("http://") else keys.fingerprint, code_id, secret), now + seconds
    )


def encode(url: str, fingerprint: str, code_id: str, secret: str) -> str:
    data = json.dumps({"u": url, "f": fingerprint[:32], "i": code_id, "s": secret}, separators=(",", ":"))
    return PREFIX + base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def decode(text: str) -> dict[str, str]:
    """The parts of a code: u(rl), f(ingerprint), i(d), s(ecret). Raises JoinCodeError."""
    try:
        body = text.strip().removeprefix(PREFIX)
        parts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return {name: str(parts[name]) for name in "ufis"}
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise JoinCodeError("this is not a join code") from None


def school_of_lost_code(session: Session, keys: Keys, code_id: str, secret: str) -> School | None:
    """After a restore: the school for which we made this code, though the database has forgotten it."""
    for school in session.exec(select(School)):
        if hmac.compare_digest(secret_of(keys, code_id, school.code).encode(), secret.encode()):
            return school
    return None
