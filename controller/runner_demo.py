"""This very machine as a demonstration school: its row, its box's way in, and the first figures that it brings.

``truongnet run`` may accept this one box by itself, because it reads the box's fingerprint from the box's own files on
this machine: what a person compares otherwise. Its results enter no indicator (``School.is_demo``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from controller import audit, decisions, joincodes
from controller.config import Settings
from controller.joincodes import NewCode
from controller.pki import Keys
from controller.tables import Agent, Commune, Hour, InventorySnapshot, Measurement, School
from inventory.fold import school_search

CODE = "MAY-NAY"
NAME = "Máy này (trình diễn) / this machine (demonstration)"
CODE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One kind of first figure. ``key`` names it ("inventory", "windows", or the probe)."""

    key: str
    outcome: str = "ok"
    reason: str = ""
    facts: tuple[tuple[str, Any], ...] = ()


def school(session: Session, settings: Settings, now: float) -> School:
    """The demonstration school, made when it is not there; the caller commits."""
    found = session.exec(select(School).where(col(School.is_demo)).order_by(col(School.id))).first()
    if found is not None:
        return found
    commune = session.exec(select(Commune).order_by(col(Commune.code))).first()
    if commune is None:
        commune = Commune(code="0", name=settings.province_name, province_code=settings.province_code)
        session.add(commune)
        session.flush()
    made = School(
        code=CODE,
        name=NAME,
        search=school_search(NAME, CODE),
        commune_code=commune.code,
        is_demo=True,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, "cli", "school.create", f"school:{CODE}", made.id, now=now)
    return made


def box_of(session: Session, fingerprint: str) -> Agent | None:
    """The demonstration school's box with this fingerprint; None when the province does not know it."""
    if not fingerprint:
        return None
    return session.exec(
        select(Agent)
        .join(School, col(School.id) == Agent.school_id)
        .where(Agent.fingerprint == fingerprint, col(School.is_demo))
    ).first()


def state_of(session: Session, fingerprint: str) -> str:
    box = box_of(session, fingerprint)
    return box.state if box else ""


def retire(session: Session, fingerprint: str, now: float) -> None:
    """This machine joins anew; the caller commits."""
    box = box_of(session, fingerprint)
    if box is not None:
        decisions.retire(session, box.id, by="cli", now=now)
        audit.record(session, "cli", "agent.retire", f"agent:{box.id}", box.school_id, now=now)


def new_code(session: Session, keys: Keys, settings: Settings, now: float) -> NewCode:
    """A join code for this machine; the caller commits."""
    made = joincodes.create(
        session,
        keys,
        school=school(session, settings, now),
        by="cli",
        url=settings.base_url,
        now=now,
        seconds=CODE_SECONDS,
    )
    audit.record(session, "cli", "join-code.create", f"join-code:{made.id}", now=now)
    return made


def accept(engine: Engine, fingerprint: str, now: float) -> bool:
    """Let in the pending box of the demonstration school whose fingerprint this machine holds; no other."""
    with Session(engine) as session:
        box = box_of(session, fingerprint)
        if box is None or box.state != "pending":
            return False
        decisions.accept(session, box.id, by="cli", now=now)
        audit.record(session, "cli", "agent.accept", f"agent:{box.id}", box.school_id, now=now)
        session.commit()
        return True


def seen(engine: Engine, since: float) -> Iterator[Seen]:
    """What this machine brought since ``since`` (Unix seconds), one of each kind."""
    with Session(engine) as session:
        ids = list(session.exec(select(School.id).where(col(School.is_demo))))
        for snapshot in session.exec(select(InventorySnapshot).where(col(InventorySnapshot.school_id).in_(ids))):
            yield Seen("inventory", facts=(("missing", snapshot.sections.get("missing") or {}),))
        hours = select(Hour.windows).where(col(Hour.school_id).in_(ids), Hour.hour_at > since - 7200)
        windows = [one for row in session.exec(hours) for one in row if one["at"] + one["seconds"] > since]
        if windows:
            yield Seen("windows", facts=(("targets", len({str(one["labels"]) for one in windows})),))
        results = (
            select(Measurement)
            .where(col(Measurement.school_id).in_(ids), Measurement.at > since)
            .order_by(col(Measurement.at))
        )
        for row in session.exec(results):
            facts = (("down_bps", row.down_bps), ("up_bps", row.up_bps), ("scope", row.scope), ("detail", row.detail))
            yield Seen(row.probe, row.outcome, row.reason, facts)
