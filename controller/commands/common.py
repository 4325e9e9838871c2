"""What several commands need: the database and the keys, opened and checked."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from controller import migrate, pki
from controller.config import Settings
from controller.db import open_engine
from controller.pki import Keys


class CommandError(Exception):
    """The command cannot be done; the text says why, Vietnamese first."""


def part(name: str) -> Any:
    """A part of the controller that not every installation carries. Raises CommandError when it is not there."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise CommandError(f"bản cài này không có {name} / this installation has no {name}") from None


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Engine, Keys]]:
    """Raises SchemaError, KeyFileError."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        migrate.prepare(engine)
        yield engine, pki.open_keys(settings)
    finally:
        engine.dispose()
