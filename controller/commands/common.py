"""What several commands need: the database and the keys, opened and checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from controller import migrate, pki
from controller.config import Settings
from controller.db import open_engine
from controller.pki import Keys


class CommandError(Exception):
    """The command cannot be done; the text says why, Vietnamese first."""


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Engine, Keys]]:
    """Raises SchemaError, KeyFileError."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        migrate.prepare(engine)
        yield engine, pki.load(settings.keys_dir, settings.province_name)
    finally:
        engine.dispose()
