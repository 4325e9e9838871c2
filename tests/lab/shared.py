"""A line that a box shares with another machine of its school, as at a school: needs root, and Debian's miniupnpd.

::

    server ── provider ══ router ─┬─ client (the box)
                                  └─ other

The provider shapes what comes down, the router what goes up, so that what ``other`` moves never crosses the card of
``client``. The router may tell its counters by UPnP (``tells="upnp"``, a real miniupnpd) or SNMP (``tells="snmp"``, a
real snmpd), or not at all.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.lab.links import MTU, OFFLOADS, ROOT, SERVER_ADDRESS, Namespace, command, shape

COMMUNITY = "truong-doc"
PROVIDER = ("198.18.0.1", "198.18.0.2")  # its end and the router's
LAN = {"client": "198.18.2", "other": "198.18.3"}
UPNP = """\
ext_ifname={wan}
ext_ip=9.9.9.9
listening_ip={lan}
enable_natpmp=no
enable_upnp=yes
uuid=0c0e5f46-3a0e-4d3e-9c1d-0000000000aa
allow 1024-65535 0.0.0.0/0 1024-65535
"""
SNMP = "rocommunity {community}\nagentaddress udp:161\n"


class SharedLine:
    """``with SharedLine(20, tells="upnp") as line:`` gives ``line.server``, ``line.client`` and ``line.other``."""

    def __init__(self, mbps: float, tells: Literal["", "upnp", "snmp"] = "") -> None:
        tag = f"{os.getpid() % 100_000:x}{secrets.token_hex(2)}"
        self._mbps, self._tells = mbps, tells
        self.server = Namespace(f"tns{tag}", SERVER_ADDRESS, f"s{tag}")
        self.client = Namespace(f"tnc{tag}", f"{LAN['client']}.2", f"c{tag}")
        self.other = Namespace(f"tno{tag}", f"{LAN['other']}.2", f"o{tag}")
        self._provider = Namespace(f"tnp{tag}", PROVIDER[0], f"p{tag}")
        self.router = Namespace(f"tnr{tag}", PROVIDER[1], f"w{tag}")
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for space in (self.server, self.client, self.other, self._provider, self.router):
                command("ip", "netns", "add", space.name)
                undo.callback(command, "ip", "netns", "del", space.name)
                command("ip", "-n", space.name, "link", "set", "lo", "up")
            for space in (self._provider, self.router):
                space.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
            self._join(self.server, self._provider, self.server.address, "198.18.1.1")
            self._join(self.client, self.router, self.client.address, f"{LAN['client']}.1")
            self._join(self.other, self.router, self.other.address, f"{LAN['other']}.1")
            self._join(self.router, self._provider, *reversed(PROVIDER))
            for net in LAN.values():
                command("ip", "-n", self._provider.name, "route", "add", f"{net}.0/24", "via", PROVIDER[1])
            shape(self._provider.name, f"r{self.router.device}", self._mbps)
            shape(self.router.name, self.router.device, self._mbps)
            if self._tells:
                self._tell(undo)
            self._undo = undo.pop_all()
        return self

    def _join(self, end: Namespace, router: Namespace, address: str, beyond: str) -> None:
        """A pair of cards; ``end`` sends all that it knows no other way for to ``router``."""
        device = f"r{end.device}"
        peer = ("peer", "name", device, "netns", router.name)
        command("ip", "-n", end.name, "link", "add", end.device, "type", "veth", *peer)
        for space, name, own in ((end, end.device, address), (router, device, beyond)):
            command("ip", "-n", space.name, "address", "add", f"{own}/24", "dev", name)
            command("ip", "-n", space.name, "link", "set", name, "mtu", str(MTU), "up")
            switches = [word for offload in OFFLOADS for word in (offload, "off")]
            command("ip", "netns", "exec", space.name, "ethtool", "-K", name, *switches)
        command("ip", "-n", end.name, "route", "add", "default", "via", beyond)

    def _tell(self, undo: ExitStack) -> None:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="tnrouter")))
        config = folder / "config"
        if self._tells == "upnp":
            config.write_text(UPNP.format(wan=self.router.device, lan=f"r{self.client.device}"))
            words = ["miniupnpd", "-d", "-f", str(config), "-P", str(folder / "pid")]
        else:
            config.write_text(SNMP.format(community=COMMUNITY))
            words = ["snmpd", "-f", "-Lo", "-C", "-c", str(config), "-I", "-systemstats"]
        log = undo.enter_context((folder / "log").open("wb"))
        environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin", "SNMP_PERSISTENT_DIR": str(folder)}
        process = subprocess.Popen(
            self.router.argv(words), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        undo.callback(process.wait, 10)
        undo.callback(process.terminate)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
