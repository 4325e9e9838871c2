"""Shaped links between network namespaces: what benchmarks and lab tests measure against. Needs root.

Without a round-trip time or loss the link is a veth pair; with them it is a pair of TUN devices and the relay. Either
way the rate is set by the kernel's token bucket (tbf) at the sender's device, so the truth is known: the shaped rate
times the share of TCP payload in a frame (:meth:`ShapedPair.truth`). All addresses exist only inside the two namespaces.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
MTU = 1_500
SEGMENT = 1_448  # payload of a full TCP segment over IPv4 with timestamps
ETHERNET = 14  # header that tbf counts on a veth and not on a TUN device
OFFLOADS = ("tso", "gso", "gro", "lro")
SERVER_ADDRESS, CLIENT_ADDRESS = "198.18.0.1", "198.18.0.2"  # RFC 2544: for benchmarks of networks


def command(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Namespace:
    """One network namespace with one address on the link."""

    name: str
    address: str
    device: str

    def argv(self, words: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, words: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run to the end; ``timeout=60`` and captured text unless told otherwise."""
        settings: dict[str, Any] = {"timeout": 60, "capture_output": True, "cwd": ROOT, "check": False} | options
        return subprocess.run(self.argv(words), text=True, **settings)

    def popen(self, words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(self.argv(words), text=True, cwd=ROOT, **options)


def shape(namespace: str, device: str, mbps: float, latency_ms: float = 60.0) -> None:
    """Let ``device`` send at most ``mbps`` million bits a second (link layer), with a queue of ``latency_ms``.

    The bucket holds about 2 ms of the rate: small enough to be gone long before a measurement begins, large enough for
    a timer that is late. A bucket smaller than a joined segment makes tbf cut the segment up, which costs time only.
    """
    burst = max(4_000, int(mbps * 1e6 / 8 * 0.002))
    spec = ["rate", f"{int(mbps * 1e6)}bit", "burst", str(burst), "latency", f"{latency_ms}ms"]
    command("ip", "netns", "exec", namespace, "tc", "qdisc", "replace", "dev", device, "root", "tbf", *spec)


class Relay:
    """The process of ``tests/lab/relay.py``: a line with delay, loss and cuts between two namespaces."""

    def __init__(self, left: Namespace, right: Namespace) -> None:
        words = [sys.executable, "-m", "tests.lab.relay", left.name, left.device, right.name, right.device]
        self._process = subprocess.Popen(
            words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            self.stop()
            raise RuntimeError("the relay did not start")

    def set(self, *, delay_ms: float | None = None, loss: float | None = None, cut: bool | None = None) -> None:
        """``delay_ms`` is one way, ``loss`` a ratio each way, ``cut`` stops everything until it is False."""
        if delay_ms is not None:
            self._tell(f"delay {delay_ms / 1000}")
        if loss is not None:
            self._tell(f"loss {loss}")
        if cut is not None:
            self._tell("cut" if cut else "mend")

    def _tell(self, words: str) -> None:
        assert self._process.stdin is not None
        print(words, file=self._process.stdin, flush=True)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


class ShapedPair:
    """``with ShapedPair(20, 5, rtt_ms=40) as link:`` gives ``link.server`` and ``link.client``.

    The client receives at most ``down_mbps`` and sends at most ``up_mbps``. ``relayed=True`` uses the relay without
    delay too, so that the line can be cut: ``link.relay.set(cut=True)``.
    """

    def __init__(
        self, down_mbps: float, up_mbps: float, rtt_ms: float = 0.0, loss: float = 0.0, *, relayed: bool = False
    ) -> None:
        self.down_mbps, self.up_mbps, self.rtt_ms, self.loss = down_mbps, up_mbps, rtt_ms, loss
        self.is_relayed = relayed or rtt_ms > 0 or loss > 0
        tag = f"{os.getpid() % 100_000:x}{secrets.token_hex(2)}"
        self.server = Namespace(f"tns{tag}", SERVER_ADDRESS, f"s{tag}")
        self.client = Namespace(f"tnc{tag}", CLIENT_ADDRESS, f"c{tag}")
        self.relay: Relay | None = None
        self._undo = ExitStack()

    def truth(self, mbps: float) -> float:
        """Bits per second of TCP payload that a link of ``mbps`` (as tbf counts) carries in full segments."""
        frame = MTU if self.is_relayed else MTU + ETHERNET
        return mbps * 1e6 * SEGMENT / frame

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for space in (self.server, self.client):
                command("ip", "netns", "add", space.name)
                undo.callback(command, "ip", "netns", "del", space.name)
            self._connect(undo)
            for space, mbps in ((self.server, self.down_mbps), (self.client, self.up_mbps)):
                inside = ("ip", "-n", space.name)
                command(*inside, "address", "add", f"{space.address}/30", "dev", space.device)
                command(*inside, "link", "set", space.device, "mtu", str(MTU), "up")
                command(*inside, "link", "set", "lo", "up")
                shape(space.name, space.device, mbps)
            self._undo = undo.pop_all()
        return self

    def _connect(self, undo: ExitStack) -> None:
        if self.is_relayed:
            self.relay = Relay(self.server, self.client)
            undo.callback(self.relay.stop)
            self.relay.set(delay_ms=self.rtt_ms / 2, loss=self.loss)
            return
        peer = ("peer", "name", self.client.device, "netns", self.client.name)
        command("ip", "-n", self.server.name, "link", "add", self.server.device, "type", "veth", *peer)
        # A joined segment of 64 KB is half a second of a 1 Mbit/s line: slow links see the packets a real one sees.
        # Fast links keep the offloads, as 80,000 single packets a second would measure this machine's processor.
        if max(self.down_mbps, self.up_mbps) <= 100:
            for space in (self.server, self.client):
                switches = [word for name in OFFLOADS for word in (name, "off")]
                command("ip", "netns", "exec", space.name, "ethtool", "-K", space.device, *switches)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
