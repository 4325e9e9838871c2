"""What a box's stream, clocks and roots need; evidence is marked; readmission; the audit log refuses changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from controller.audit import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EMPTY_LIST, EMPTY_OBJECT, EMPTY_TEXT = sa.text("'[]'"), sa.text("'{}'"), sa.text("''")


def upgrade() -> None:
    op.add_column("agent", sa.Column("ahead", sa.JSON(), nullable=False, server_default=EMPTY_LIST))
    op.add_column("agent", sa.Column("roots", sa.String(), nullable=False, server_default=EMPTY_TEXT))
    op.add_column("agent", sa.Column("told_roots", sa.String(), nullable=False, server_default=EMPTY_TEXT))
    op.add_column("agent", sa.Column("measure_at", sa.Float(), nullable=True))
    op.add_column("agent", sa.Column("boot_mono", sa.Float(), nullable=True))
    op.add_column("agent", sa.Column("boots", sa.JSON(), nullable=False, server_default=EMPTY_OBJECT))
    op.add_column("latest", sa.Column("states", sa.JSON(), nullable=False, server_default=EMPTY_OBJECT))
    # What is there already may be cited by anything: kept as long as evidence.
    op.add_column("sealed_batch", sa.Column("is_evidence", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "readmission",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id"),
    )
    op.create_table(
        "stale_day",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "day"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Windows are large and rewritten often: lz4 costs a third of what PostgreSQL's own compression does.
        for table in ("hour", "hour_default", "latest"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN windows SET COMPRESSION lz4")
    for statement in append_only(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in ("audit_no_update", "audit_no_delete") if is_sqlite else ("audit_no_change", "audit_no_truncate"):
        op.execute(f"DROP TRIGGER {trigger}" + ("" if is_sqlite else " ON audit"))
    op.drop_table("stale_day")
    op.drop_table("readmission")
    for table, names in (
        ("sealed_batch", ["is_evidence"]),
        ("latest", ["states"]),
        ("agent", ["boots", "boot_mono", "measure_at", "told_roots", "roots", "ahead"]),
    ):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
