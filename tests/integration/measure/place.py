"""A real measurement server on loopback, and a box that says whatever a test wants it to say."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent import frame
from agent.frame import Probe, Target
from agent.probes import speed
from agent.wire import MeasureToken, Result
from controller import pki
from controller.measure.tokens import issue

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[3]
UDP_PATIENCE = 0.5  # seconds in which a datagram would have been answered
PATIENCE = 20.0  # seconds; far more than anything here takes
DEADLINE = 60.0


class Place:
    """The province's measurement server as a process; ``start`` again after ``kill``: same state, same port."""

    def __init__(self, folder: Path, *options: str, plain: bool = True) -> None:
        self.keys = pki.load(folder / "keys", "Test")
        self.is_plain = plain
        self.port = 0
        self._folder, self._options = folder, options
        self._process: subprocess.Popen[str] | None = None

    def argv(self, *options: str) -> list[str]:
        words = [sys.executable, "-m", "controller.measure", "--bulk-port", "0"]
        words += ["--public-key", str(self.keys.measure_public), "--state", str(self._folder / "state")]
        return [*words, *options]

    def start(self) -> Self:
        if self.is_plain:
            secured = ["--plain"]
        else:
            chain, key = self.keys.server_files({HOST})
            secured = ["--cert", str(chain), "--key", str(key)]
        words = self.argv("--listen", f"{HOST}:{self.port}", *secured, *self._options)
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        ready = self._process.stdout.readline().split()
        assert ready[:1] == ["ready"], self.log
        self.port = int(ready[2])
        return self

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        assert self._process is not None
        with self._process as process:
            process.send_signal(number)
            return process.wait(PATIENCE)

    def leave(self, school: str = "82001", now: float | None = None, **claims: Any) -> str:
        return issue(self.keys.measure_key, school, time.time() if now is None else now, **claims)

    def measure(
        self,
        token: str | None = None,
        roots: list[str] | None = None,
        mode: str = "full",
        most: int = 0,
        probe: Probe = speed.probe,
        **settings: Any,
    ) -> Result:
        """The real probe in this process. ``most`` is the leave's ``max_bytes``."""
        leave = MeasureToken(
            token=token or self.leave(max_bytes=100_000_000),
            host=HOST,
            port=self.port,
            plain=self.is_plain,
            not_before=0.0,
            expires=time.time() + 300.0,
            mode=mode,
            max_bytes=most,
        )
        known = {"roots": self.keys.roots_pem if roots is None else roots}
        return frame.run("speed", probe, Target(settings=known | settings, measure=asdict(leave)), DEADLINE)


@contextmanager
def place(folder: Path, *options: str, plain: bool = True) -> Iterator[Place]:
    made = Place(folder, *options, plain=plain).start()
    try:
        yield made
    finally:
        made.end()


class Caller:
    """A control connection that says exactly what it is told; ``hear`` gives None when the server hung up."""

    def __init__(self, port: int, stream: socket.socket | None = None) -> None:
        self._undo = ExitStack()
        self.socket = self._undo.enter_context(stream or socket.create_connection((HOST, port), PATIENCE))
        self._lines = self._undo.enter_context(self.socket.makefile("rb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def say(self, **message: Any) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> dict[str, Any] | None:
        try:
            line = self._lines.readline()
        except ConnectionError:
            return None
        message: dict[str, Any] | None = json.loads(line) if line else None
        return message

    def expect(self, op: str) -> dict[str, Any]:
        """The next message with that ``op``, whatever comes before it."""
        while (message := self.hear()) is not None:
            if message["op"] == op:
                return message
        raise AssertionError(f"the server hung up before {op}")

    def hello(self, token: str, version: int = 1) -> dict[str, Any]:
        self.say(op="hello", v=version, token=token)
        answer = self.hear()
        assert answer is not None, "the server hung up"
        return answer


@contextmanager
def bulk(port: int, nonce: str) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, port), PATIENCE) as stream:
        stream.sendall(nonce.encode() + b"\n")
        yield stream


def is_closed(stream: socket.socket) -> bool:
    """Whether the server hangs up without having said a word."""
    try:
        return stream.recv(1) == b""
    except ConnectionError:
        return True
