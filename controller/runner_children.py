"""A child process of ``truongnet run``: its words go to a bounded log file, it ends with us, and it can be asked why it
died."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_BYTES = 1024 * 1024  # of one log file; one older is kept
LAST_LINES = 5  # that are shown when a child dies
LINE_BYTES = 4096


def _bound_to_us(argv: Sequence[str]) -> list[str]:
    """The command so that the kernel ends it when this process is killed (setpriv is part of every Debian)."""
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []), *argv]


class Child:
    """Started at once. Its own session, so that Ctrl-C at the terminal reaches us alone and we choose the order."""

    def __init__(self, name: str, argv: Sequence[str], environment: Mapping[str, str], logs: Path) -> None:
        self.name, self.argv, self._environment = name, list(argv), dict(environment)
        self.log = logs / f"{name}.log"
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._last.clear()
        process = subprocess.Popen(
            _bound_to_us(self.argv),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()
        return process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        handler = RotatingFileHandler(self.log, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
        with contextlib.closing(handler), process.stdout or open(os.devnull, "rb") as lines:  # noqa: PTH123
            while line := lines.readline(LINE_BYTES):
                text = line.decode("utf-8", "replace").rstrip()
                self._last.append(text)
                handler.emit(logging.makeLogRecord({"msg": text}))

    @property
    def ended(self) -> int | None:
        """The exit code (negative: the signal), or None while it runs."""
        return self._process.poll()

    def last_words(self) -> list[str]:
        """What it said last, after it ended."""
        self._reader.join(2.0)
        return [line for line in self._last if line]

    def again(self) -> None:
        """Start it anew after it ended."""
        self._reader.join(2.0)
        self._process = self._start()

    def ask_to_end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)

    def end(self, seconds: float) -> None:
        """Ask, wait, and make sure. What it started itself ends, too."""
        self.ask_to_end()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(seconds)
        self._reader.join(2.0)
