"""Shaped links between network namespaces: what benchmarks and lab tests measure against. Needs root.

Between the two ends lies a router, as at a school: the ends see full interfaces, and what is too much is queued and
dropped by a box that is not theirs. The rate is set by the kernel's token bucket (tbf) on the router's devices, so the
truth is known: the shaped rate times the share of TCP payload in a frame (:meth:`ShapedPair.truth`). For a round-trip
time, loss or cuts the router is two, with the relay (``tests/lab/relay.py``) between them::

    server ── router ── client            server ── far ══ relay ══ near ── client

All addresses exist only inside the namespaces, and all of it is gone at the end.
"""

from __future__ import annotations

import json
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
ETHERNET = 14  # header, which tbf counts, too
OFFLOADS = ("tso", "gso", "gro", "lro")
SERVER_NET, CLIENT_NET = "198.18.1", "198.18.2"  # RFC 2544: for benchmarks of networks
SERVER_ADDRESS, CLIENT_ADDRESS = f"{SERVER_NET}.2", f"{CLIENT_NET}.2"
FAR_ADDRESS, NEAR_ADDRESS = "198.18.0.1", "198.18.0.2"


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


def shape(namespace: str, device: str, mbps: float, queue_seconds: float = 0.06) -> None:
    """Let ``device`` send at most ``mbps`` million bits a second (link layer), with a queue of ``queue_seconds`` but at
    least 64 KB, as small routers have.

    The bucket holds about 2 ms of the rate: small enough to be gone long before a measurement begins, large enough for
    a timer that is late. A bucket smaller than a joined segment makes tbf cut the segment up, which costs time only.
    """
    burst = max(4_000, int(mbps * 1e6 / 8 * 0.002))
    limit = burst + max(65_536, int(mbps * 1e6 / 8 * queue_seconds))
    spec = ["rate", f"{int(mbps * 1e6)}bit", "burst", str(burst), "limit", str(limit)]
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

    The client receives at most ``down_mbps`` and sends at most ``up_mbps``; the shapers come last on the way, so that
    what was lost before them takes nothing of the rate. ``relayed=True`` uses the relay without delay too, so that the
    line can be cut: ``link.relay.set(cut=True)``.
    """

    def __init__(
        self, down_mbps: float, up_mbps: float, rtt_ms: float = 0.0, loss: float = 0.0, *, relayed: bool = False
    ) -> None:
        self.down_mbps, self.up_mbps, self.rtt_ms, self.loss = down_mbps, up_mbps, rtt_ms, loss
        self.is_relayed = relayed or rtt_ms > 0 or loss > 0
        tag = f"{os.getpid() % 100_000:x}{secrets.token_hex(2)}"
        self.server = Namespace(f"tns{tag}", SERVER_ADDRESS, f"s{tag}")
        self.client = Namespace(f"tnc{tag}", CLIENT_ADDRESS, f"c{tag}")
        self._far = Namespace(f"tnf{tag}", FAR_ADDRESS, f"f{tag}")
        self._near = Namespace(f"tnn{tag}", NEAR_ADDRESS, f"n{tag}") if self.is_relayed else self._far
        self.relay: Relay | None = None
        self._undo = ExitStack()

    @staticmethod
    def truth(mbps: float) -> float:
        """Bits per second of TCP payload that a link of ``mbps`` (as tbf counts) carries in full segments."""
        return mbps * 1e6 * SEGMENT / (MTU + ETHERNET)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for space in {self.server, self.client, self._far, self._near}:
                command("ip", "netns", "add", space.name)
                undo.callback(command, "ip", "netns", "del", space.name)
                command("ip", "-n", space.name, "link", "set", "lo", "up")
                space.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
            self._join(self.server, self._far, SERVER_NET, self.up_mbps)
            self._join(self.client, self._near, CLIENT_NET, self.down_mbps)
            if self.is_relayed:
                self._relay(undo)
            self._undo = undo.pop_all()
        return self

    def reshape(self, down_mbps: float, up_mbps: float) -> None:
        """Other rates from now on, as when a provider's line gets worse."""
        shape(self._near.name, f"r{self.client.device}", down_mbps)
        shape(self._far.name, f"r{self.server.device}", up_mbps)

    def _join(self, end: Namespace, router: Namespace, net: str, mbps: float) -> None:
        """A veth pair from an end to its router, who sends at most ``mbps`` to it."""
        device = f"r{end.device}"
        peer = ("peer", "name", device, "netns", router.name)
        command("ip", "-n", end.name, "link", "add", end.device, "type", "veth", *peer)
        for space, name, address in ((end, end.device, end.address), (router, device, f"{net}.1")):
            command("ip", "-n", space.name, "address", "add", f"{address}/24", "dev", name)
            command("ip", "-n", space.name, "link", "set", name, "mtu", str(MTU), "up")
        command("ip", "-n", end.name, "route", "add", "default", "via", f"{net}.1")
        # A joined segment of 64 KB is half a second of a 1 Mbit/s line: slow links see the packets a real one sees.
        # Fast links keep the offloads, as 80,000 single packets a second would measure this machine's processor.
        if self.is_relayed or max(self.down_mbps, self.up_mbps) <= 100:
            switches = [word for offload in OFFLOADS for word in (offload, "off")]
            for space, name in ((end, end.device), (router, device)):
                command("ip", "netns", "exec", space.name, "ethtool", "-K", name, *switches)
        shape(router.name, device, mbps)

    def _relay(self, undo: ExitStack) -> None:
        self.relay = Relay(self._far, self._near)
        undo.callback(self.relay.stop)
        self.relay.set(delay_ms=self.rtt_ms / 2, loss=self.loss)
        for space, other, net in ((self._far, self._near, CLIENT_NET), (self._near, self._far, SERVER_NET)):
            command("ip", "-n", space.name, "address", "add", space.address, "peer", other.address, "dev", space.device)
            command("ip", "-n", space.name, "link", "set", space.device, "mtu", str(MTU), "txqueuelen", "4000", "up")
            command("ip", "-n", space.name, "route", "add", f"{net}.0/24", "via", other.address)

    def carried(self) -> int:
        """Bytes over the client's interface so far, both ways, headers and all."""
        shown = json.loads(
            command("ip", "-n", self.client.name, "-json", "-statistics", "link", "show", self.client.device)
        )
        return int(shown[0]["stats64"]["rx"]["bytes"]) + int(shown[0]["stats64"]["tx"]["bytes"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
