"""Hardware as things that last: a machine, by what it was known, what happened to it, and which two may be one.

History is only added to. A value that is gone gets an end; two records that are one keep all their rows, and the later
one points to the other (``merged_into``), so that joining them can be undone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

DEVICE_KINDS = (
    "pc", "laptop", "tablet", "server", "box", "display", "projector", "camera", "speaker", "printer", "access-point",
    "switch", "router", "ups", "phone", "other",
)  # fmt: skip
ASSET_STATES = ("in-use", "store", "repair", "retired")
PAIR_STATES = ("open", "same", "apart")


def _of_asset(*, nullable: bool = False, on_delete: str = "CASCADE") -> Column[Any]:
    return Column(Integer, ForeignKey("asset.id", ondelete=on_delete), nullable=nullable, index=True)


class Asset(SQLModel, table=True):
    """A machine. ``facts``: what to show of it, never compared."""

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    room_id: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("room.id", ondelete="SET NULL"), nullable=True, index=True)
    )
    seat: str = ""  # where in the room: "07", "bàn giáo viên"
    kind: str = Field(default="other", index=True)
    state: str = "in-use"
    tag: str = ""  # on the sticker
    name: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""  # as it was told, junk too, so that a person can compare
    search: str = ""  # the words above, folded
    source: str = ""  # that told of it last: "box", "glpi", "lan", "form"
    first_seen: float = 0.0
    last_seen: float = Field(default=0.0, index=True)
    merged_into: int | None = Field(default=None, sa_column=_of_asset(nullable=True, on_delete="SET NULL"))
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AssetIdentifier(SQLModel, table=True):
    """A value by which a machine is or was known. ``until``: it was replaced or gone."""

    __tablename__ = "asset_identifier"
    __table_args__ = (Index("ix_asset_identifier_kind_value", "kind", "value"),)

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int = Field(sa_column=_of_asset())
    kind: str
    value: str
    since: float
    until: float | None = None
    seen_at: float = 0.0
    source: str = ""


class AssetCommon(SQLModel, table=True):
    """A value that so many machines have that it is not even looked up: junk that was learned."""

    __tablename__ = "asset_common"

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    at: float = 0.0


class AssetEvent(SQLModel, table=True):
    """Something that happened to a machine; only ever added."""

    __tablename__ = "asset_event"

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int = Field(sa_column=_of_asset())
    school_id: int = Field(index=True)  # where it was then
    at: float
    kind: str  # "found", "serial", "host", "room", "school", "transferred", "returned", "joined", "parted", …
    before: str = ""
    after: str = ""
    actor: str = ""  # a login, or the source that told
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AssetPair(SQLModel, table=True):
    """Two records that may be one machine: a question to a human, and the answer. ``one_id`` is the older record."""

    __tablename__ = "asset_pair"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    id: int | None = Field(default=None, primary_key=True)
    one_id: int = Field(sa_column=_of_asset())
    other_id: int = Field(sa_column=_of_asset())
    school_id: int = Field(index=True)  # of the newer record: who is asked
    state: str = Field(default="open", index=True)
    score: int = 0
    is_conflict: bool = False  # something strong speaks against
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    opened_at: float = 0.0
    decided_at: float | None = None
    decided_by: str = ""


class AssetTransfer(SQLModel, table=True):
    """One school's machines and rooms that another took over, as when schools merge. Until it is undone, what is told
    at the one counts for the other. The schools' ids are no foreign keys: the one that was merged can be removed.

    ``facts``: what went along and how it stood before, so that it can be taken back (controller.assets.transfer).
    """

    __tablename__ = "asset_transfer"

    id: int | None = Field(default=None, primary_key=True)
    from_id: int = Field(index=True)
    to_id: int = Field(index=True)
    at: float
    by: str = ""
    undone_at: float | None = None
    undone_by: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AssetSource(SQLModel, table=True):
    """Where each source's last word on a machine stands, so that the same word is not taken twice."""

    __tablename__ = "asset_source"

    ref: str = Field(primary_key=True)  # "box:<agent>", "glpi:<school>:<device id>", "lan:<device>"
    school_id: int = Field(index=True)
    digest: str = ""
    asset_id: int | None = Field(default=None, sa_column=_of_asset(nullable=True))
    at: float = 0.0


class RoomItem(SQLModel, table=True):
    """What stands in a room by somebody's count, for what no inventory can see."""

    __tablename__ = "room_item"
    __table_args__ = (UniqueConstraint("room_id", "item"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    room_id: int = Field(sa_column=Column(Integer, ForeignKey("room.id", ondelete="CASCADE"), nullable=False))
    item: str
    count: int = 0
    source: str = "form"  # "form", "survey"
    at: float = 0.0
    by: str = ""


class RoomMonth(SQLModel, table=True):
    """Smart classrooms of a commune's schools of one level in one month, as of ``at``: the plan's count and its trend.

    The fields are those of ``inventory.rooms.gap.Tally``.
    """

    __tablename__ = "room_month"

    month: str = Field(primary_key=True)  # "2026-11"
    commune_code: str = Field(primary_key=True)
    level: str = Field(primary_key=True)
    at: float = 0.0
    schools: int = 0
    schools_without_rooms: int = 0
    schools_with_one: int = 0
    schools_unknown: int = 0
    rooms: int = 0
    complete: int = 0
    short: int = 0
    unknown: int = 0


class SchoolLink(SQLModel, table=True):
    """A leave for one school and one purpose that needs no account: an inventory agent's address, a survey's form."""

    __tablename__ = "school_link"

    id: str = Field(primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    purpose: str  # "glpi", "survey"
    created_at: float
    created_by: str = ""
    expires_at: float
    revoked_at: float | None = None
    used_at: float | None = None
    uses: int = 0


class SurveyAnswer(SQLModel, table=True):
    """What a school answered to a survey; what was taken over from it into the registry is in the audit."""

    __tablename__ = "survey_answer"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    edition: str
    state: str = "sent"  # "sent", "applied", "dismissed"
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    contact_name: str = ""
    contact_phone: str = ""
    via: str = ""  # a login, or "link:<id>"
    sent_at: float = 0.0
    decided_at: float | None = None
    decided_by: str = ""
