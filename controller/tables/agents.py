"""Boxes: who they are, whether they may speak, and where their stream of batches stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

AGENT_STATES = ("pending", "accepted", "refused", "quarantined", "retired")


class Agent(SQLModel, table=True):
    """One box. Its id is random and never used again; hardware ids never are identity."""

    id: str = Field(primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    state: str = Field(default="pending", index=True)
    reason: str = ""  # why refused or quarantined: a stable code
    public_key: str = Field(unique=True)  # base64, raw 32 bytes
    fingerprint: str = ""  # as words, see agent.wire.fingerprint
    hostname: str = ""
    machine: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    version: str = ""
    code_id: str = Field(default="", index=True)
    created_at: float = 0.0
    decided_at: float | None = None
    decided_by: str = ""
    # the stream
    epoch: int = 0  # in which the box last exchanged
    next_seq: int = 1  # all batches below are committed or reported thinned
    token: str = ""
    previous_token: str = ""
    settings_revision: int = 0
    # what the last exchange said; beats are kept in memory and written down every minute
    last_exchange_at: float | None = None
    last_beat_at: float | None = Field(default=None, index=True)
    boot: str = ""
    boot_offset: float | None = None  # controller time minus the box's monotonic clock, for that boot
    clock_skew: float | None = None  # the box's wall clock minus ours, seconds
    spool_bytes: int | None = None
    spool_limit: int | None = None
    spool_unacknowledged: int | None = None


class JoinCode(SQLModel, table=True):
    """A single-use leave to join as one school's box. Only a hash of the secret is kept."""

    id: str = Field(primary_key=True)
    secret_hash: str
    school_id: int = Field(foreign_key="school.id", index=True)
    created_at: float
    created_by: str = ""
    expires_at: float
    used_at: float | None = None
    used_by: str = ""  # agent id
