"""One wire of a school: a box and many hosts on a bridge, each a network namespace with a kernel that answers ARP.

Needs root. All addresses exist only inside the namespaces, and all of it is gone at the end.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.lab.links import Namespace, command

NET = "10.82.1"
PREFIX = 24
BOX = 7
GATEWAY = 1


def batch(lines: list[str]) -> None:
    """Many ``ip`` commands in one process."""
    done = subprocess.run(
        ["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())


class Wire:
    """``with Wire({20: "b8:27:eb:00:00:14"}) as wire:`` gives ``wire.box``; hosts are by the last byte of their
    address, an empty MAC leaves the kernel's own (a random, locally administered one)."""

    def __init__(self, hosts: Mapping[int, str]) -> None:
        self.macs = dict(hosts)
        self._tag = f"{os.getpid() % 100_000:x}{secrets.token_hex(2)}"
        self.box = Namespace(f"tnw{self._tag}b", f"{NET}.{BOX}", "eth0")
        self._switch = f"tnw{self._tag}s"
        self._undo = ExitStack()

    def space(self, host: int) -> str:
        return f"tnw{self._tag}h{host}"

    @property
    def switch(self) -> str:
        """The namespace of the bridge; its port towards a host is ``p<host>``, to the box ``p7``."""
        return self._switch

    @property
    def addresses(self) -> set[str]:
        return {f"{NET}.{host}" for host in self.macs}

    def __enter__(self) -> Self:
        names = [self._switch, self.box.name, *(self.space(host) for host in self.macs)]
        with ExitStack() as undo:
            undo.callback(lambda: batch([f"netns del {name}" for name in names]))
            batch([f"netns add {name}" for name in names])
            command("ip", "-n", self._switch, "link", "add", "br0", "type", "bridge")
            command("ip", "-n", self._switch, "link", "set", "br0", "up")
            self._plug(self.box.name, BOX, "")
            command("ip", "-n", self.box.name, "route", "add", "default", "via", f"{NET}.{GATEWAY}")
            for host, mac in self.macs.items():
                self._plug(self.space(host), host, mac)
                if not mac:
                    self.macs[host] = self.read_mac(host)
            self._undo = undo.pop_all()
        return self

    def _plug(self, space: str, host: int, mac: str) -> None:
        address = f" address {mac}" if mac else ""
        port = f"p{host}"
        for name, lines in (
            (
                self._switch,
                [
                    f"link add {port} type veth peer name eth0{address} netns {space}",
                    f"link set {port} master br0 up",
                ],
            ),
            (space, ["link set lo up", f"address add {NET}.{host}/{PREFIX} dev eth0", "link set eth0 up"]),
        ):
            done = subprocess.run(
                ["ip", "-n", name, "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(done.stderr.strip())

    def read_mac(self, host: int) -> str:
        words = ["ip", "netns", "exec", self.space(host), "cat", "/sys/class/net/eth0/address"]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
