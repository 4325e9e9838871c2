"""Brings a database to the schema of this release: an empty one by itself, an older one only when told to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from controller.db import begin_write


class SchemaError(Exception):
    """The database does not fit this release; the text says what to do."""


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    newest = ScriptDirectory.from_config(config()).get_current_head()
    assert newest is not None  # noqa: S101 - this package has scripts
    return newest


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str | None]:
    """Run the scripts up to ``revision``; the revisions before and after."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with engine.connect() as connection:
        before = current(connection)
        connection.rollback()
        with unguarded(connection):
            begin_write(connection)  # one transaction for all: SQLite would take each statement as one of its own
            command.upgrade(config(connection), revision)
            check_references(connection)
            connection.commit()
        return before, current(connection)


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making another and dropping the first; rows that refer to it must not stop that."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()  # of what was not committed
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.commit()


def check_references(connection: Connection) -> None:
    """Raises SchemaError when rows refer to nothing: SQLite was told not to look meanwhile."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise SchemaError(f"hỏng tham chiếu / rows that refer to nothing: {broken[:3]}")


def prepare(engine: Engine) -> None:
    """Set up an empty database, or make sure that a used one fits. Raises SchemaError."""
    with engine.connect() as connection:
        found = current(connection)
        is_empty = not inspect(connection).get_table_names()
    if is_empty:
        upgrade(engine)
    elif found is None:
        raise SchemaError("the database holds tables, but not ours / CSDL đã có bảng, nhưng không phải của TruongNet")
    elif found != head():
        known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
        if found in known:
            raise SchemaError(
                "CSDL của bản cũ: chạy «truongnet upgrade» / an older release's database: run truongnet upgrade"
            )
        raise SchemaError("CSDL của bản mới hơn / the database belongs to a newer release than this program")
