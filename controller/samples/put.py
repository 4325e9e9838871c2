"""Rows into the database by the thousand: COPY on PostgreSQL, ``executemany`` on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, Connection

from controller.db import dump
from controller.store import table_of


def put(connection: Connection, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Rows that all have the same columns, as dictionaries."""
    listed = list(rows)
    if not listed:
        return
    columns = tuple(listed[0])
    table = table_of(model)
    json = {name for name in columns if isinstance(table.c[name].type, JSON)}
    put_tuples(
        connection,
        table.name,
        columns,
        [tuple(dump(row[name]) if name in json else row[name] for name in columns) for row in listed],
    )


def put_tuples(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in the order of ``columns``, JSON as text already. The names are our own."""
    if not rows:
        return
    named = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({marks})", list(rows))  # noqa: S608 - our own names
