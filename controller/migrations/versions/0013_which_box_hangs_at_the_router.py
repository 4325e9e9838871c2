"""Which of a school's boxes hangs at the router: so far the first that was accepted, and those that are gone.

And when what is known of a line's contract was last changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None
agent = sa.table(
    "agent",
    sa.column("id", sa.String()),
    sa.column("school_id", sa.Integer()),
    sa.column("state", sa.String()),
    sa.column("decided_at", sa.Float()),
    sa.column("is_main", sa.Boolean()),
)


def upgrade() -> None:
    op.add_column("agent", sa.Column("is_main", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("link", sa.Column("changed_at", sa.Float(), nullable=False, server_default=sa.text("0")))
    order = sa.func.row_number().over(partition_by=agent.c.school_id, order_by=(agent.c.decided_at, agent.c.id))
    ranked = sa.select(agent.c.id, order.label("place")).where(agent.c.state == "accepted").subquery()
    first = sa.select(ranked.c.id).where(ranked.c.place == 1)
    op.execute(sa.update(agent).where(agent.c.id.in_(first)).values(is_main=True))
    op.execute(sa.update(agent).where(agent.c.state.in_(("quarantined", "retired"))).values(is_main=True))


def downgrade() -> None:
    with op.batch_alter_table("agent") as batch:
        batch.drop_column("is_main")
    with op.batch_alter_table("link") as batch:
        batch.drop_column("changed_at")
