"""A whole agent as a process, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "TRUONGNET_BEAT_EVERY": "1",
    "TRUONGNET_EXCHANGE_EVERY": "1",
    "TRUONGNET_FIRST_WINDOW": "1",
    "TRUONGNET_WINDOW": "10",
    "TRUONGNET_LANG": "en",
}


@dataclass
class Box:
    """``directory`` holds the state below ``state`` and the files that tell the probes what to find."""

    directory: Path

    @property
    def state(self) -> Path:
        return self.directory / "state"

    def environment(self, **more: str) -> dict[str, str]:
        return os.environ | SETTINGS | {"TEST_BOX": str(self.directory), "TRUONGNET_STATE_DIR": str(self.state)} | more

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.integration.agent.run_box", *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
        )

    @contextmanager
    def running(self, **more: str) -> Iterator[subprocess.Popen[str]]:
        """``agent run`` until the block ends; killed if need be."""
        with (self.directory / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.agent.run_box", "run"],
                env=self.environment(**more),
                stderr=log,
                stdout=log,
                text=True,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    try:
                        process.wait(8)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait(5)
                        raise

    def log(self) -> str:
        return (self.directory / "log").read_text()


def until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.05)
