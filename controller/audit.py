"""Who did what: rows that can only be added, each with a hash over the row before, so that a change or a gap shows.

``record`` writes within the caller's transaction and is called last before its commit, because it serialises all who
record. The database refuses UPDATE and DELETE by triggers (``append_only``); the chain finds what was changed behind
its back. Cutting rows off the end is found by comparing ``Verified.head`` with one that was noted elsewhere. Details
carry no personal data but logins.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from sqlmodel import Session, col, select

from controller.db import one_at_a_time
from controller.tables import Audit

LOCK = 0x7472_6E67  # PostgreSQL's advisory lock of the chain
MAX_TEXT = 200

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log can only be added to'; END $$
"""
TRIGGERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqlite": tuple(
            f"CREATE TRIGGER IF NOT EXISTS audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            _FUNCTION,
            "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
            "CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Verified:
    """``broken`` is the id of the first row that does not follow from the one before; ``head`` the last good hash."""

    count: int
    head: str
    broken: int | None


def append_only(dialect: str) -> tuple[str, ...]:
    """Statements that make the table refuse every change; good to run twice."""
    return TRIGGERS[dialect]


def record(
    session: Session,
    actor: str,
    action: str,
    object: str,
    school_id: int | None = None,
    outcome: str = "ok",
    *,
    now: float | None = None,
    **detail: Any,
) -> Audit:
    """Add a row.

    ``actor``: a login, "cli", "system" or "agent:<id>"; ``action``: "school.update"; ``object``: "school:82001".
    """
    session.flush()
    one_at_a_time(session.connection(), LOCK)
    previous = session.exec(select(Audit.hash).order_by(col(Audit.id).desc()).limit(1)).first() or ""
    row = Audit(
        at=round(time.time() if now is None else now, 3),
        actor=actor[:MAX_TEXT],
        action=action,
        object=object[:MAX_TEXT],
        school_id=school_id,
        outcome=outcome,
        detail=orjson.loads(orjson.dumps(detail)),
        previous=previous,
    )
    row.hash = digest(row)
    session.add(row)
    session.flush()
    return row


def digest(row: Audit) -> str:
    """SHA-256 (hex) over the row before and everything that this row says."""
    said = [row.previous, row.at, row.actor, row.action, row.object, row.school_id, row.outcome, row.detail]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(session: Session) -> Verified:
    """Walk the chain from its first row."""
    previous, count = "", 0
    statement = select(Audit).order_by(col(Audit.id)).execution_options(yield_per=1_000)
    with closing(session.exec(statement)) as rows:
        for row in rows:
            if row.previous != previous or row.hash != digest(row):
                return Verified(count, previous, row.id)
            previous = row.hash
            count += 1
            session.expunge(row)
    return Verified(count, previous, None)
