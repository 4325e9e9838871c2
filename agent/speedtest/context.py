"""What surrounded a measurement: the interface that it went through, its traffic, and the processor's load."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from agent.frame import ProbeError, Skip

SYS_NET = Path("/sys/class/net")
PROC = Path("/proc")
SIOCGIFADDR = 0x8915
IW_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    name: str  # "" when it could not be found
    medium: str  # "wire", "wifi", "mobile", "loopback", "unknown"
    bits_per_second: float | None = None  # what the link negotiated, where it says
    duplex: str = ""
    signal_dbm: float | None = None
    send_bits_per_second: float | None = None  # of Wi-Fi: the rates of the moment
    receive_bits_per_second: float | None = None

    @property
    def slowest(self) -> float | None:
        """Bits per second that the interface itself could carry, the slower way."""
        rates = (self.bits_per_second, self.send_bits_per_second, self.receive_bits_per_second)
        return min((rate for rate in rates if rate is not None), default=None)


@dataclass(frozen=True, slots=True)
class Counters:
    received: int
    sent: int


def interface_of(
    address: str, sys_net: Path = SYS_NET, proc: Path = PROC, iw: Callable[[str], dict[str, float]] | None = None
) -> Interface:
    """The interface that holds our own ``address``. ``iw`` asks for a Wi-Fi's signal and rates."""
    name = _name_of(address.partition("%")[0], proc)
    if not name:
        return Interface(name="", medium="unknown")
    if name == "lo":
        return Interface(name=name, medium="loopback")
    folder = sys_net / name
    is_wifi = (folder / "wireless").exists() or (folder / "phy80211").exists()
    if is_wifi:
        told = (iw or wifi_link)(name)
        return Interface(
            name=name,
            medium="wifi",
            duplex=_text(folder / "duplex"),
            signal_dbm=told.get("signal_dbm", _signal(name, proc)),
            send_bits_per_second=told.get("send_bps"),
            receive_bits_per_second=told.get("receive_bps"),
        )
    speed = _text(folder / "speed")  # megabits; -1 or an error where there is none
    is_mobile = "DEVTYPE=wwan" in _text(folder / "uevent").split()
    return Interface(
        name=name,
        medium="mobile" if is_mobile else "wire",
        bits_per_second=float(speed) * 1e6 if speed.isdigit() and speed != "0" else None,
        duplex=_text(folder / "duplex"),
    )


def wifi_link(name: str) -> dict[str, float]:
    """Signal and rates as ``iw`` tells them; empty where it is not installed or the card is in no network."""
    from agent.probes.host_network import parse_iw_link  # only here: a wired box needs none of it
    from agent.probes.host_source import runner

    try:
        told = parse_iw_link(runner(lambda: IW_SECONDS)(["iw", "dev", name, "link"]))
    except (Skip, ProbeError):
        return {}
    return {key: told[key] for key in ("signal_dbm", "send_bps", "receive_bps") if key in told}


def counters(interface: str, sys_net: Path = SYS_NET) -> Counters | None:
    """Bytes that the interface received and sent so far."""
    folder = sys_net / interface / "statistics"
    received, sent = _text(folder / "rx_bytes"), _text(folder / "tx_bytes")
    return Counters(int(received), int(sent)) if received.isdigit() and sent.isdigit() else None


class Load:
    """The processor's load from now on."""

    def __init__(self) -> None:
        self._own, self._wall = _own_cpu(), time.monotonic()
        self._busy, self._all = _machine_cpu()
        self._waited = _waited()

    def own(self) -> float:
        """Share of one core that this process used."""
        return (_own_cpu() - self._own) / max(1e-3, time.monotonic() - self._wall)

    def waited(self) -> float | None:
        """Share of the time that this process waited for a processor; None where the kernel does not tell."""
        now = _waited()
        if now is None or self._waited is None:
            return None
        return (now - self._waited) / max(1e-3, time.monotonic() - self._wall)

    def machine(self) -> float:
        """Share of all cores that was not idle, 0 to 1; 0 where the kernel does not tell."""
        busy, every = _machine_cpu()
        return (busy - self._busy) / (every - self._all) if every > self._all else 0.0


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _waited() -> float | None:
    """Seconds that this process was ready to run and did not."""
    fields = _text(PROC / "self" / "schedstat").split()
    return int(fields[1]) / 1e9 if len(fields) == 3 else None


def _machine_cpu() -> tuple[float, float]:
    """Ticks: not idle, and all."""
    fields = _text(PROC / "stat").partition("\n")[0].split()[1:9]
    ticks = [float(field) for field in fields]
    return (sum(ticks) - sum(ticks[3:5]), sum(ticks)) if len(ticks) == 8 else (0.0, 0.0)


def _name_of(address: str, proc: Path) -> str:
    wanted = ip_address(address)
    if isinstance(wanted, IPv6Address):
        if wanted.ipv4_mapped:
            return _name_of(str(wanted.ipv4_mapped), proc)
        rows = (line.split() for line in _text(proc / "net" / "if_inet6").splitlines())
        return next((row[5] for row in rows if len(row) == 6 and int(row[0], 16) == int(wanted)), "")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        for _, name in socket.if_nameindex():
            question = struct.pack("256s", os.fsencode(name)[:15])
            with contextlib.suppress(OSError):  # this one has no address
                if fcntl.ioctl(asker, SIOCGIFADDR, question)[20:24] == wanted.packed:
                    return name
    return "lo" if wanted.is_loopback else ""


def _signal(name: str, proc: Path) -> float | None:
    """Level in dBm from the kernel's table of wireless interfaces."""
    for line in _text(proc / "net" / "wireless").splitlines():
        words = line.split()
        if words and words[0] == f"{name}:" and len(words) > 3:
            with contextlib.suppress(ValueError):
                return float(words[3].rstrip("."))
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
