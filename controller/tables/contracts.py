"""Verdicts, rolled up in the background so that a page over the whole country reads small rows and computes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

CONTRACT_VERDICTS = ("met", "not-met", "not-enough", "not-promised")
TARGET_VERDICTS = ("met", "not-met", "not-enough")


class SchoolMonth(SQLModel, table=True):
    """What a school's line gave in one month. Rates in bit/s, times in seconds, prices in VND a month."""

    __tablename__ = "school_month"
    __table_args__ = (
        Index("ix_school_month_school", "school_id", "month"),
        # all that ranks and counts schools, so that no page reads 41,000 verdicts with their facts for it
        Index(
            "ix_school_month_figures", "month", "school_id", "contract", "target", "cause", "provider",
            "promised_down_bps", "down_median", "rtt_median", "availability", "upgrade_bps", "more_vnd",
        ),
    )  # fmt: skip

    month: str = Field(primary_key=True)  # "2026-11", in the province's time zone
    school_id: int = Field(primary_key=True)
    at: float = 0.0  # when it was rolled up
    is_stale: bool = Field(default=False, index=True)  # something of it changed since
    contract: str = "not-promised"  # of CONTRACT_VERDICTS
    target: str = "not-enough"  # of TARGET_VERDICTS
    cause: str = "unknown"  # of monitoring.triangulation.CAUSES
    provider: str = ""
    promised_down_bps: float | None = None
    promised_up_bps: float | None = None
    price_vnd: int | None = None
    down_median: float | None = None
    down_low: float | None = None  # 10th percentile
    up_median: float | None = None
    up_low: float | None = None
    rtt_median: float | None = None
    rtt_high: float | None = None  # 90th percentile
    availability: float | None = None
    tests: int = 0  # that a contract may be judged by
    need_bps: float | None = None
    upgrade_bps: float | None = None  # the next contract that would do
    upgrade_vnd: int | None = Field(default=None, sa_type=BigInteger)  # its price
    more_vnd: int | None = Field(default=None, sa_type=BigInteger)  # what it adds
    price_n: int = 0  # contracts that the price rests on
    price_basis: str = ""  # "provider" or "province"
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # clauses and figures


class PlanMonth(SQLModel, table=True):
    """How many schools of a commune and level stood how in one month: what the plan's page adds up."""

    __tablename__ = "plan_month"

    month: str = Field(primary_key=True)
    commune_code: str = Field(primary_key=True, index=True)
    level: str = Field(primary_key=True)
    at: float = 0.0
    schools: int = 0  # in the registry, without the demonstration school
    with_contract: int = 0
    target_met: int = 0
    target_not_met: int = 0
    contract_met: int = 0
    contract_not_met: int = 0
    upgrades: int = 0  # schools that need a larger contract
    unpriced: int = 0  # of those, without a price to estimate by
    more_vnd: int = Field(default=0, sa_type=BigInteger)  # a month, of those with one


class KeptMap(SQLModel, table=True):
    """The map of all schools, and what takes longest to add up of them, ready to be shown: see web/read/kept.py."""

    __tablename__ = "kept_map"

    name: str = Field(primary_key=True)  # "all" (the map), "speeds", "provider", "commune"
    at: float  # when it was made
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))  # gzip of JSON
