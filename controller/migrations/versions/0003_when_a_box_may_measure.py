"""Places booked for speed tests, bytes spent a month, and the lines that schools share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measure_plan",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=True),
        sa.Column("decided_at", sa.Float(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("backhaul", sa.String(), nullable=False),
        sa.Column("bps", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Float(), nullable=True),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("full_at", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("seen_bps", sa.Float(), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("agent_id"),
    )
    op.create_index(op.f("ix_measure_plan_school_id"), "measure_plan", ["school_id"])
    op.create_index(op.f("ix_measure_plan_until"), "measure_plan", ["until"])
    op.create_table(
        "measure_spent",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "month"),
    )
    op.add_column("link", sa.Column("backhaul", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("link", sa.Column("budget_mb", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_link_backhaul"), "link", ["backhaul"])


def downgrade() -> None:
    op.drop_index(op.f("ix_link_backhaul"), table_name="link")
    with op.batch_alter_table("link") as batch:
        batch.drop_column("budget_mb")
        batch.drop_column("backhaul")
    op.drop_table("measure_spent")
    op.drop_index(op.f("ix_measure_plan_until"), table_name="measure_plan")
    op.drop_index(op.f("ix_measure_plan_school_id"), table_name="measure_plan")
    op.drop_table("measure_plan")
