"""From the database to what an evidence file is made of: the sealed batches that are kept, and what lost its seal.

The records of a file come from the sealed batches, not from the tables that were filled from them. The tables are read
only to find what they have beyond that: figures whose batch is no longer kept, which are then the province's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, select

from controller.evidence.acceptance import HASHED
from controller.evidence.derive import Record, medium_of
from controller.evidence.seals import Clock, Sealed, public_key
from controller.seal import keyid
from controller.tables import Agent, Audit, Event, Hour, Measurement, SealedBatch

Key = tuple[str, int]
MAX_WINDOW = 86_400.0  # a window may be this long: a batch whose newest stamp is older can still reach into the period
SAME = 5.0  # seconds: the same window, placed twice


def agents_of(session: Session, school_id: int) -> list[Agent]:
    return list(session.exec(select(Agent).where(Agent.school_id == school_id).order_by(Agent.id)))


def sealed_batches(session: Session, agents: Sequence[Agent], start: float, end: float) -> Iterator[Sealed]:
    """Every batch of these boxes that may say something of the time, as far as its envelope is kept."""
    clocks = {agent.id: agent.boots for agent in agents}
    statement = (
        select(SealedBatch)
        .where(col(SealedBatch.agent_id).in_(sorted(clocks)), SealedBatch.received_at >= start)
        .order_by(SealedBatch.agent_id, col(SealedBatch.seq))
        .execution_options(yield_per=500)
    )
    with closing(session.exec(statement)) as rows:
        for row in rows:
            session.expunge(row)
            clock = row.clock or {}
            is_outside = clock and (clock["first"] >= end or clock["last"] + MAX_WINDOW < start)
            if row.envelope and not is_outside:
                yield _sealed(row, clock, clocks[row.agent_id])


def _sealed(row: SealedBatch, clock: Mapping[str, Any], boots: Mapping[str, float]) -> Sealed:
    """Of a batch from before its clock was kept, the box's present offsets are the best that is known."""
    offsets = clock.get("offsets", boots)
    return Sealed(
        agent=row.agent_id,
        seq=row.seq,
        received_at=row.received_at,
        epoch=row.epoch,
        clock=Clock(now=clock.get("now", row.received_at), offsets=dict(offsets)),
        envelope=row.envelope,
    )


def papers(session: Session, agents: Iterable[Agent]) -> list[dict[str, Any]]:
    """The part ``boxes.json``. A box without a real key (of the sample province) seals nothing and is left out."""
    return [_paper(session, agent) for agent in agents if _has_key(agent)]


def _has_key(agent: Agent) -> bool:
    try:
        return keyid(public_key(agent.public_key)) == agent.id
    except ValueError:
        return False


def _paper(session: Session, agent: Agent) -> dict[str, Any]:
    statement = select(Audit).where(Audit.object == f"agent:{agent.id}").order_by(col(Audit.id)).limit(50)
    rows = [{name: getattr(row, name) for name in ("id", *HASHED, "hash")} for row in session.exec(statement)]
    return {
        "id": agent.id,
        "public_key": agent.public_key,
        "fingerprint": agent.fingerprint,
        "state": agent.state,
        "joined_at": agent.created_at,
        "decided_at": agent.decided_at,
        "audit": rows,
    }


def unsealed(
    session: Session, school_id: int, held: set[Key], windows: Sequence[Record], start: float, end: float
) -> dict[str, list[Record]]:
    """What the tables have of the time beyond the sealed batches ``held``, of which ``windows`` came."""
    return {
        "results": [_result(row) for row in _measurements(session, school_id, held, start, end)],
        "windows": list(_windows(session, school_id, windows, start, end)),
        "states": [_state(row) for row in _events(session, school_id, held, start, end, is_raw=False)],
        "raw": [_raw(row) for row in _events(session, school_id, held, start, end, is_raw=True)],
        "thinned": [],
    }


def _measurements(session: Session, school_id: int, held: set[Key], start: float, end: float) -> Iterator[Measurement]:
    statement = select(Measurement).where(
        Measurement.school_id == school_id, Measurement.probe == "speed", Measurement.at >= start, Measurement.at < end
    )
    for row in session.exec(statement):
        if (row.agent_id, row.seq) not in held:
            yield row


def _events(
    session: Session, school_id: int, held: set[Key], start: float, end: float, *, is_raw: bool
) -> Iterator[Event]:
    statement: Select[Any] = select(Event).where(
        Event.school_id == school_id,
        Event.at >= start,
        Event.at < end,
        col(Event.seq).is_not(None),
        col(Event.kind) == "raw" if is_raw else col(Event.kind).not_in(("raw", "spool", "lan")),
    )
    for row in session.scalars(statement):
        if row.seq is not None and (row.agent_id, row.seq) not in held:
            yield row


def _windows(session: Session, school_id: int, known: Sequence[Record], start: float, end: float) -> Iterator[Record]:
    times: dict[tuple[Any, ...], list[float]] = {}
    for record in known:
        times.setdefault(_same(record), []).append(record["at"])
    statement = select(Hour.windows).where(
        Hour.school_id == school_id, col(Hour.hour_at) > start - 3600, col(Hour.hour_at) < end
    )
    seen: set[tuple[Any, ...]] = set()
    for windows in session.exec(statement):
        for window in windows:
            key = _same(window)
            is_known = any(abs(at - window["at"]) <= SAME for at in times.get(key, ()))
            if is_known or not start <= window["at"] < end or (window["at"], *key) in seen:
                continue
            seen.add((window["at"], *key))
            yield _window(window)


def _window(window: Record) -> Record:
    said = {name: window.get(name) for name in ("min", "median", "p95", "max", "jitter")}
    plain = {name: window[name] for name in ("at", "seconds", "name", "labels", "count", "lost")}
    return {**plain, **said, "box_at": None, "agent": window.get("agent", ""), "seq": None, "item": None}


def _same(window: Record) -> tuple[Any, ...]:
    """Two windows that agree in this and lie at the same time are one."""
    names = ("agent", "name", "seconds", "count", "lost", "min", "median", "max")
    return (*(window.get(name) for name in names), *sorted(window["labels"].items()))


def _source(row: Measurement | Event) -> Record:
    return {"agent": row.agent_id, "seq": row.seq, "item": row.item}


def _result(row: Measurement) -> Record:
    facts = row.body.get("facts")
    facts = facts if isinstance(facts, dict) else {}
    validity, remarks = facts.get("validity"), facts.get("remarks")
    return {
        "at": round(row.at, 3),
        "box_at": row.box_wall,
        "duration": row.duration,
        "outcome": row.outcome,
        "reason": row.reason,
        "down_bps": row.down_bps,
        "up_bps": row.up_bps,
        "rtt": row.rtt,
        "scope": row.scope,
        "is_valid": row.is_valid,
        "mode": str(facts.get("mode") or "full"),
        "medium": medium_of(facts),
        "validity": validity if isinstance(validity, list) else [],
        "remarks": remarks if isinstance(remarks, list) else [],
        **_source(row),
        "body": row.body,
    }


def _state(row: Event) -> Record:
    names = ("subject", "before", "after", "detail", "facts")
    return {"at": round(row.at, 3), "box_at": None, **{name: getattr(row, name) for name in names}, **_source(row)}


def _raw(row: Event) -> Record:
    """Its samples as they are kept, without times of their own: the batch that told how to place them is gone."""
    samples = [
        {"at": None, "name": one.get("name"), "value": one.get("value"), "labels": one.get("labels") or {}}
        for one in row.facts.get("samples", ())
    ]
    return {"at": round(row.at, 3), "subject": row.subject, **_source(row), "samples": samples}
