"""``truongnet run`` as a person starts it: a process of its own, free ports, a data directory that goes away."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

SECONDS = 120.0
NEW_PASSWORD = "một máy thử cho vui"
SETTINGS = "first_window = 10\n[probes.lan]\nenabled = false\n"


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def until(what: Callable[[], Any], why: Callable[[], str], seconds: float = SECONDS) -> Any:
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.2)
    raise AssertionError(why())


@dataclass
class Run:
    """One start. ``output`` is what a person has read so far."""

    data: Path
    ports: Sequence[int]
    words: Sequence[str] = ()
    prefix: Sequence[str] = ()  # of the command: to run it as somebody else
    environment: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    clients: list[httpx.Client] = field(default_factory=list)

    def start(self) -> Run:
        port, measure, bulk = self.ports
        self.data.mkdir(exist_ok=True)
        if not (self.data / "agent.toml").exists():
            (self.data / "agent.toml").write_text(SETTINGS)
        command = [sys.executable, "-m", "truongnet", "--data-dir", str(self.data), "run", "--port", str(port)]
        self.process = subprocess.Popen(
            [*self.prefix, *command, *self.words],
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("TRUONGNET_")},
                "TRUONGNET_MEASURE_PORT": str(measure),
                "TRUONGNET_MEASURE_BULK_PORT": str(bulk),
                **self.environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, text: str) -> str:
        """The first line that holds ``text``."""

        def found() -> str:
            return next((line for line in list(self.lines) if text in line), "")

        def ended() -> bool:
            return self.process.poll() is not None

        until(lambda: found() or ended(), lambda: f"{text!r} was not said:\n{self.output}")
        assert found(), f"ended with {self.process.poll()}:\n{self.output}"
        return found()

    def end(self, number: int = signal.SIGINT) -> int:
        """Ask it to end, as Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        for client in self.clients:
            client.close()
        try:
            code = self.process.wait(SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        self._reader.join(10)
        return code

    def children(self, part: str = "") -> list[int]:
        """Ids of processes that work on this data directory or are ours otherwise, found by their environment."""
        found = []
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == self.process.pid:
                continue
            try:
                words = (process / "cmdline").read_bytes().decode("utf-8", "replace")
                environment = (process / "environ").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            if str(self.data) in words + environment and part in words:
                found.append(int(process.name))
        return found

    def signed_in(self, verify: ssl.SSLContext | bool = True) -> httpx.Client:
        """As the administrator, with the one-time password that was printed."""
        password = self.wait_for("one-time password").rpartition(" ")[2]
        scheme = "http" if verify is True else "https"
        client = httpx.Client(base_url=f"{scheme}://127.0.0.1:{self.ports[0]}/api/v1", verify=verify, timeout=30.0)
        self.clients.append(client)
        answer = client.post("/login", json={"login": "admin", "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        answer = client.post("/me/password", json={"current": password, "new": NEW_PASSWORD})
        assert answer.status_code == 204, answer.text
        return client
