"""Incidents with their schools and steps, planned work, and who to call at a provider."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES: dict[str, tuple[str, ...]] = {
    "incident": ("state", "commune_code", "provider", "began_at"),
    "incident_school": ("incident_id", "school_id"),
    "incident_step": ("incident_id",),
    "maintenance": ("scope_kind", "scope_id", "ends_at"),
}


def text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=nullable)


def whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "incident",
        whole("id"), text("kind"), text("state"), text("severity"), text("commune_code"), text("provider"),
        whole("schools"), whole("flaps"), number("opened_at"), number("began_at"), number("ended_at", nullable=True),
        number("closed_at", nullable=True), text("cause"), number("confidence"),
        sa.Column("is_final", sa.Boolean(), nullable=False), text("provisional_cause"),
        number("provisional_confidence"), whole("merged_into", nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False), number("acknowledged_at", nullable=True),
        text("acknowledged_by"), number("muted_until", nullable=True), text("muted_by"), text("ticket"),
        text("reported_by"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "incident_school",
        whole("id"), whole("incident_id"), whole("school_id"), text("status"), text("reason"), number("began_at"),
        number("ended_at", nullable=True), whole("flaps"), text("provisional_cause"), number("provisional_confidence"),
        sa.Column("provisional_evidence", sa.JSON(), nullable=False), text("final_cause"), number("final_confidence"),
        sa.Column("final_evidence", sa.JSON(), nullable=False), number("final_began_at", nullable=True),
        number("final_ended_at", nullable=True), number("final_at", nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "school_id"),
    )  # fmt: skip
    op.create_table(
        "incident_step",
        whole("id"), whole("incident_id"), whole("school_id", nullable=True), number("at"), text("actor"),
        text("kind"), text("text"), sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "maintenance",
        whole("id"), text("scope_kind"), text("scope_id"), number("starts_at"), number("ends_at"), text("reason"),
        text("created_by"), number("created_at"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "provider",
        whole("id"), text("name"), text("phone"), text("email"), text("note"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_provider_name", "provider", ["name"], unique=True)
    op.create_index("ix_incident_state_began_at", "incident", ["state", "began_at"])
    for table, names in INDEXES.items():
        for name in names:
            op.create_index(f"ix_{table}_{name}", table, [name])


def downgrade() -> None:
    for table in ("provider", "maintenance", "incident_step", "incident_school", "incident"):
        op.drop_table(table)
