"""Addresses that carry a leave of their own: for one school and one purpose, signed, with an end, to be taken back.

What is signed is checked before the database is asked, so guessing costs us nothing; the row says whether it was taken
back. The database alone is of no use to anybody: the key is not in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading

from sqlmodel import Session, col, select

from controller import audit
from controller.deps import Caller
from controller.limits import Buckets
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import School, SchoolLink

PURPOSES = ("glpi", "survey")
DAYS = {"glpi": 730, "survey": 45}
DAY = 86_400.0
TOKEN = re.compile(r"^([0-9a-f]{16})\.([0-9a-f]{1,10})\.([A-Za-z0-9_-]{27})$")
MAX_TOKEN = 60


def token_of(key: bytes, row: SchoolLink) -> str:
    expires = f"{int(row.expires_at):x}"
    return f"{row.id}.{expires}.{_sign(key, row.purpose, row.id, expires)}"


def _sign(key: bytes, purpose: str, number: str, expires: str) -> str:
    digest = hmac.digest(key, f"{purpose}\0{number}\0{expires}".encode(), hashlib.sha256)[:20]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def make(
    session: Session, who: Caller, school: School, purpose: str, now: float, days: int | None = None
) -> SchoolLink:
    row = SchoolLink(
        id=secrets.token_hex(8),
        school_id=key_of(school),
        purpose=purpose,
        created_at=now,
        created_by=who.login,
        expires_at=float(int(now + (days or DAYS[purpose]) * DAY)),
    )
    session.add(row)
    audit.record(session, who.login, "school-link.create", f"school-link:{row.id}", school.id, now=now, purpose=purpose)
    return row


def find(session: Session, key: bytes, token: str, purpose: str, now: float) -> tuple[SchoolLink, School]:
    """Problem "link-not-valid": whatever is wrong with it, the answer is the same."""
    parts = TOKEN.match(token)
    if parts is None:
        raise Problem("link-not-valid")
    number, expires, mac = parts.groups()
    if not hmac.compare_digest(mac, _sign(key, purpose, number, expires)) or int(expires, 16) <= now:
        raise Problem("link-not-valid")
    row = session.get(SchoolLink, number)
    school = session.get(School, row.school_id) if row is not None else None
    if row is None or school is None or row.revoked_at is not None or row.purpose != purpose:
        raise Problem("link-not-valid")
    return row, school


def used(session: Session, row: SchoolLink, now: float) -> None:
    row.used_at, row.uses = now, row.uses + 1
    session.add(row)


def take_back(session: Session, who: Caller, row: SchoolLink, now: float) -> None:
    row.revoked_at = row.revoked_at or now
    session.add(row)
    audit.record(
        session, who.login, "school-link.revoke", f"school-link:{row.id}", row.school_id, now=now, purpose=row.purpose
    )


def of_school(session: Session, school: School, now: float) -> list[SchoolLink]:
    """Those that are still good."""
    query = select(SchoolLink).where(SchoolLink.school_id == school.id, SchoolLink.expires_at > now)
    query = query.where(col(SchoolLink.revoked_at).is_(None)).order_by(col(SchoolLink.created_at).desc())
    return list(session.exec(query.limit(50)))


class LinkGate:
    """How often one link, and one address with any links, may call. Used by threads of handlers."""

    def __init__(self) -> None:
        self._links = Buckets(rate=1.0, burst=60.0)  # a school's room of computers reports within a minute
        self._addresses = Buckets(rate=2.0, burst=120.0)
        self._lock = threading.Lock()

    def check(self, token: str, address: str, now: float) -> None:
        """Problem "slow-down"."""
        with self._lock:
            wait = self._addresses.wait(address, now) or self._links.wait(token[:MAX_TOKEN], now)
        if wait > 0:
            raise Problem("slow-down", retry_after=wait)
