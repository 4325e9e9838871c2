"""A real controller on a real database with a clock that tests drive, and a province with two schools."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlmodel import Session, select
from starlette.testclient import TestClient

from bench.postgres import postgres
from controller import decisions, joincodes
from controller.config import Settings, load
from controller.main import create_app
from controller.services import Services
from controller.tables import Commune, School
from tests.integration.controller.box import Box

NOON = 1_795_496_400.0  # 24 November 2026, 12:00 in Vietnam


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Province:
    """The running controller, and what tests do with it again and again."""

    app: FastAPI
    client: TestClient
    clock: Clock
    boxes: list[Box] = field(default_factory=list)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def session(self) -> Session:
        return Session(self.services.engine)

    def code(self, school: str = "82001", **more: Any) -> dict[str, str]:
        with self.session() as session:
            row = session.exec(select(School).where(School.code == school)).one()
            code = joincodes.create(
                session,
                self.services.keys,
                school=row,
                by="test",
                url="http://127.0.0.1:8080",
                now=self.clock(),
                **more,
            )
            session.commit()
            return joincodes.decode(code.text)

    def join(self, box: Box, code: dict[str, str]) -> dict[str, Any]:
        answer = self.client.post("/v1/join", content=box.join_request(code, self.clock()))
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply

    def accept(self, box: Box) -> None:
        with self.session() as session:
            decisions.accept(session, box.id, by="test", now=self.clock())
            session.commit()

    def accepted(self, school: str = "82001", **more: Any) -> Box:
        """A box that has joined and may speak."""
        box = Box(booted_at=self.clock() - 1000, **more)
        assert self.join(box, self.code(school))["state"] == "pending"
        self.accept(box)
        return box

    def send(self, box: Box, *batches: bytes, **head: Any) -> Any:
        """One exchange; the HTTP answer. A good reply is kept by the box."""
        body = b"\n".join([box.head(self.clock(), **head), *batches])
        answer = self.client.post("/v1/exchange", content=body)
        if answer.status_code == 200:
            box.keep(answer.json())
        return answer

    def exchange(self, box: Box, *batches: bytes, **head: Any) -> dict[str, Any]:
        answer = self.send(box, *batches, **head)
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply


def add_schools(session: Session, now: float) -> None:
    session.merge(Commune(code="29869", name="Cao Lãnh", kind="phường", province_code="82"))
    session.flush()
    for code, name in (("82001", "Trường THCS Hùng Vương"), ("82002", "Trường TH Kim Đồng")):
        session.add(School(code=code, name=name, commune_code="29869", created_at=now, updated_at=now))
    session.commit()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(None, {}, data_dir=tmp_path / "data", database=database_url)


@pytest.fixture
def province(settings: Settings) -> Iterator[Province]:
    clock = Clock()
    app = create_app(settings, clock)
    with Session(app.state.services.engine) as session:
        add_schools(session, clock())
    with TestClient(app) as client:
        yield Province(app, client, clock)


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield ""
        return
    address: str = request.getfixturevalue("postgres_address")
    name = f"test_{secrets.token_hex(6)}"
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield address.replace("/postgres?", f"/{name}?")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
