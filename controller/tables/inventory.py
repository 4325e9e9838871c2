"""Hardware: what a box says of itself, and what was seen on its wire."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.kinds import heard_name


class InventorySnapshot(SQLModel, table=True):
    """The whole inventory of one box as it stands now; each change is also an Event."""

    __tablename__ = "inventory_snapshot"

    agent_id: str = Field(primary_key=True, foreign_key="agent.id")
    school_id: int = Field(index=True)
    at: float
    digest: str
    sections: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Device(SQLModel, table=True):
    """A device seen on a school's LAN."""

    __table_args__ = (UniqueConstraint("school_id", "mac"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    room_id: int | None = Field(default=None, foreign_key="room.id")
    mac: str = Field(index=True)
    ip: str = ""
    vendor: str = ""
    is_private_mac: bool = False
    name: str = ""
    first_seen: float = 0.0
    last_seen: float = 0.0
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))

    @property
    def kind(self) -> str:
        """What it probably is (inventory/kinds.py), or nothing."""
        return str(self.facts.get("kind") or "")

    @property
    def heard_name(self) -> str:
        """What it calls itself."""
        return heard_name(self.facts)
