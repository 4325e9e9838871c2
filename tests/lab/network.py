"""The lab's wires: an Internet of one provider between a province and its schools, all in network namespaces.

::

    province ── provider ──(shaped)── router of a school ══ bridge ══ box
                   │                  (NAT)                   ╠══ PC, TV, printer: they answer ARP and ping
                names, two targets                            ╚══ …

Every school has the same 192.168.1.0/24 behind its router, as real ones have. The addresses exist only inside the
namespaces; this machine's own network is neither touched nor reached, and everything is gone at the end. Needs root.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.links import OFFLOADS, Namespace, command, shape

NAMES = "203.0.113.53"
DOMESTIC, INTERNATIONAL = "203.0.113.10", "203.0.113.20"
PROVINCE = "198.18.0.2"
GATEWAY, BOX, SECOND_BOX = "192.168.1.1", "192.168.1.10", "192.168.1.11"
PREFIX = "tnlab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A school's line as the contract has it: million bits per second, as the link layer counts."""

    down: float
    up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something on a school's wire."""

    name: str
    mac: str
    address: str


# Prefixes that the IEEE gave to makers whose things schools have; the last one is private, as telephones use it.
THINGS = (
    Thing(name="pc", mac="d8:9e:f3:10:20:30", address="192.168.1.21"),
    Thing(name="tv", mac="8c:79:f5:10:20:31", address="192.168.1.22"),
    Thing(name="phone", mac="02:1a:2b:3c:4d:5e", address="192.168.1.23"),
)


def remove_leftovers() -> None:
    """Namespaces of an earlier lab whose process is no more."""
    for path in Path("/run/netns").glob(f"{PREFIX}*"):
        found = re.fullmatch(rf"{PREFIX}(\d+)x[0-9a-f]+-.*", path.name)
        if found and not Path("/proc", found[1]).exists():
            command("ip", "netns", "del", path.name)


class Network:
    """``with Network([Line(down=5, up=5), …]) as network:`` gives ``province``, ``boxes`` and ``routers``."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        tag = f"{PREFIX}{os.getpid()}x{secrets.token_hex(2)}"
        numbers = range(1, len(lines) + 1)
        self.provider = Namespace(f"{tag}-provider", "198.18.0.1", "province")
        self.province = Namespace(f"{tag}-province", PROVINCE, "eth0")
        self.routers = [Namespace(f"{tag}-router{n}", f"100.64.{n}.2", "uplink") for n in numbers]
        self.boxes = [Namespace(f"{tag}-box{n}", BOX, "eth0") for n in numbers]
        self.guests = [Namespace(f"{tag}-guest{n}", SECOND_BOX, "eth0") for n in numbers]
        self.things = {
            (n, thing.name): Namespace(f"{tag}-{thing.name}{n}", thing.address, "eth0")
            for n in numbers
            for thing in THINGS
        }
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        remove_leftovers()
        with ExitStack() as undo:
            everyone = (self.provider, self.province, *self.routers, *self.boxes, *self.guests, *self.things.values())
            for space in everyone:
                command("ip", "netns", "add", space.name)
                undo.callback(command, "ip", "netns", "del", space.name)
                command("ip", "-n", space.name, "link", "set", "lo", "up")
            for space in (self.provider, *self.routers):
                space.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
            for address in (NAMES, DOMESTIC, INTERNATIONAL):
                command("ip", "-n", self.provider.name, "address", "add", f"{address}/32", "dev", "lo")
            join(self.province, "eth0", f"{PROVINCE}/24", self.provider, "province", "198.18.0.1/24")
            default(self.province, "198.18.0.1")
            for number in range(1, len(self.lines) + 1):
                self._school(number)
            undo.callback(end, self._names())
            self._undo = undo.pop_all()
        return self

    def _names(self) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "tests.lab.names", NAMES]
        return self.provider.popen(words, stdin=subprocess.PIPE, start_new_session=True)

    def _school(self, number: int) -> None:
        router, line = self.routers[number - 1], self.lines[number - 1]
        port = f"school{number}"
        join(router, "uplink", f"100.64.{number}.2/30", self.provider, port, f"100.64.{number}.1/30")
        default(router, f"100.64.{number}.1")
        shape(self.provider.name, port, line.down)
        shape(router.name, "uplink", line.up)
        table = "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; "
        router.run(["nft", table + "add rule ip nat out oifname uplink masquerade"], check=True)
        command("ip", "-n", router.name, "link", "add", "lan", "type", "bridge")
        command("ip", "-n", router.name, "address", "add", f"{GATEWAY}/24", "dev", "lan")
        command("ip", "-n", router.name, "link", "set", "lan", "up")
        wired = [(self.boxes[number - 1], "box", ""), (self.guests[number - 1], "guest", "")]
        wired += [(self.things[number, thing.name], thing.name, thing.mac) for thing in THINGS]
        for space, name, mac in wired:
            join(space, "eth0", f"{space.address}/24", router, name, "")
            if mac:
                command("ip", "-n", space.name, "link", "set", "eth0", "address", mac)
            command("ip", "-n", router.name, "link", "set", name, "master", "lan")
            default(space, GATEWAY)

    def cut(self, number: int, *, is_cut: bool = True) -> None:
        """The provider's end of a school's line goes down, or comes up again. ``number`` is from 1."""
        command("ip", "-n", self.provider.name, "link", "set", f"school{number}", "down" if is_cut else "up")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()


def end(process: subprocess.Popen[str]) -> None:
    """Of a process that ends with its standard input."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def join(left: Namespace, device: str, address: str, right: Namespace, other: str, other_address: str) -> None:
    """A cable between two namespaces, without the offloads that would make packets no real line has."""
    peer = ("peer", "name", other, "netns", right.name)
    command("ip", "-n", left.name, "link", "add", device, "type", "veth", *peer)
    switches = [word for offload in OFFLOADS for word in (offload, "off")]
    for space, name, its in ((left, device, address), (right, other, other_address)):
        if its:
            command("ip", "-n", space.name, "address", "add", its, "dev", name)
        command("ip", "netns", "exec", space.name, "ethtool", "-K", name, *switches)
        command("ip", "-n", space.name, "link", "set", name, "up")


def default(space: Namespace, gateway: str) -> None:
    command("ip", "-n", space.name, "route", "add", "default", "via", gateway)
