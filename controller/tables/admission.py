"""When each box may measure, and what a school's line has carried for it this month."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class MeasurePlan(SQLModel, table=True):
    """One box: what was decided last, the place that its test has booked, and when it is its turn again.

    A row whose ``until`` lies ahead holds capacity of its server, provider and backhaul group; it runs out by itself.
    """

    __tablename__ = "measure_plan"

    agent_id: str = Field(primary_key=True, foreign_key="agent.id")
    school_id: int = Field(index=True)
    next_at: float | None = None  # when the next test is due; None: none in sight
    decided_at: float = 0.0
    mode: str = ""  # "full", "short", "light", "passive": what was decided last
    reason: str = ""  # stable code: why that mode, or why not now
    server: str = ""
    provider: str = ""
    backhaul: str = ""
    bps: float = 0.0  # that the test may load, bits per second
    bytes: int = Field(default=0, sa_type=BigInteger)  # that it may use and has not reported yet
    start: float | None = None
    until: float = Field(default=0.0, index=True)
    full_at: float | None = None  # of the last full search that was granted
    tries: int = 0  # grants in a row that brought no valid result
    seen_bps: float = 0.0  # what the newest test saw before its bytes were used up; 0: it had enough
    boot: str = ""  # of the box, when it last had a test after its start
    asked_at: float | None = None  # a person wants a test
    asked_by: str = ""


class MeasureSpent(SQLModel, table=True):
    """Bytes that a school's speed tests used over its line in one month of the province's calendar."""

    __tablename__ = "measure_spent"

    school_id: int = Field(primary_key=True)
    month: str = Field(primary_key=True)  # "2026-11"
    bytes: int = Field(default=0, sa_type=BigInteger)
    tests: int = 0
