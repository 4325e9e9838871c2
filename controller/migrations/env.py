"""Alembic's entry. The connection comes from :mod:`controller.migrate`; there is no ini file and no offline mode."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import controller.tables  # noqa: F401 - registers every table on the metadata
from controller.migrations.partitions import is_partition


def include(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return not (kind == "table" and name is not None and is_partition(name))


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
