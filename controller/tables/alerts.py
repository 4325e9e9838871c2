"""Alerts: whom they go to, what is raised, and the outbox of what still has to be delivered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

CHANNELS = ("alertmanager", "email", "webhook", "zalo", "sms")


class AlertRoute(SQLModel, table=True):
    """One receiver and what it wants to hear of. ``scope_id`` is empty for the province, else a code."""

    __tablename__ = "alert_route"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    channel: str
    address: str  # an https address, or e-mail addresses with commas between
    secret: str = ""  # sealed with the server's key: HMAC key, bearer token or Zalo's access token
    template: str = ""  # JSON, for the adapters; empty: the adapter's own
    kinds: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # empty: all
    severity: str = "warning"  # the least that it wants
    scope_kind: str = "province"
    scope_id: str = ""
    lang: str = "vi"  # of the digest; an alert says everything in both languages
    wants_digest: bool = False
    is_active: bool = True
    active_since: float = 0.0  # what was raised before is no news to it
    updated_at: float = 0.0
    # how it goes
    failures: int = 0  # in a row
    retry_at: float = 0.0
    last_ok_at: float | None = None
    last_error_at: float | None = None
    last_error: str = ""


class RaisedAlert(SQLModel, table=True):
    """One alert, as it was first raised and as it stands. ``key`` says what it is about: one alert an incident."""

    __tablename__ = "raised_alert"

    key: str = Field(primary_key=True)
    kind: str
    severity: str
    state: str = Field(default="firing", index=True)  # "firing", "ended"
    muted: str = ""  # why nothing goes out: "muted", "merged"
    raised_at: float  # when we noticed; it began at body.started_at
    ended_at: float | None = Field(default=None, index=True)
    first: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AlertDelivery(SQLModel, table=True):
    """The outbox: one row for each thing that one receiver is told. The unique key makes telling idempotent."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        UniqueConstraint("route_id", "subject", "phase"),
        Index("ix_alert_delivery_state_due_at", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    route_id: int = Field(foreign_key="alert_route.id", index=True)
    subject: str  # the alert's key, or "digest:2026-11-24"
    phase: str  # "firing", "ended", "digest"
    # "waiting"; "lasting": told, and told again while it lasts; "sent"; "failed": given up; "dropped": no room
    state: str = "waiting"
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: float
    due_at: float
    tries: int = 0
    sent_at: float | None = None
    said: str = ""  # the receiver's last answer, or what went wrong
