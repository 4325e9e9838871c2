"""Many rows in one statement, with as little work for each as can be: what the writer's hot path is made of.

SQLite takes them with ``executemany``. PostgreSQL takes one statement with one parameter, the rows as a JSON document
(``json_to_recordset``), several times cheaper than a statement a row. Names come from our own tables alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, Table
from sqlalchemy.dialects import postgresql

from controller.db import dump

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    columns: tuple[str, ...]
    json: frozenset[str]  # columns that hold JSON
    binary: tuple[str, ...]  # columns that hold bytes; what we store in them is always UTF-8 text


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], conflict: str = ""
) -> None:
    """INSERT, with ``conflict`` (an ON CONFLICT clause) behind it."""
    if rows:
        _run(connection, _insert(connection.dialect.name, table, tuple(columns), conflict), rows)


def update_rows(connection: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """UPDATE of ``columns`` where ``key`` is each row's."""
    if rows:
        _run(connection, _update(connection.dialect.name, table, key, tuple(columns)), rows)


def replacing(keys: Iterable[str], columns: Iterable[str]) -> str:
    """The ON CONFLICT clause by which the new row's ``columns`` win."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def _run(connection: Connection, statement: Statement, rows: Sequence[Row]) -> None:
    if connection.dialect.name == "postgresql":
        if statement.binary:
            rows = [{**row, **{name: row[name].decode() for name in statement.binary}} for row in rows]
        connection.exec_driver_sql(statement.sql, (dump(rows),))
        return
    json = statement.json
    columns = [
        [dump(row[name]) for row in rows] if name in json else [row[name] for row in rows] for name in statement.columns
    ]
    connection.exec_driver_sql(statement.sql, list(zip(*columns, strict=True)))


def _statement(sql: str, table: Table, columns: tuple[str, ...]) -> Statement:
    return Statement(
        sql,
        columns,
        frozenset(name for name in columns if isinstance(table.c[name].type, JSON)),
        tuple(name for name in columns if isinstance(table.c[name].type, LargeBinary)),
    )


def _records(table: Table, columns: Iterable[str]) -> str:
    """``json_to_recordset(%s::json) AS v (a bigint, …)``."""
    dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
    kinds = []
    for name in columns:
        kind = table.c[name].type
        kinds.append(f"{name} {'text' if isinstance(kind, LargeBinary) else kind.compile(dialect)}")
    return f"json_to_recordset(%s::json) AS v ({', '.join(kinds)})"


def _value(table: Table, name: str) -> str:
    return f"convert_to(v.{name}, 'UTF8')" if isinstance(table.c[name].type, LargeBinary) else f"v.{name}"


@cache
def _insert(dialect: str, table: Table, columns: tuple[str, ...], conflict: str) -> Statement:
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    if dialect == "postgresql":
        values = ", ".join(_value(table, name) for name in columns)
        sql = f"{into} SELECT {values} FROM {_records(table, columns)} {conflict}"  # noqa: S608 - our own names
    else:
        sql = f"{into} VALUES ({', '.join('?' * len(columns))}) {conflict}"
    return _statement(sql, table, columns)


@cache
def _update(dialect: str, table: Table, key: str, columns: tuple[str, ...]) -> Statement:
    every = (*columns, key)
    if dialect == "postgresql":
        changes = ", ".join(f"{name} = {_value(table, name)}" for name in columns)
        source = _records(table, every)
        sql = f"UPDATE {table.name} SET {changes} FROM {source} WHERE {table.name}.{key} = v.{key}"  # noqa: S608
    else:
        changes = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE {table.name} SET {changes} WHERE {key} = ?"  # noqa: S608 - our own names
    return _statement(sql, table, every)
