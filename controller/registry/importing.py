"""An import: preview first, then all of it or nothing. The same file a second time changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session

from controller.db import begin_write
from controller.people import passwords
from controller.registry.actor import Actor
from controller.registry.plan import MAX_SHOWN, Counts, Plan, make
from controller.registry.reading import Reading, communes_of, read
from controller.registry.write import write
from inventory.registry.issues import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One change as a preview lists it."""

    sheet: str
    row: int
    label: str
    is_new: bool
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import would do. Nothing is ever removed by one."""

    digest: str  # SHA-256 (hex) of the file
    counts: dict[str, Counts] = field(default_factory=dict)  # by sheet
    changes: list[Shown] = field(default_factory=list)  # the first few
    issues: list[Issue] = field(default_factory=list)  # the first thousand
    issue_count: int = 0

    @property
    def is_good(self) -> bool:
        return self.issue_count == 0

    @property
    def total(self) -> int:
        """Rows that would be written."""
        return sum(one.new + one.changed for one in self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    preview: Preview
    is_done: bool  # false: there were issues, and nothing was written
    passwords: list[tuple[str, str]] = field(default_factory=list)  # login, one-time password; shown once


def preview(session: Session, actor: Actor, data: bytes, filename: str) -> Preview:
    """Writes nothing."""
    reading = read(data, filename, communes_of(session))
    return _preview(data, reading, _plan(session, actor, reading))


def apply(engine: Engine, actor: Actor, data: bytes, filename: str, now: float) -> Applied:
    """Write everything in one transaction, or nothing when there is anything wrong."""
    with Session(engine) as session:
        reading = read(data, filename, communes_of(session))
        first = _plan(session, actor, reading)
    if reading.error or first.issues.count or reading.count:
        return Applied(preview=_preview(data, reading, first), is_done=False)
    shown = {login: passwords.one_time() for login in _new_logins(first)}
    hashes = {login: passwords.hash_password(password) for login, password in shown.items()}
    with Session(engine) as session:
        begin_write(session.connection())
        plan = _plan(session, actor, reading)  # once more: someone else may have written meanwhile
        made = _preview(data, reading, plan)
        if plan.issues.count or _new_logins(plan) - set(hashes):
            return Applied(preview=made, is_done=False)
        if plan.changes:
            write(session, plan, hashes, by=actor.login, digest=made.digest, now=now)
            session.commit()
        fresh = _new_logins(plan)
    return Applied(preview=made, is_done=True, passwords=[one for one in shown.items() if one[0] in fresh])


def _plan(session: Session, actor: Actor, reading: Reading) -> Plan:
    return Plan() if reading.error is not None else make(session, actor, reading.records, reading.spoiled)


def _new_logins(plan: Plan) -> set[str]:
    return {change.label for change in plan.changes if change.sheet == "users" and change.key is None}


def _preview(data: bytes, reading: Reading, plan: Plan) -> Preview:
    issues = [reading.error] if reading.error is not None else [*reading.issues, *plan.issues.listed]
    shown = [
        Shown(
            sheet=change.sheet,
            row=change.row,
            label=change.label,
            is_new=change.key is None,
            fields=sorted(set(change.values) - {"search"}),
        )
        for change in plan.changes[:MAX_SHOWN]
    ]
    return Preview(
        digest=hashlib.sha256(data).hexdigest(),
        counts=plan.counts,
        changes=shown,
        issues=_in_order(issues),
        issue_count=(1 if reading.error is not None else reading.count + plan.issues.count),
    )


def _in_order(issues: Iterable[Issue]) -> list[Issue]:
    return sorted(issues, key=lambda issue: (issue.sheet, issue.row))
