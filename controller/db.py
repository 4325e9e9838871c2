"""One engine for a database address, set up the way TruongNet needs it. SQLite when embedded, PostgreSQL otherwise."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Engine, event
from sqlmodel import create_engine

BUSY_MS = 10_000  # a writer waits this long for another before it gives up


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql+psycopg://…``; commits are durable on both."""
    # Parameters hold names and secrets, so an error's text, which may reach a log, must not repeat them.
    common: dict[str, Any] = {
        "json_serializer": dump,
        "json_deserializer": orjson.loads,
        "hide_parameters": True,
    }
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"check_same_thread": False}, **common)
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, **common)


def begin_write(connection: Connection) -> None:
    """From here on what is read stays true until the commit: SQLite has one writer, and takes the lock only when asked.

    PostgreSQL locks the rows instead (``with_for_update``). Nothing may have been read on the connection before.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def one_at_a_time(connection: Connection, lock: int) -> None:
    """From here to the commit nobody else passes here with the same ``lock``, in any process.

    PostgreSQL has locks for it. On SQLite any write takes the one write lock, even one that changes nothing.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (lock,))
    else:
        connection.exec_driver_sql("UPDATE lease SET until = 0 WHERE name = '' AND length(name) > 0")


def dump(value: Any) -> str:
    """JSON as the columns keep it; what is no number in JSON (NaN, infinity) becomes null."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an acknowledgement leaves only after the bytes are on the disk
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
