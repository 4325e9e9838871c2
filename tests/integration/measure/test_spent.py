"""The memory of spent tokens."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.measure.server import Server
from controller.measure.session import Limits
from controller.measure.spent import KEEP, Spent
from controller.measure.tokens import issue
from tests.integration.measure.place import HOST

NOW = 1_795_500_000.0


@pytest.fixture
def spent(tmp_path: Path) -> Iterator[Spent]:
    made = Spent(tmp_path / "state" / "spent.sqlite")
    yield made
    made.close()


def test_an_id_is_spent_once(spent: Spent) -> None:
    assert spent.spend("a", NOW + 300, NOW)
    assert not spent.spend("a", NOW + 300, NOW)
    assert spent.spend("b", NOW + 300, NOW)


def test_two_servers_on_one_file_do_not_both_take_it(spent: Spent, tmp_path: Path) -> None:
    other = Spent(tmp_path / "state" / "spent.sqlite")
    try:
        assert [spent.spend("a", NOW + 300, NOW), other.spend("a", NOW + 300, NOW)] == [True, False]
    finally:
        other.close()


def test_what_is_long_past_is_forgotten_and_what_a_clock_set_back_could_revive_is_not(
    spent: Spent, tmp_path: Path
) -> None:
    spent.spend("old", NOW, NOW)
    spent.spend("new", NOW + 2 * KEEP, NOW)
    spent.spend("next", NOW + 2 * KEEP, NOW + KEEP + 1)
    with sqlite3.connect(tmp_path / "state" / "spent.sqlite") as database:
        ids = {row[0] for row in database.execute("SELECT id FROM spent")}
    database.close()
    assert ids == {"new", "next"}


def test_a_server_that_cannot_remember_lets_nobody_in(spent: Spent, caplog: pytest.LogCaptureFixture) -> None:
    key = Ed25519PrivateKey.generate()

    class Full(Spent):
        def __init__(self) -> None:
            pass

        def spend(self, token_id: str, expires: float, now: float) -> bool:
            raise sqlite3.OperationalError("database or disk is full")

    async def ask() -> dict[str, object]:
        stop = asyncio.Event()
        with socket.create_server((HOST, 0)) as control, socket.create_server((HOST, 0)) as bulk:
            port = control.getsockname()[1]
            server = Server(key.public_key(), Full(), Limits())
            serving = asyncio.create_task(server.serve(control, bulk, None, stop))
            reader, writer = await asyncio.open_connection(HOST, port)
            hello = {"op": "hello", "v": 1, "token": issue(key, "82001", time.time())}
            writer.write(json.dumps(hello).encode() + b"\n")
            answer: dict[str, object] = json.loads(await reader.readline())
            writer.close()
            await writer.wait_closed()
            stop.set()
            await serving
        return answer

    answer = asyncio.run(ask())
    assert (answer["op"], answer["reason"]) == ("refused", "server-trouble")
    assert "disk is full" in caplog.text
