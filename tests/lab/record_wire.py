"""Records what Debian's daemons say on a wire: ``python -m tests.lab.record_wire FOLDER`` (root).

Writes frames as they were heard, ``<program>-<protocol>-<number>.hex``, for the parsers of agent/lan/. What must come
of each stands in tests/recorded/lan/expected.json, written by hand. This machine's kernel is not named.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agent.lan.wire import CDP_KIND
from tests.lab.things import COMMUNITY, Things
from tests.lab.wire import Wire

HOSTS = {1: "a4:2b:b0:00:00:01", 20: "00:17:c8:aa:00:14", 30: "18:c0:4d:00:00:1e", 40: "b8:27:eb:00:00:28"}
ETH_P_ALL = 3
SECONDS = 25.0
ANSWERS = {5353: "avahi-mdns", 1900: "miniupnpd-ssdp", 137: "nmbd-netbios", 161: "snmpd-snmp", 67: "dnsmasq-dhcp"}
MOST_OF_A_KIND = 5


def capture(seconds: float) -> None:
    """In the box's namespace: each distinct frame that came in, in hexadecimal, one a line."""
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as wire:
        wire.bind(("eth0", ETH_P_ALL))
        wire.settimeout(0.5)
        seen: set[bytes] = set()
        while time.monotonic() < end:
            try:
                frame, address = wire.recvfrom(9_000)
            except TimeoutError:
                continue
            if address[2] != 4 and frame not in seen:
                seen.add(frame)
                print(frame.hex(), flush=True)


def named(frames: list[bytes]) -> Iterator[tuple[str, bytes]]:
    counts: dict[str, int] = {}
    for frame in frames:
        kind = ""
        if frame[12:14] == b"\x88\xcc":
            kind = "lldpd-lldp"
        elif frame[14:22] == CDP_KIND:
            kind = "lldpd-cdp"
        elif frame[12:14] == b"\x08\x00" and frame[23] == 17:
            at = 14 + 4 * (frame[14] & 15)
            kind = ANSWERS.get(int.from_bytes(frame[at : at + 2], "big"), "")
        if kind == "avahi-mdns" and not frame[14 + 20 + 8 + 2] & 0x80:
            kind = ""
        if kind and counts.get(kind, 0) < MOST_OF_A_KIND:
            counts[kind] = counts.get(kind, 0) + 1
            yield f"{kind}-{counts[kind]}", frame


def main(argv: list[str]) -> int:
    if argv[0] == "--capture":
        capture(float(argv[1]))
        return 0
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    with Wire(HOSTS) as wire, Things(wire) as there:
        there.lldpd(wire.switch, "sw-tang-1", device="p7", cdp=True)
        there.avahi(20, "may-in-hieu-bo", {"_ipp._tcp": "ty=HP LaserJet 400;rp=ipp/print"})
        there.nmbd(30, "PHONGMAY-01")
        there.snmpd(40, "kho-tang-2", "Linux lab 6.1 server")
        there.miniupnpd(1, "Bộ định tuyến của trường")
        there.dnsmasq(1)
        time.sleep(5)
        words = [sys.executable, "-m", "tests.lab.record_wire", "--capture", str(SECONDS)]
        with wire.box.popen(words, stdout=subprocess.PIPE) as capturing:
            time.sleep(1.0)  # it listens
            asked = json.dumps({"settings": {"listen": 14, "snmp_community": COMMUNITY}})
            wire.box.run([sys.executable, "-P", "-m", "agent.once", "lan", "50"], input=asked)
            frames = [bytes.fromhex(line) for line in capturing.communicate(timeout=60)[0].split()]
    for name, frame in named(frames):
        unnamed = frame.replace(os.uname().release.encode(), b"6.1.0-debian".ljust(len(os.uname().release), b"."))
        (folder / f"{name}.hex").write_text(unnamed.hex() + "\n")
        print(name, len(frame))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
