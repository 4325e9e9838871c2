"""The spool's SQLite file: its schema, durable transactions on it, and what happens when disk or file fail."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CHECKED_BELOW = 64 * 1024 * 1024  # larger files are not read through at start; damage shows when a page is used

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    thin INTEGER NOT NULL,      -- 1: may be dropped when the spool is full
    kind TEXT NOT NULL,
    at TEXT NOT NULL,           -- a wire.Stamp as JSON
    size INTEGER NOT NULL,
    body BLOB NOT NULL          -- a wire.Item as JSON
);
CREATE TABLE IF NOT EXISTS batch (
    seq INTEGER PRIMARY KEY,
    thin INTEGER NOT NULL,
    records INTEGER NOT NULL,
    oldest TEXT NOT NULL,
    newest TEXT NOT NULL,
    acked REAL,                 -- controller's time of the acknowledgement
    held INTEGER NOT NULL DEFAULT 0,  -- 1: the controller refuses its size; kept, not sent
    size INTEGER NOT NULL,
    envelope BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS batch_open ON batch (seq) WHERE acked IS NULL;
CREATE TABLE IF NOT EXISTS gone (seq INTEGER PRIMARY KEY);  -- reported as never to come, not yet acknowledged
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO meta VALUES ('bytes', 0), ('next_seq', 1), ('acked_next', 0);

-- meta.bytes is kept inside the same transactions that change it.
CREATE TRIGGER IF NOT EXISTS record_in AFTER INSERT ON record
    BEGIN UPDATE meta SET value = value + new.size WHERE key = 'bytes'; END;
CREATE TRIGGER IF NOT EXISTS record_out AFTER DELETE ON record
    BEGIN UPDATE meta SET value = value - old.size WHERE key = 'bytes'; END;
CREATE TRIGGER IF NOT EXISTS batch_in AFTER INSERT ON batch
    BEGIN UPDATE meta SET value = value + new.size WHERE key = 'bytes'; END;
CREATE TRIGGER IF NOT EXISTS batch_out AFTER DELETE ON batch
    BEGIN UPDATE meta SET value = value - old.size WHERE key = 'bytes'; END;
"""
TABLES = {
    "record": "id, thin, kind, at, size, body",
    "batch": "seq, thin, records, oldest, newest, acked, held, size, envelope",
}


def is_damage(error: BaseException) -> bool:
    """True when the file itself is spoiled; False for a full or failing disk, which may get better."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Store:
    """One connection, durable at each commit. Nothing raises for the disk's sake: what it said is in ``trouble``, and
    a file that cannot be opened now is tried again at the next use. Not locked: its owner is."""

    def __init__(self, path: Path, max_pages: int | None = None) -> None:
        """Opens or creates ``path``; a damaged file is moved aside and what it still gives is taken over.

        ``max_pages`` bounds the file (tests).
        """
        self._path, self._max_pages = path, max_pages
        self._database: sqlite3.Connection | None = None
        self._closed = False
        self.trouble = ""  # what the disk said last; empty while it works
        self.damaged = False  # true once a damaged file was replaced
        self.ready()

    def ready(self) -> bool:
        """Whether the file is open, after trying to."""
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            self.trouble = f"{type(error).__name__}: {error}"
        return self._database is not None

    def close(self) -> None:
        self._closed = True
        self._shut()

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do ``work`` in one transaction, on disk when this returns; None when the disk does not let us."""
        for attempt in range(2):
            try:
                database = self._open()
                database.execute("BEGIN IMMEDIATE")
                result = work(database)
                database.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                self._rollback()
                if attempt == 1 or not self._repaired(error):
                    return None
            else:
                self.trouble = ""
                return result
        return None

    def read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        try:
            return self._open().execute(query, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._repaired(error)
            return []

    def number(self, query: str) -> int:
        rows = self.read(query)
        return int(rows[0][0] or 0) if rows else 0

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("closed")
        if self._database is None:
            try:
                self._database = open_store(self._path, self._max_pages)
            except sqlite3.Error as error:
                if not is_damage(error):
                    raise
                self._database = self._replacement(error)
        return self._database

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._database is not None and self._database.in_transaction:
                self._database.execute("ROLLBACK")

    def _repaired(self, error: Exception) -> bool:
        """After ``error``: whether it is worth another try."""
        self.trouble = f"{type(error).__name__}: {error}"
        if self._database is None:
            return False
        try:
            if is_damage(error):
                self._shut()
                self._database = self._replacement(error)
                return True
            # A full disk: what was acknowledged is the only thing that may go without a report.
            removed = self._database.execute(
                "DELETE FROM batch WHERE seq IN (SELECT seq FROM batch WHERE acked IS NOT NULL ORDER BY seq LIMIT 200)"
            ).rowcount
        except (sqlite3.Error, OSError) as another:
            self.trouble = f"{type(another).__name__}: {another}"
            return False
        return removed > 0

    def _replacement(self, error: Exception) -> sqlite3.Connection:
        """A fresh file in place of the damaged one, with all rows that could still be read."""
        self.trouble = f"{type(error).__name__}: {error}"
        self.damaged = True
        aside = move_aside(self._path)
        fresh = open_store(self._path, self._max_pages)
        for table, columns in TABLES.items():
            insert = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({', '.join('?' * len(columns.split(',')))})"  # noqa: S608 - our own names
            rows = salvage(aside, table, columns)
            with contextlib.suppress(sqlite3.Error):
                while part := list(islice(rows, 200)):
                    fresh.execute("BEGIN")
                    fresh.executemany(insert, part)
                    fresh.execute("COMMIT")
            if fresh.in_transaction:
                fresh.execute("ROLLBACK")
        return fresh


def open_store(path: Path, max_pages: int | None = None) -> sqlite3.Connection:
    """Open or create the file. Raises sqlite3.Error, OSError."""
    fresh = not path.exists()
    database = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    try:
        if fresh:
            path.touch(mode=0o600)
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA journal_size_limit = 1048576")
        database.execute("PRAGMA cache_size = -512")
        if max_pages is not None:
            database.execute(f"PRAGMA max_page_count = {int(max_pages)}")
        if path.stat().st_size < CHECKED_BELOW:
            _check(database)
        database.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")
    except BaseException:
        database.close()
        raise
    if fresh:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)  # the name of the new file, too, must survive a power cut
        finally:
            os.close(descriptor)
    return database


def _check(database: sqlite3.Connection) -> None:
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def move_aside(path: Path) -> Path:
    """Put a damaged file out of the way (the newest one is kept for a person to look at)."""
    aside = path.with_name(path.name + ".damaged")
    for suffix in ("", "-wal", "-shm"):
        source, target = path.with_name(path.name + suffix), aside.with_name(aside.name + suffix)
        target.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            source.rename(target)
    return aside


def salvage(path: Path, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows of ``table`` that a damaged file still gives, up to the first page that it does not."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=1.0)) as database:
            yield from database.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 - our own names
    except sqlite3.Error:
        return
