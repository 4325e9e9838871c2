"""Backup and restore: one tar file, mode 0600, with the whole database as of one moment, and the keys.

SQLite is copied by its online backup while it is in use. PostgreSQL is read by COPY inside one read-only snapshot, and
is restored into a schema that our own migrations make, so neither needs any other program.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, Integer, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel

from controller import epochs, migrate
from controller.config import Settings
from controller.db import open_engine
from controller.keyfiles import write_secret
from controller.pulse import BACKUP
from controller.tables import Setting

FORMAT = 1
MANIFEST, SQLITE, KEYS = "manifest.json", "truongnet.sqlite", "keys/"
MAX_KEY_FILE = 1024 * 1024
DUMP = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT")
LOAD = sql.SQL("COPY {} ({}) FROM STDIN")
SET_SEQUENCE = sql.SQL(
    "SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {}), false) "
    "WHERE pg_get_serial_sequence(%(name)s, 'id') IS NOT NULL"
)


class BackupError(Exception):
    """The text says what is wrong, Vietnamese first."""


def make(settings: Settings, file: Path) -> int:
    """Write a backup to ``file``, which must not exist; its size in bytes."""
    if file.exists():
        raise BackupError(f"{file} đã có, không ghi đè / exists already and is not overwritten")
    temporary = file.with_name(f".{file.name}.part")
    engine = open_engine(settings.database_url)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w") as tar, tempfile.TemporaryDirectory(dir=settings.data_dir) as work:
                _write(tar, settings, engine, Path(work))
            raw.flush()
            os.fsync(raw.fileno())
        temporary.rename(file)
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        temporary.unlink(missing_ok=True)
        raise BackupError(f"không sao lưu được / the backup failed: {error}") from None
    finally:
        engine.dispose()
    return file.stat().st_size


def note(settings: Settings, size: int, now: float) -> None:
    """Write down that a backup was made: the rules that watch us want to know how old the newest one is."""
    engine = open_engine(settings.database_url)
    try:
        with Session(engine) as session:
            row = session.get(Setting, BACKUP) or Setting(key=BACKUP)
            row.value, row.updated_at = {"at": now, "bytes": size}, now
            session.add(row)
            session.commit()
    except SQLAlchemyError as error:
        raise BackupError(f"đã sao lưu, không ghi lại được / backed up, but could not note it: {error}") from None
    finally:
        engine.dispose()


def _write(tar: tarfile.TarFile, settings: Settings, engine: Engine, work: Path) -> None:
    with engine.connect() as connection:
        revision, dialect = migrate.current(connection), connection.dialect.name
    if revision is None:
        raise BackupError("chưa có CSDL để sao lưu / there is no database to back up")
    manifest = {"format": FORMAT, "revision": revision, "database": dialect, "made_at": time.time()}
    _add(tar, MANIFEST, json.dumps(manifest).encode())
    if dialect == "sqlite":
        copy = work / SQLITE
        _copy_sqlite(Path(engine.url.database or ""), copy)
        tar.add(copy, SQLITE)
    else:
        _dump_postgresql(tar, engine, work)
    for path in sorted(settings.keys_dir.iterdir()):
        if path.is_file() and path.name != ".lock":
            _add(tar, KEYS + path.name, path.read_bytes())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def _copy_sqlite(source: Path, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(copy)) as new:
        old.backup(new, pages=1000, sleep=0.01)


def _dump_postgresql(tar: tarfile.TarFile, engine: Engine, work: Path) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        cursor = connection.connection.cursor()
        for name in table_names(connection):
            file = work / name
            with file.open("wb") as target, cursor.copy(DUMP.format(sql.Identifier(name))) as rows:
                for chunk in rows:
                    target.write(chunk)
            _add(tar, f"columns/{name}.json", json.dumps(_columns(connection, name)).encode())
            tar.add(file, f"tables/{name}")
            file.unlink()


def table_names(connection: Connection) -> list[str]:
    """Our tables that exist there, parents before those that refer to them."""
    there = set(inspect(connection).get_table_names())
    return [table.name for table in SQLModel.metadata.sorted_tables if table.name in there]


def _columns(connection: Connection, table: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table)]


def restore(settings: Settings, file: Path, now: float) -> int:
    """Put the database and the keys of a backup in place of what is there; the number of the new epoch.

    The caller holds the lock that keeps a controller from running. What was there is kept beside, under another name
    (SQLite and keys); a PostgreSQL database must be empty, so that nothing is ever lost by a mistyped name.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            manifest = _manifest(tar)
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            engine = open_engine(settings.database_url)
            try:
                if engine.dialect.name != manifest["database"]:
                    raise BackupError(
                        f"bản sao lưu của / the backup is of {manifest['database']}, not {engine.dialect.name}"
                    )
                with tempfile.TemporaryDirectory(dir=settings.data_dir) as work:
                    if engine.dialect.name == "sqlite":
                        _restore_sqlite(tar, engine, Path(work))
                    else:
                        _restore_postgresql(tar, engine, manifest["revision"])
                _restore_keys(tar, settings.keys_dir)
                migrate.upgrade(engine)
                return _begin_epoch(engine, now)
            finally:
                engine.dispose()
    except (OSError, tarfile.TarError, KeyError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        raise BackupError(f"không phục hồi được / the restore failed: {error}") from None


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(_read(tar, MANIFEST))
    except (KeyError, ValueError):
        raise BackupError("không phải bản sao lưu của TruongNet / not a backup of TruongNet") from None
    if manifest["format"] != FORMAT:
        raise BackupError("bản sao lưu của bản mới hơn / a newer release made this backup")
    return manifest


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise BackupError(f"hỏng / damaged: {name}")
    return found


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    return _open(tar, name).read(MAX_KEY_FILE)


def _restore_sqlite(tar: tarfile.TarFile, engine: Engine, work: Path) -> None:
    copy = work / SQLITE
    with copy.open("wb") as target:
        shutil.copyfileobj(_open(tar, SQLITE), target)
    with contextlib.closing(sqlite3.connect(copy)) as check:
        if check.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError("CSDL trong bản sao lưu bị hỏng / the database in the backup is damaged")
    database = Path(engine.url.database or "")
    if database.exists():
        with contextlib.closing(sqlite3.connect(database)) as old:  # what is only in the log goes into the file first
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.rename(database.with_name(f"{database.name}.before-restore-{int(time.time())}"))
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    copy.chmod(0o600)
    shutil.move(copy, database)


def _restore_postgresql(tar: tarfile.TarFile, engine: Engine, revision: str) -> None:
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise BackupError("CSDL đích phải trống / the database to restore into must be empty")
    migrate.upgrade(engine, revision)
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        for name in table_names(connection):
            columns = sql.SQL(", ").join(map(sql.Identifier, json.loads(_read(tar, f"columns/{name}.json"))))
            with cursor.copy(LOAD.format(sql.Identifier(name), columns)) as rows:
                for chunk in _chunks(_open(tar, f"tables/{name}")):
                    rows.write(chunk)
            identity = SQLModel.metadata.tables[name].c.get("id")
            if identity is not None and isinstance(identity.type, Integer):
                cursor.execute(SET_SEQUENCE.format(sql.Identifier(name)), {"name": f'"{name}"'})


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(256 * 1024):
        yield chunk


def _restore_keys(tar: tarfile.TarFile, directory: Path) -> None:
    """The keys as they were, unless those that are here are the same province's: they may have been rolled since, and
    boxes that trust only the newer root would be lost."""
    here = directory / "secret"
    if here.exists() and here.read_bytes() == _read(tar, KEYS + "secret"):
        return
    if directory.exists():
        directory.rename(directory.with_name(f"{directory.name}.before-restore-{int(time.time())}"))
    directory.mkdir(mode=0o700)
    for entry in tar.getmembers():
        name = entry.name.removeprefix(KEYS)
        if entry.isfile() and entry.name.startswith(KEYS) and name and "/" not in name:
            write_secret(directory / name, _read(tar, entry.name))


def _begin_epoch(engine: Engine, now: float) -> int:
    with Session(engine) as session:
        epoch = epochs.begin_restore(session, now)
        number = epoch.number
        session.commit()
    return number
