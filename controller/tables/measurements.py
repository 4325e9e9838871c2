"""What boxes report. Volume is a design decision: one row a school and hour holds all its windows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class SealedBatch(SQLModel, table=True):
    """A batch as the box sealed it, kept because evidence cites it; the unique key makes ingest idempotent."""

    __tablename__ = "sealed_batch"

    agent_id: str = Field(primary_key=True, foreign_key="agent.id")
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    received_at: float = Field(index=True)
    epoch: int = Field(default=0, sa_type=BigInteger)
    digest: str = ""  # SHA-256 (hex) of the envelope as received
    is_evidence: bool = False  # a result, a state change or an inventory cites it: kept long; windows alone are not
    # how its stamps became the controller's times: {"now", "offsets": {boot: seconds}, "first", "last"} (see Timeline)
    clock: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    envelope: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))


class Hour(SQLModel, table=True):
    """All windows of one school in one hour: ``{"windows": [wire.Window as dict plus "at"], "probes": …}``."""

    school_id: int = Field(primary_key=True)
    hour_at: int = Field(primary_key=True, index=True, sa_type=BigInteger)  # Unix seconds of the hour's start
    windows: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Day(SQLModel, table=True):
    """A school's day in the province's time zone, rolled up from its hours and measurements; kept for years."""

    school_id: int = Field(primary_key=True)
    day: str = Field(primary_key=True, index=True)  # ISO date
    up_seconds: float = 0.0
    down_seconds: float = 0.0
    unknown_seconds: float = 0.0
    down_bps_median: float | None = None
    up_bps_median: float | None = None
    rtt_median: float | None = None
    loss_ratio: float | None = None
    tests: int = 0
    tests_valid: int = 0
    figures: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class StaleDay(SQLModel, table=True):
    """A day of a school that got something new since it was last rolled up."""

    __tablename__ = "stale_day"

    school_id: int = Field(primary_key=True)
    day: str = Field(primary_key=True)


class Latest(SQLModel, table=True):
    """The newest of each kind for a school, so that a page over a thousand schools reads one small row each."""

    school_id: int = Field(primary_key=True)
    at: float = 0.0  # of the newest thing below
    status: str = Field(default="no-box", index=True)  # up, degraded, down, silent, expected-off, no-box
    status_since: float | None = None
    status_reason: str = ""  # stable code
    down_bps: float | None = None
    up_bps: float | None = None
    speed_at: float | None = None
    speed_scope: str = ""  # "network" or "loopback"; loopback enters no indicator
    rtt: float | None = None
    loss_ratio: float | None = None
    windows: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    # the newest state of each subject that the box watches: {"target:gateway": {"after", "at", "detail"}}
    states: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Measurement(SQLModel, table=True):
    """One run of one probe that was not summarised: speed tests, inventories' runs, sweeps, and every failure."""

    __table_args__ = (
        UniqueConstraint("agent_id", "seq", "item"),
        Index("ix_measurement_school_probe_at", "school_id", "probe", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(index=True)
    agent_id: str
    seq: int = Field(sa_type=BigInteger)
    item: int
    probe: str
    outcome: str
    reason: str = ""
    detail: str = ""
    at: float = Field(index=True)  # start, by the controller's clock
    box_wall: float = 0.0  # start, as the box's own clock had it
    duration: float = 0.0
    scope: str = ""
    is_valid: bool = True
    down_bps: float | None = None
    up_bps: float | None = None
    rtt: float | None = None
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Event(SQLModel, table=True):
    """A state change, seen by a box or by the controller. A change is a row."""

    __table_args__ = (Index("ix_event_school_at", "school_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int | None = None
    agent_id: str = ""
    at: float = Field(index=True)
    seen_at: float = 0.0
    kind: str = Field(index=True)  # "target", "link", "box", "school", "agent", "clock", "spool", "raw"
    subject: str = ""
    before: str = ""
    after: str = ""
    detail: str = ""
    seq: int | None = Field(default=None, sa_type=BigInteger)  # of the sealed batch that proves it
    item: int | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Rejected(SQLModel, table=True):
    """An item that could not be taken, with the reason; it never blocks its batch and is never thrown away."""

    id: int | None = Field(default=None, primary_key=True)
    agent_id: str = Field(index=True)
    school_id: int | None = None
    seq: int | None = Field(default=None, sa_type=BigInteger)
    item: int | None = None
    reason: str = ""
    detail: str = ""
    at: float = Field(index=True)
    body: str = ""  # bounded
