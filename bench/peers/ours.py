"""TruongNet's own measurement between two namespaces: a real server process and, for each run, a real probe process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.wire import MeasureToken
from bench.peers.outcome import Outcome
from controller import pki
from controller.measure.tokens import issue
from tests.lab.links import Namespace

DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class MeasureServer:
    keys: pki.Keys
    host: str
    port: int

    def leave(self, mode: str = "full", **claims: Any) -> MeasureToken:
        now = time.time()
        token = issue(self.keys.measure_key, "82001", now, **claims)
        return MeasureToken(
            token=token, host=self.host, port=self.port, plain=False, not_before=now, expires=now + 300.0, mode=mode
        )

    def result(self, client: Namespace, mode: str = "full", **settings: Any) -> dict[str, Any]:
        """A Result as JSON, from the probe's own process in the client's namespace."""
        return self._run(client, settings, mode)[0]

    def measure(self, client: Namespace, **settings: Any) -> Outcome:
        """Raises RuntimeError when nothing was measured."""
        result, took = self._run(client, settings)
        if result["outcome"] != "ok":
            raise RuntimeError(f"{result['reason']}: {result['detail']}")
        down, up = value(result, "down_bits_per_second"), value(result, "up_bits_per_second")
        return Outcome(down=down, up=up, doubts=tuple(result["facts"]["validity"]), **took)

    def _run(
        self, client: Namespace, settings: dict[str, Any], mode: str = "full"
    ) -> tuple[dict[str, Any], dict[str, float]]:
        target = {"settings": {"roots": self.keys.roots_pem, **settings}, "measure": asdict(self.leave(mode))}
        words = [sys.executable, "-m", "bench.peers.probe", str(DEADLINE)]
        done = client.run(words, input=json.dumps(target), timeout=DEADLINE + 10)
        if done.returncode:
            raise RuntimeError(done.stderr[-2_000:])
        return json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])


@contextmanager
def measure_server(server: Namespace) -> Iterator[MeasureServer]:
    with tempfile.TemporaryDirectory() as folder:
        keys = pki.load(Path(folder) / "keys", "Test")
        chain, key = keys.server_files({server.address})
        words = [sys.executable, "-m", "controller.measure", "--listen", f"{server.address}:0", "--bulk-port", "0"]
        words += ["--public-key", str(keys.measure_public), "--state", folder, "--cert", str(chain), "--key", str(key)]
        with server.popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                assert process.stdout is not None
                ready = process.stdout.readline().split()
                assert ready[:1] == ["ready"], "the measurement server did not start"
                yield MeasureServer(keys, server.address, int(ready[2]))
            finally:
                process.terminate()
                process.wait(10)


def value(result: dict[str, Any], name: str) -> float:
    return next(float(sample["value"]) for sample in result["samples"] if sample["name"] == name)
