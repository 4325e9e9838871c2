"""Where this machine's packets go: default gateways, name servers, the address of a card. Read from /proc and /etc.

Needs no rights and no program. Every reader takes the root of the file system, so that tests bring their own.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B
RTF_UP, RTF_GATEWAY, RTF_REJECT = 0x1, 0x2, 0x200
STUB = "127.0.0.53"  # systemd-resolved: the servers behind it stand in a file of its own


@dataclass(frozen=True, slots=True)
class Gateway:
    interface: str
    address: str


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def gateways(root: Path = ROOT) -> list[Gateway]:
    """The default gateways, IPv4 first, best metric first; empty without a default route."""
    return [gateway for _, gateway in sorted(_ipv4(root), key=lambda found: found[0])] + [
        gateway for _, gateway in sorted(_ipv6(root), key=lambda found: found[0])
    ]


def _ipv4(root: Path) -> list[tuple[int, Gateway]]:
    found = []
    for line in read(root / "proc/net/route").splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        if int(fields[3], 16) & (RTF_UP | RTF_GATEWAY | RTF_REJECT) != RTF_UP | RTF_GATEWAY:
            continue
        # In the byte order of the machine, as the kernel prints it.
        address = socket.inet_ntoa(struct.pack("=I", int(fields[2], 16)))
        found.append((int(fields[6]), Gateway(fields[0], address)))
    return found


def _ipv6(root: Path) -> list[tuple[int, Gateway]]:
    found = []
    for line in read(root / "proc/net/ipv6_route").splitlines():
        fields = line.split()
        if len(fields) < 10 or fields[0] != "0" * 32 or fields[1] != "00" or fields[4] == "0" * 32:
            continue
        if int(fields[8], 16) & (RTF_UP | RTF_GATEWAY | RTF_REJECT) != RTF_UP | RTF_GATEWAY:
            continue
        address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[4]))
        if address.startswith("fe80:"):
            address += f"%{fields[9]}"
        found.append((int(fields[5], 16), Gateway(fields[9], address)))
    return found


def nameservers(root: Path = ROOT) -> list[str]:
    """The name servers that this machine asks; those behind systemd-resolved when it stands in between."""
    found = _listed(root / "etc/resolv.conf")
    if found == [STUB]:
        return _listed(root / "run/systemd/resolve/resolv.conf") or found
    return found


def _listed(path: Path) -> list[str]:
    lines = (line.split() for line in read(path).splitlines())
    return [words[1] for words in lines if len(words) >= 2 and words[0] == "nameserver"][:3]


def ipv4(interface: str) -> tuple[str, int] | None:
    """Address and length of the prefix of a card; None when it has no IPv4 address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asking:
        request = struct.pack("256s", interface.encode()[:15])
        try:
            address = fcntl.ioctl(asking, SIOCGIFADDR, request)[20:24]
            mask = fcntl.ioctl(asking, SIOCGIFNETMASK, request)[20:24]
        except OSError:
            return None
    return socket.inet_ntoa(address), int.from_bytes(mask, "big").bit_count()


def network(address: str, prefix: int) -> str:
    """``192.168.1.7`` and 24 give ``192.168.1.0/24``."""
    number = int.from_bytes(socket.inet_aton(address), "big") >> (32 - prefix) << (32 - prefix)
    return f"{socket.inet_ntoa(number.to_bytes(4, 'big'))}/{prefix}"
