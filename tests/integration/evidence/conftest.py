"""One school's evidence file, made once; and the province on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.config import load
from controller.main import create_app
from tests.integration.controller.conftest import (
    Clock,
    Province,
    add_schools,
    database_url,
    postgres_address,
    province,
    settings,
)
from tests.integration.evidence import made

__all__ = ["database_url", "postgres_address", "province", "settings"]


@dataclass(frozen=True)
class Made:
    province: Province
    box: made.Box
    start: float
    data: bytes

    @property
    def root(self) -> str:
        return made.fingerprint(self.province)


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Two days of one school with a contract; its file."""
    clock = Clock()
    app = create_app(load(None, {}, data_dir=tmp_path_factory.mktemp("evidence") / "data"), clock)
    with Session(app.state.services.engine) as session:
        add_schools(session, clock())
    with TestClient(app) as client:
        there = Province(app, client, clock)
        made.with_contract(there)
        box, start = made.accepted(there), clock()
        made.speak(there, box, days=2)
        yield Made(there, box, start, made.make(there, start, clock()))
