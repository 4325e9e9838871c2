"""``truongnet run``: everything on this machine comes up, shows this machine, and goes away without a trace."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine

from controller import migrate
from tests.integration.run.running import Run, free_ports, until


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "var", free_ports(3))
    yield run
    if hasattr(run, "process"):
        run.end(signal.SIGTERM)


def first_speed(client: httpx.Client) -> dict[str, Any] | None:
    answer = client.get("/measurements", params={"school": "MAY-NAY", "probe": "speed"})
    assert answer.status_code == 200, answer.text
    return next(iter(answer.json()), None)


def test_this_machine_joins_itself_is_measured_and_a_second_start_knows_it(fresh: Run) -> None:
    fresh.start()
    client = fresh.signed_in()

    speed = until(lambda: first_speed(client), lambda: fresh.output)
    assert (speed["outcome"], speed["scope"], speed["is_valid"]) == ("ok", "loopback", True)
    assert speed["down_bps"] > 1e6
    assert speed["up_bps"] > 1e6
    inventory = until(lambda: client.get("/schools/MAY-NAY/inventory").json(), lambda: fresh.output)
    assert inventory[0]["sections"]["cpu"]["threads"] == os.cpu_count()
    windows = until(lambda: client.get("/schools/MAY-NAY/windows").json(), lambda: fresh.output)
    assert windows
    boxes = client.get("/agents").json()
    assert [(box["state"], box["decided_by"]) for box in boxes] == [("accepted", "cli")]
    assert fresh.wait_for("this machine only, not an Internet line")

    assert fresh.children()
    assert fresh.end(signal.SIGINT) == 0
    assert fresh.lines[-1] == "Đã dừng. / Stopped."
    assert "Traceback" not in fresh.output
    assert fresh.children() == []

    again = Run(fresh.data, fresh.ports).start()
    again.wait_for("first figures")
    with httpx.Client(base_url=client.base_url, cookies=client.cookies) as later:  # the session has lasted, too
        assert [box["id"] for box in later.get("/agents").json()] == [box["id"] for box in boxes]
    assert "admin reset-password" in again.output
    assert "one-time password" not in again.output
    assert again.end(signal.SIGTERM) == 0
    assert again.children() == []


def test_with_an_https_address_all_of_it_goes_over_tls_with_the_provinces_own_ca(fresh: Run) -> None:
    fresh.words = ["--public-url", f"https://127.0.0.1:{fresh.ports[0]}"]
    fresh.start()
    fresh.wait_for("CA fingerprint")
    fresh.wait_for("first figures")
    root = fresh.data / "keys" / "root-1.pem"
    client = fresh.signed_in(ssl.create_default_context(cafile=str(root)))
    speed = until(lambda: first_speed(client), lambda: fresh.output)
    assert (speed["outcome"], speed["scope"]) == ("ok", "loopback"), speed
    with socket.create_connection(("127.0.0.1", fresh.ports[1]), 10) as plain:  # the measurement server, too
        context = ssl.create_default_context(cafile=str(root))
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
    shown = fresh.lines[fresh.lines.index(fresh.wait_for("CA fingerprint")) + 1]
    digest = ssl.PEM_cert_to_DER_cert(root.read_text())
    assert shown.replace(" ", "") == hashlib.sha256(digest).hexdigest()
    assert fresh.end() == 0


def test_when_the_address_changes_the_machine_joins_anew_and_the_old_box_is_retired(fresh: Run) -> None:
    fresh.start()
    fresh.wait_for("first figures")
    assert fresh.end() == 0
    moved = Run(fresh.data, free_ports(3)).start()
    moved.wait_for("joined as a demonstration school")
    assert moved.end() == 0
    with sqlite3.connect(fresh.data / "truongnet.sqlite") as database:
        states = database.execute("SELECT state FROM agent ORDER BY created_at").fetchall()
    assert states == [("retired",), ("accepted",)]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_port_that_is_taken_is_named_with_what_to_do_before_anything_starts(fresh: Run, which: int) -> None:
    with socket.create_server(("127.0.0.1", fresh.ports[which])):
        fresh.start()
        assert fresh.ended() == 1
    said = fresh.output
    name = ("TRUONGNET_PORT", "TRUONGNET_MEASURE_PORT", "TRUONGNET_MEASURE_BULK_PORT")[which]
    assert f"không dùng được 127.0.0.1 cổng {fresh.ports[which]}" in said
    assert f"cannot use 127.0.0.1 port {fresh.ports[which]}" in said
    assert f"{name}=…" in said
    assert not (fresh.data / "log").exists()


def test_a_database_of_an_older_release_is_not_touched_and_the_command_is_named(fresh: Run) -> None:
    fresh.data.mkdir()
    engine = create_engine(f"sqlite:///{fresh.data / 'truongnet.sqlite'}")
    migrate.upgrade(engine, "0001")
    engine.dispose()
    fresh.start()
    assert fresh.ended() == 1
    assert "truongnet upgrade" in fresh.output
    assert "Traceback" not in fresh.output
    with sqlite3.connect(fresh.data / "truongnet.sqlite") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_a_second_one_on_the_same_data_is_refused(fresh: Run) -> None:
    fresh.start()
    fresh.wait_for("address")
    other = Run(fresh.data, free_ports(3)).start()
    assert other.ended() == 1
    assert "already" in other.output or "is running" in other.output
    assert fresh.end() == 0


@pytest.mark.parametrize("module", ["controller.measure", "agent"])
def test_when_a_child_dies_its_log_is_named_and_the_others_end(fresh: Run, module: str) -> None:
    fresh.start()
    fresh.wait_for("first figures")
    [child] = until(lambda: fresh.children(f"-m\0{module}\0"), lambda: fresh.output)[:1]
    os.kill(child, signal.SIGKILL)
    assert fresh.ended() == 1
    name = module.rpartition(".")[2]
    assert f"{name} ended with code -9" in fresh.output
    assert f"log/{name}.log" in fresh.output
    assert "Traceback" not in fresh.output
    assert fresh.children() == []


def test_when_it_is_killed_itself_its_children_end_with_it(fresh: Run) -> None:
    fresh.start()
    fresh.wait_for("first figures")
    fresh.process.kill()
    fresh.ended()
    until(lambda: not fresh.children(), lambda: f"left behind: {fresh.children()}", 30)


def test_ctrl_c_while_it_starts_is_as_clean(fresh: Run) -> None:
    fresh.start()
    fresh.wait_for("starting")
    assert fresh.end() == 0
    assert "Traceback" not in fresh.output
    assert fresh.children() == []
