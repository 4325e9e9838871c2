"""What the controller knows of itself: settings changed at run time, epochs, and leases for background work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel


class Setting(SQLModel, table=True):
    key: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_column=Column(JSON, nullable=True))
    updated_at: float = 0.0


class Epoch(SQLModel, table=True):
    """A life of this database: a restore begins a new one, and tells the boxes to send again what was lost."""

    number: int = Field(primary_key=True, sa_type=BigInteger)
    since: float
    reason: str  # "start", "restore"


class Lease(SQLModel, table=True):
    """Background work is claimed by a conditional UPDATE, so that of many replicas one does it."""

    name: str = Field(primary_key=True)
    holder: str = ""
    until: float = 0.0
    last_run_at: float | None = None
