"""Alembic's entry. The connection comes from :mod:`controller.migrate`; there is no ini file and no offline mode."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import controller.tables  # noqa: F401 - registers every table on the metadata
from controller.migrations.env_filter import include


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=include,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
