"""Incidents: what went wrong, at which schools, why, who is on it; planned work; who to call at a provider.

An incident is one trouble, however many schools it takes: a commune's schools on one provider that vanish together, or
the province's own side. What the controller thinks while a school is dark (``provisional_*``) and what its box told
afterwards (``final_*``) are both kept.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

# What an incident is about: one school; schools of one commune; schools of one provider over many communes; our side.
INCIDENT_KINDS = ("school", "area", "provider", "province")
INCIDENT_STATES = ("open", "closed", "merged")
SEVERITIES = ("down", "degraded")
MAINTENANCE_KINDS = ("province", "commune", "school", "provider")


def _json(value: type[dict[str, Any]] | type[list[Any]]) -> Any:
    return Field(default_factory=value, sa_column=Column(JSON, nullable=False))


class Incident(SQLModel, table=True):
    """One trouble from its beginning to its end. ``cause`` is the best that is known: final before provisional."""

    __table_args__ = (Index("ix_incident_state_began_at", "state", "began_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = "school"
    state: str = Field(default="open", index=True)
    severity: str = "down"
    commune_code: str = Field(default="", index=True)  # of an area
    provider: str = Field(default="", index=True)  # that the schools have in common, as their links name it
    schools: int = 0  # members at most, so that a list counts without reading them
    flaps: int = 0  # how often it came back after it seemed over
    opened_at: float  # the controller decided then
    began_at: float = Field(index=True)
    ended_at: float | None = None  # the last school was well again
    closed_at: float | None = None  # it stayed well
    cause: str = ""  # one of monitoring.causes.CAUSES; empty: not judged yet
    confidence: float = 0.0
    is_final: bool = False  # the boxes have told
    provisional_cause: str = ""
    provisional_confidence: float = 0.0
    merged_into: int | None = None
    is_sample: bool = False
    # what people did
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    muted_until: float | None = None
    muted_by: str = ""
    ticket: str = ""  # the provider's number for it
    reported_by: str = ""  # who at a school reported it first; empty: found by the controller


class IncidentSchool(SQLModel, table=True):
    """One school's part in an incident."""

    __tablename__ = "incident_school"
    __table_args__ = (UniqueConstraint("incident_id", "school_id"),)

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    status: str = ""  # when it was last looked at, see monitoring.status
    reason: str = ""
    began_at: float
    ended_at: float | None = None  # as the controller saw it; None: goes on
    flaps: int = 0
    provisional_cause: str = ""
    provisional_confidence: float = 0.0
    provisional_evidence: list[dict[str, Any]] = _json(list)  # [{"code", "at", "values"}]
    final_cause: str = ""
    final_confidence: float = 0.0
    final_evidence: list[dict[str, Any]] = _json(list)
    final_began_at: float | None = None  # as the box told
    final_ended_at: float | None = None
    final_at: float | None = None  # judged then


class IncidentStep(SQLModel, table=True):
    """A line of an incident's timeline. One that names a school is shown only to those who may see that school."""

    __tablename__ = "incident_step"

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    school_id: int | None = Field(default=None, foreign_key="school.id")
    at: float
    actor: str = ""  # a login; empty: the controller
    kind: str  # opened, joined, back, again, provisional, final, closed, merged, acknowledged, comment, muted, …
    text: str = ""  # what a person wrote
    facts: dict[str, Any] = _json(dict)


class Maintenance(SQLModel, table=True):
    """Planned work: what fails meanwhile opens no incident. ``scope_id``: commune or school code, or provider."""

    id: int | None = Field(default=None, primary_key=True)
    scope_kind: str = Field(default="school", index=True)
    scope_id: str = Field(default="", index=True)
    starts_at: float
    ends_at: float = Field(index=True)
    reason: str = ""
    created_by: str = ""
    created_at: float = 0.0


class Provider(SQLModel, table=True):
    """Who to call at an Internet provider; ``name`` is what links say."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, index=True)
    phone: str = ""
    email: str = ""
    note: str = ""
