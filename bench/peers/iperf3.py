"""iperf3 with four streams, 2 s dropped and 8 s counted each way, by what the receiver counted."""

from __future__ import annotations

import json
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.peers.outcome import Outcome
from tests.lab.links import Namespace

WORDS = ["iperf3", "--json", "--parallel", "4", "--omit", "2", "--time", "8"]
TIMEOUT = 60.0


@contextmanager
def iperf3_server(server: Namespace) -> Iterator[str]:
    words = ["iperf3", "--server", "--forceflush", "--bind", server.address]
    with server.popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            while "listening" not in (line := process.stdout.readline()):
                assert line, "iperf3 did not start"
            yield server.address
        finally:
            process.terminate()
            process.stdout.read()
            process.wait(10)


def measure(client: Namespace, address: str) -> Outcome:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    down, up = _run(client, address, "--reverse"), _run(client, address)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Outcome(down=down, up=up, rss=0.0, cpu=cpu)


def _run(client: Namespace, address: str, *more: str) -> float:
    done = client.run([*WORDS, "--client", address, *more], timeout=TIMEOUT)
    said: dict[str, Any] = json.loads(done.stdout)
    if "error" in said:
        raise RuntimeError(said["error"])
    return float(said["end"]["sum_received"]["bits_per_second"])
