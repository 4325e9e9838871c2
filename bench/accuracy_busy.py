"""Is it named when somebody else uses half of the line? A part of ``python -m bench.accuracy``.

While a full measurement runs, datagrams fill half of the shaped rate one way through the same interface. The run must
call itself invalid with "cross-traffic"; on the quiet line it must not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.peers.ours import measure_server
from tests.lab.links import Namespace, ShapedPair

LINKS = (20.0, 100.0)
SHARE = 0.5
TARGETS = {"cross_traffic_named": 0.95}
FLOOD = """
import socket, sys, time
host, rate = sys.argv[1], float(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    began, sent, data = time.monotonic(), 0, bytes(1200)
    print("ready", flush=True)
    while True:
        due = (time.monotonic() - began) * rate / 8
        while sent < due:
            line.sendto(data, (host, 9))
            sent += len(data) + 42
        time.sleep(0.001)
"""


@dataclass(slots=True)
class Named:
    trials: int = 0
    named: int = 0
    quiet: int = 0  # runs on the quiet line
    wrong: int = 0  # of them, called busy
    failed: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        share = self.named / self.trials if self.trials else 0.0
        return {
            "trials": self.trials,
            "cross_traffic_named": round(share, 3),
            "quiet_runs": self.quiet,
            "quiet_runs_called_busy": self.wrong,
            "failed": len(self.failed),
        }


@contextmanager
def filled(sender: Namespace, address: str, bits_per_second: float) -> Iterator[None]:
    """Datagrams from ``sender`` at that rate, headers counted."""
    words = [sys.executable, "-c", FLOOD, address, str(bits_per_second)]
    with sender.popen(words, stdout=-1) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield
        finally:
            other.terminate()
            other.wait(10)


def measured(trials: int) -> Named:
    """``trials`` runs on each link and each way, and as many on the quiet line."""
    seen = Named()
    for mbps in LINKS:
        with ShapedPair(mbps, mbps) as pair, measure_server(pair.server) as server:
            for _ in range(trials):
                for sender, receiver in ((pair.server, pair.client), (pair.client, pair.server)):
                    with filled(sender, receiver.address, mbps * 1e6 * SHARE):
                        result = server.result(pair.client)
                    if result["outcome"] != "ok":
                        seen.failed.append(f"{result['reason']}: {result['detail']}")
                        continue
                    seen.trials += 1
                    seen.named += "cross-traffic" in result["facts"]["validity"]
                result = server.result(pair.client)
                if result["outcome"] == "ok":
                    seen.quiet += 1
                    seen.wrong += "cross-traffic" in result["facts"]["validity"]
    return seen


def misses(seen: Named) -> list[str]:
    missed = [f"busy: {len(seen.failed)} failed"] if seen.failed else []
    if not seen.trials or seen.named / seen.trials < TARGETS["cross_traffic_named"]:
        missed.append(f"busy: {seen.named} of {seen.trials} named")
    return missed
