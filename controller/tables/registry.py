"""The school registry: communes, schools, their rooms, lines and the people to call."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint, text
from sqlmodel import Field, SQLModel

LEVELS = ("preschool", "primary", "lower-secondary", "upper-secondary", "mixed", "other")
SHIFTS = (1, 2, 3)
MEDIA = ("fibre", "copper", "cable", "mobile", "satellite", "radio", "other")
ROOM_KINDS = ("classroom", "computer-room", "library", "office", "server", "other")


class Commune(SQLModel, table=True):
    """A ward or commune after the 2025 merger; the middle of the scope tree."""

    code: str = Field(primary_key=True)  # the General Statistics Office's code, as text
    name: str = Field(index=True)
    kind: str = ""  # "phường", "xã", "đặc khu"
    province_code: str = ""
    lat: float | None = None
    lon: float | None = None


class School(SQLModel, table=True):
    """A school. ``code`` is the education sector's id; history hangs on ``id``, so a code can be corrected."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, index=True)
    name: str = Field(index=True)
    search: str = Field(default="", index=True)  # name and code, lower case, without accents
    level: str = "other"
    commune_code: str = Field(foreign_key="commune.code", index=True)
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    pupils: int | None = None
    teachers: int | None = None
    shifts: int = 1
    calendar: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    is_sample: bool = Field(default=False, index=True)  # of the sample province; removed in one go
    is_demo: bool = False  # this very machine as a demonstration school; enters no indicator
    created_at: float = 0.0
    updated_at: float = 0.0


class Contact(SQLModel, table=True):
    """Someone to call about a school: the head, its IT teacher, the provider's technician."""

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    name: str
    role: str = ""
    phone: str = ""
    email: str = ""


class Room(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("school_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    code: str
    name: str = ""
    kind: str = "classroom"
    seats: int | None = None


class Link(SQLModel, table=True):
    """A school's line to the Internet and what its contract promises."""

    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    name: str = "1"
    provider: str = Field(default="", index=True)
    medium: str = "fibre"
    down_bps: float | None = None
    up_bps: float | None = None
    price_vnd: int | None = None  # a month
    contract: str = ""  # the contract's number
    is_primary: bool = True
    backhaul: str = Field(default="", index=True)  # schools that share a link upstream have the same word here
    budget_mb: int | None = None  # megabytes a month for speed tests; None: the province's
    starts_on: str | None = None  # ISO dates, both included
    ends_on: str | None = None
    availability: float | None = None  # promised, a ratio
    max_rtt: float | None = None  # promised, seconds
    data_cap_bytes: int | None = Field(default=None, sa_type=BigInteger)  # a month
    # agreed maintenance, left out of availability, as monitoring.excluded reads it: [["sun", "00:00", "05:00"], …]
    excluded: list[list[str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    provider_phone: str = ""
    rule: str = ""  # of monitoring.rules; empty: the province's choice
    changed_at: float = Field(default=0.0, sa_column_kwargs={"server_default": text("0")})  # 0: not since this is kept
