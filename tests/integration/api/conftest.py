"""A running controller with the small province of ``world``, on each kind of database.

The province is made once on each and then copied for every test.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, create_engine, text
from sqlmodel import Session
from starlette.testclient import TestClient

from bench.postgres import postgres
from controller.config import load
from controller.main import create_app
from controller.people import passwords
from tests.integration.api.world import Clock, World, fill

TEMPLATE = "province"


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password costs a tenth of a second on purpose; tests of other things need not pay it."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: quick)


def make_province(data_dir: Path, url: str) -> None:
    app = create_app(load(None, {}, data_dir=data_dir, database=url), Clock())
    with Session(app.state.services.engine) as session:
        fill(session)
    app.state.services.engine.dispose()


@contextmanager
def administrator(server: str) -> Iterator[Connection]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def address_of(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the province and its keys."""
    directory = tmp_path_factory.mktemp("template") / "data"
    make_province(directory, "")
    return directory


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the province in the database ``TEMPLATE``."""
    with postgres() as server:
        with administrator(server) as connection:
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        make_province(tmp_path_factory.mktemp("template") / "data", address_of(server, TEMPLATE))
        yield server


def open_world(template: Path, directory: Path, url: str = "") -> Iterator[World]:
    """A copy of the province. Not entered: without the lifespan no background work judges the schools meanwhile."""
    clock = Clock()
    shutil.copytree(template, directory / "data")
    app = create_app(load(None, {}, data_dir=directory / "data", database=url), clock)
    yield World(app, TestClient(app), clock)
    app.state.services.engine.dispose()


@pytest.fixture
def sqlite_world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """For what does not depend on the database."""
    yield from open_world(sqlite_template, tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """The province on each kind of database."""
    if request.param == "sqlite":
        yield from open_world(sqlite_template, tmp_path)
        return
    server: str = request.getfixturevalue("postgres_template")
    name = f"test_{secrets.token_hex(6)}"
    with administrator(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"))
        yield from open_world(sqlite_template, tmp_path, address_of(server, name))
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
