"""An index over all that ranks and counts a month's verdicts, and the map of all schools ready to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None
FIGURES = (
    "month", "school_id", "contract", "target", "cause", "provider", "promised_down_bps", "down_median", "rtt_median",
    "availability", "upgrade_bps", "more_vnd",
)  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_school_month_figures", "school_month", list(FIGURES))
    op.create_table(
        "kept_map",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("kept_map")
    op.drop_index("ix_school_month_figures", "school_month")
