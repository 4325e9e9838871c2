"""Is it named when somebody else uses half of the line? A part of ``python -m bench.accuracy``.

While a full measurement runs, datagrams fill half of the shaped rate one way: through the box's own card, or for
another machine behind the same router, whose traffic never crosses that card. The run must call itself invalid with
"cross-traffic"; on the quiet line it must not. Where the router tells no counters the box cannot know, and must say so
("others-unseen"); how often it is named all the same is told without a target.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.peers.ours import measure_server
from tests.lab.links import Namespace, ShapedPair
from tests.lab.shared import SharedLine

LINKS = (20.0, 100.0)
SHARE = 0.5
SCENES = ("own_card", "other_machine", "other_machine_untold")
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
    unseen: int = 0  # of all, that said that others were not seen
    failed: list[str] = field(default_factory=list)

    def take(self, result: dict[str, Any], *, is_quiet: bool) -> None:
        if result["outcome"] != "ok":
            self.failed.append(f"{result['reason']}: {result['detail']}")
            return
        is_named = "cross-traffic" in result["facts"]["validity"]
        self.unseen += "others-unseen" in result["facts"]["remarks"]
        if is_quiet:
            self.quiet, self.wrong = self.quiet + 1, self.wrong + is_named
        else:
            self.trials, self.named = self.trials + 1, self.named + is_named

    def figures(self) -> dict[str, Any]:
        share = self.named / self.trials if self.trials else 0.0
        return {
            "trials": self.trials,
            "cross_traffic_named": round(share, 3),
            "quiet_runs": self.quiet,
            "quiet_runs_called_busy": self.wrong,
            "others_unseen": self.unseen,
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


def measured(scene: str, trials: int) -> Named:
    """``trials`` runs on each link and each way, and as many on the quiet line."""
    seen = Named()
    for mbps in LINKS:
        with ExitStack() as stack:
            line: ShapedPair | SharedLine
            if scene == "own_card":
                line = stack.enter_context(ShapedPair(mbps, mbps))
                other: Namespace = line.client
            else:
                line = stack.enter_context(SharedLine(mbps, tells="upnp" if scene == "other_machine" else ""))
                other = line.other
            server = stack.enter_context(measure_server(line.server))
            for _ in range(trials):
                for sender, receiver in ((line.server, other), (other, line.server)):
                    with filled(sender, receiver.address, mbps * 1e6 * SHARE):
                        seen.take(server.result(line.client), is_quiet=False)
                seen.take(server.result(line.client), is_quiet=True)
    return seen


def misses(scene: str, seen: Named) -> list[str]:
    missed = [f"{scene}: {len(seen.failed)} failed"] if seen.failed else []
    if scene == "other_machine_untold":
        told = seen.trials + seen.quiet - seen.unseen
        return [*missed, f"{scene}: {told} runs did not say that others are not seen"] if told else missed
    if not seen.trials or seen.named / seen.trials < TARGETS["cross_traffic_named"]:
        missed.append(f"{scene}: {seen.named} of {seen.trials} named")
    return missed
