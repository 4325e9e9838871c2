"""Real programs of Debian on the hosts of a ``Wire``: switches, printers, PCs and routers as a sweep meets them.

Each is a Debian daemon in its host's network namespace, with a mount and a UTS namespace of its own, so that many of a
kind run beside each other and none touches this machine. Needs root, and the packages of setup/debian.txt.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.links import ROOT
from tests.lab.wire import NET, Wire

# program -> Debian package
PROGRAMS = {
    "avahi-daemon": "avahi-daemon",
    "dnsmasq": "dnsmasq-base",
    "lldpd": "lldpd",
    "miniupnpd": "miniupnpd-nftables",
    "nmbd": "samba",
    "snmpd": "snmpd",
}
PRIVATE = (
    'set -eu; hostname "$1"; shift; mount -t tmpfs tmpfs /run; mkdir -p /run/avahi-daemon /run/lldpd /run/samba; '
    'mount --bind "$1/services" /etc/avahi/services 2>/dev/null || true; shift; exec "$@"'
)
COMMUNITY = "truong-doc"
AVAHI = """\
[server]
host-name={name}
use-ipv6=no
allow-interfaces=eth0
enable-dbus=no
[wide-area]
enable-wide-area=no
[publish]
publish-workstation={workstation}
[rlimits]
"""
SERVICE = """\
<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{name}</name><service><type>{kind}</type><port>{port}</port>{texts}</service></service-group>
"""
SMB = """\
[global]
netbios name = {name}
workgroup = TRUONG
interfaces = eth0
bind interfaces only = yes
local master = no
log level = 0
log file = {folder}/nmbd.log
lock directory = {folder}/lock
state directory = {folder}/state
cache directory = {folder}/cache
pid directory = {folder}/pid
private dir = {folder}/private
"""
SNMP = "rocommunity {community}\nsysname {name}\nsysdescr {descr}\nagentaddress udp:161\n"
# It wants a public address, and never calls it.
UPNP = """\
ext_ifname=lo
ext_ip=9.9.9.9
listening_ip=eth0
enable_natpmp=no
enable_upnp=yes
friendly_name={name}
manufacturer_name=Example
model_name=RT-1
uuid=0c0e5f46-3a0e-4d3e-9c1d-{number:012d}
allow 1024-65535 0.0.0.0/0 1024-65535
"""


def missing() -> list[str]:
    """Packages whose program is not here."""
    return sorted(package for program, package in PROGRAMS.items() if shutil.which(program, path=PATH) is None)


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Things:
    """``with Things(wire) as things: things.lldpd("s", "sw-tang-1", port="p7")``. All ends with the context."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._undo = ExitStack()
        self._folder = Path()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="tnthings")))
            self._folder.chmod(0o755)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _start(self, space: str, name: str, words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        (folder / "services").mkdir(parents=True, exist_ok=True)
        log = (folder / "log").open("wb")
        self._undo.callback(log.close)
        inside = ["ip", "netns", "exec", space, "unshare", "--mount", "--uts", "--pid", "--kill-child", "--fork"]
        process = subprocess.Popen(
            [*inside, "sh", "-c", PRIVATE, "sh", name, str(folder), *words],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={"PATH": PATH},
        )  # fmt: skip
        self._undo.callback(end, process)
        return process

    def _place(self, space: str, program: str) -> Path:
        folder = self._folder / f"{space}-{program}"
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        return folder

    def lldpd(self, space: str, name: str, *, device: str = "eth0", cdp: bool = False) -> None:
        """Speaks LLDP each 5 seconds (and CDP as well) out of ``device``."""
        folder = self._place(space, "lldpd")
        config = folder / "lldpd.conf"
        config.write_text("configure lldp tx-interval 5\n")
        words = ["lldpd", "-d", "-l", "-u", "/run/lldpd.socket", "-O", str(config), "-I", device]
        words += ["-S", f"Debian of the lab, {name}", *(["-cc"] if cdp else [])]
        self._start(space, name, words, folder)

    def avahi(self, host: int, name: str, services: dict[str, str] | None = None, *, workstation: bool = False) -> None:
        """``services``: kind → the TXT record "key=value;key=value"."""
        space = self.wire.space(host)
        folder = self._place(space, "avahi")
        (folder / "services").mkdir(exist_ok=True)
        for number, (kind, text) in enumerate((services or {}).items()):
            texts = "".join(f"<txt-record>{part}</txt-record>" for part in text.split(";") if part)
            body = SERVICE.format(name=f"{name} {number}", kind=kind, port=600 + number, texts=texts)
            (folder / "services" / f"{number}.service").write_text(body)
        config = folder / "avahi.conf"
        config.write_text(AVAHI.format(name=name, workstation="yes" if workstation else "no"))
        words = ["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", str(config)]
        self._start(space, name, words, folder)

    def nmbd(self, host: int, name: str) -> None:
        space = self.wire.space(host)
        folder = self._place(space, "nmbd")
        for part in ("lock", "state", "cache", "pid", "private"):
            (folder / part).mkdir()
        config = folder / "smb.conf"
        config.write_text(SMB.format(name=name, folder=folder))
        self._start(space, name, ["nmbd", "--foreground", "--no-process-group", "-s", str(config)], folder)

    def snmpd(self, host: int, name: str, descr: str) -> None:
        space = self.wire.space(host)
        folder = self._place(space, "snmpd")
        config = folder / "snmpd.conf"
        config.write_text(SNMP.format(community=COMMUNITY, name=name, descr=descr))
        words = ["env", f"SNMP_PERSISTENT_DIR={folder}", "snmpd", "-f", "-Lf", "/dev/null", "-C", "-c", str(config)]
        self._start(space, name, words, folder)

    def dnsmasq(self, host: int, *, router: str = "") -> subprocess.Popen[bytes]:
        """A DHCP server that offers ``NET.150`` to ``NET.200``, and itself as the router unless told otherwise."""
        space = self.wire.space(host)
        folder = self._place(space, f"dnsmasq{time.monotonic_ns()}")
        return self._start(space, "dhcp", dnsmasq(NET, folder, router), folder)

    def miniupnpd(self, host: int, name: str) -> None:
        space = self.wire.space(host)
        folder = self._place(space, "miniupnpd")
        config = folder / "miniupnpd.conf"
        config.write_text(UPNP.format(name=name, number=host))
        self._start(space, f"router-{host}", ["miniupnpd", "-d", "-f", str(config), "-P", "/run/miniupnpd.pid"], folder)


def dnsmasq(net: str, folder: Path, router: str = "", device: str = "eth0") -> list[str]:
    words = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root"]
    words += [f"--interface={device}", "--bind-interfaces", "--no-ping", "--dhcp-authoritative", "--no-hosts"]
    words += [f"--dhcp-range={net}.150,{net}.200,2m", f"--dhcp-leasefile={folder}/leases", "--no-resolv"]
    return [*words, *([f"--dhcp-option=3,{router}"] if router else []), f"--pid-file={folder}/pid"]


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the first process inside, and with it its namespace: whoever drops root forgets ``--kill-child``."""
    if process.poll() is not None:
        return
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    process.kill()
    process.wait(5)
