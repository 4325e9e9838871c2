"""``truongnet serve`` as a process: one worker or several, the first password, the word to systemd, a clean end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

SECONDS = 90.0


@contextmanager
def serving(data: Path, database: str = "", workers: int = 1, **more: str) -> Iterator[tuple[str, list[str]]]:
    """The address and the lines that are printed, of a server that answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {"DATA_DIR": str(data), "DATABASE": database, "WORKERS": str(workers), "PORT": str(port)}
    child = subprocess.Popen(
        [sys.executable, "-m", "controller", "serve"],
        env={**os.environ, **{f"TRUONGNET_{name}": value for name, value in settings.items()}, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines: list[str] = []
    assert child.stdout is not None
    reader = threading.Thread(target=lambda: lines.extend(line.rstrip() for line in child.stdout or ()), daemon=True)
    reader.start()
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + SECONDS
        while True:
            try:
                if httpx.get(f"{address}/readyz", timeout=5.0).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert child.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server did not answer"
            time.sleep(0.1)
        yield address, lines
    finally:
        child.send_signal(signal.SIGTERM)
        code = child.wait(SECONDS)
        reader.join(10)
        child.stdout.close()
    assert code in (0, -signal.SIGTERM)


def one_time_password(lines: list[str]) -> str:
    [line] = [line for line in lines if "one-time password" in line]
    return line.rpartition(" ")[2]


def sign_in(address: str, password: str) -> int:
    return httpx.post(f"{address}/api/v1/login", json={"login": "admin", "password": password}, timeout=30).status_code


def test_one_worker_tells_the_first_password_once_and_systemd_that_it_is_ready(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(SECONDS)
        with serving(tmp_path / "data", NOTIFY_SOCKET=str(tmp_path / "notify")) as (address, lines):
            assert systemd.recv(100) == b"READY=1"
            assert sign_in(address, one_time_password(lines)) == 200
    with serving(tmp_path / "data") as (_, lines):
        assert not [line for line in lines if "password" in line]


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_several_workers_tell_the_first_password_once_and_share_its_account(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path / "data", database_url, workers=2) as (address, lines):
        password = one_time_password(lines)
        assert [sign_in(address, password) for _ in range(4)] == [200] * 4
