"""What a line's contract promises beyond its rates, and the verdicts of each month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0002"
branch_labels = None
depends_on = None

EMPTY_LIST, EMPTY_TEXT = sa.text("'[]'"), sa.text("''")
ADDED = ("starts_on", "ends_on", "availability", "max_rtt", "data_cap_bytes", "excluded", "provider_phone", "rule")


def upgrade() -> None:
    op.add_column("link", sa.Column("starts_on", sa.String(), nullable=True))
    op.add_column("link", sa.Column("ends_on", sa.String(), nullable=True))
    op.add_column("link", sa.Column("availability", sa.Float(), nullable=True))
    op.add_column("link", sa.Column("max_rtt", sa.Float(), nullable=True))
    op.add_column("link", sa.Column("data_cap_bytes", sa.BigInteger(), nullable=True))
    op.add_column("link", sa.Column("excluded", sa.JSON(), nullable=False, server_default=EMPTY_LIST))
    op.add_column("link", sa.Column("provider_phone", sa.String(), nullable=False, server_default=EMPTY_TEXT))
    op.add_column("link", sa.Column("rule", sa.String(), nullable=False, server_default=EMPTY_TEXT))
    op.create_table(
        "school_month",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("contract", "target", "cause", "provider")),
        sa.Column("promised_down_bps", sa.Float(), nullable=True),
        sa.Column("promised_up_bps", sa.Float(), nullable=True),
        sa.Column("price_vnd", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("down_median", "down_low", "up_median", "up_low")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("rtt_median", "rtt_high", "availability")),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("need_bps", sa.Float(), nullable=True),
        sa.Column("upgrade_bps", sa.Float(), nullable=True),
        sa.Column("upgrade_vnd", sa.BigInteger(), nullable=True),
        sa.Column("more_vnd", sa.BigInteger(), nullable=True),
        sa.Column("price_n", sa.Integer(), nullable=False),
        sa.Column("price_basis", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("month", "school_id"),
    )
    op.create_index("ix_school_month_school", "school_month", ["school_id", "month"])
    op.create_index(op.f("ix_school_month_is_stale"), "school_month", ["is_stale"])
    counts = ("schools", "with_contract", "target_met", "target_not_met", "contract_met", "contract_not_met")
    op.create_table(
        "plan_month",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*counts, "upgrades", "unpriced")),
        sa.Column("more_vnd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "commune_code", "level"),
    )
    op.create_index(op.f("ix_plan_month_commune_code"), "plan_month", ["commune_code"])


def downgrade() -> None:
    op.drop_table("plan_month")
    op.drop_table("school_month")
    with op.batch_alter_table("link") as batch:
        for name in reversed(ADDED):
            batch.drop_column(name)
