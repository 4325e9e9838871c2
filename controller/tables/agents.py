"""Boxes: who they are, whether they may speak, and where their stream of batches stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, false
from sqlmodel import Field, SQLModel

AGENT_STATES = ("pending", "accepted", "refused", "quarantined", "retired")


class Agent(SQLModel, table=True):
    """One box. Its id is the id of its random key, so it is never used again; hardware ids never are identity."""

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
    is_main: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # hangs, or hung, at the router
    # the stream
    epoch: int = Field(default=0, sa_type=BigInteger)  # in which the box last exchanged
    next_seq: int = Field(default=1, sa_type=BigInteger)  # all batches below are committed or reported thinned
    ahead: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # taken above a gap
    token: str = ""
    previous_token: str = ""
    settings_revision: int = Field(default=0, sa_type=BigInteger)  # that the box holds
    roots: str = ""  # digest of the pinned roots that the box is known to hold
    told_roots: str = ""  # went out with the last reply; known once the box comes back with that reply's token
    measure_at: float | None = None  # a measurement token was last given
    # what the last exchange said; beats are kept in memory and written down every minute
    last_exchange_at: float | None = None
    last_beat_at: float | None = Field(default=None, index=True)
    boot: str = ""
    boot_offset: float | None = None  # controller time minus the box's monotonic clock, for that boot
    boot_mono: float | None = None  # of the last exchange, so that a replayed one shows
    boots: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # offsets, last few
    clock_skew: float | None = None  # the box's wall clock minus ours, seconds
    spool_bytes: int | None = Field(default=None, sa_type=BigInteger)
    spool_limit: int | None = Field(default=None, sa_type=BigInteger)
    spool_unacknowledged: int | None = None


class Readmission(SQLModel, table=True):
    """A box that a restored database does not know, but that showed a token which only an accepted box can have."""

    agent_id: str = Field(primary_key=True)
    school_code: str
    at: float


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
