"""A sealed batch keeps how its stamps became the controller's times, so that an evidence file can do it again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sealed_batch", sa.Column("clock", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    with op.batch_alter_table("sealed_batch") as batch:
        batch.drop_column("clock")
