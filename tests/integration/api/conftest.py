"""A running controller with the small province of ``world``, on each kind of database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text
from sqlmodel import Session
from starlette.testclient import TestClient

from bench.postgres import postgres
from controller.config import load
from controller.main import create_app
from controller.people import passwords
from tests.integration.api.world import Clock, World, fill


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password costs a tenth of a second on purpose; tests of other things need not pay it."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: quick)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield ""
        return
    address: str = request.getfixturevalue("postgres_server")
    name = f"test_{secrets.token_hex(6)}"
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield address.replace("/postgres?", f"/{name}?")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def open_world(directory: Path, url: str) -> Iterator[World]:
    clock = Clock()
    app = create_app(load(None, {}, data_dir=directory / "data", database=url), clock)
    with Session(app.state.services.engine) as session:
        fill(session)
    # Not entered: without the lifespan no background work judges the schools while a test looks at them.
    yield World(app, TestClient(app), clock)
    app.state.services.engine.dispose()


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    yield from open_world(tmp_path, database_url)


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    """For what does not depend on the database."""
    yield from open_world(tmp_path, "")
