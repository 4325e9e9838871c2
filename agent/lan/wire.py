"""The raw socket that hears what a wire says by itself: ARP, LLDP, CDP, answers of DHCP servers, mDNS. Needs
CAP_NET_RAW to open, and nothing after that.

The kernel filters: nothing else of the school's traffic ever reaches this process.
"""

from __future__ import annotations

import ctypes
import select
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.arp import ETH_P_ARP, speaker
from agent.clock import monotonic
from agent.frame import ProbeError
from agent.lan.dhcp import number_of

ETH_P_ALL, ETH_P_IP, ETH_P_LLDP = 0x0003, 0x0800, 0x88CC
SOL_PACKET, ADD_MEMBERSHIP, MULTICAST = 263, 1, 0
SO_ATTACH_FILTER = 26
OUTGOING = 4
LLDP_GROUPS = ("0180c200000e", "0180c2000003", "0180c2000000")
CDP_GROUP, MDNS_GROUP = "01000ccccccc", "01005e0000fb"
CDP_KIND = bytes.fromhex("aaaa0300000c2000")  # LLC and SNAP: Cisco, protocol 0x2000
SNAP = 2_048  # bytes of a frame that are kept

# Classic BPF: operation, then where to when true and when false ("yes" takes the frame, "no" leaves it), constant.
LDB, LDH, LD, LDXIHL, LDHX, JEQ, JSET, RET = 0x30, 0x28, 0x20, 0xB1, 0x48, 0x15, 0x45, 0x06
PROGRAM: tuple[tuple[str, int, str, str, int], ...] = (
    ("", LDH, "", "", 12),
    ("", JEQ, "yes", "", ETH_P_ARP),
    ("", JEQ, "yes", "", ETH_P_LLDP),
    ("", JEQ, "ip", "", ETH_P_IP),
    ("", LD, "", "", 0),
    ("", JEQ, "", "no", 0x01000CCC),
    ("", LDH, "", "", 4),
    ("", JEQ, "yes", "no", 0xCCCC),
    ("ip", LDB, "", "", 23),
    ("", JEQ, "", "no", 17),
    ("", LDH, "", "", 20),
    ("", JSET, "no", "", 0x1FFF),  # a later fragment has no ports
    ("", LDXIHL, "", "", 14),
    ("", LDHX, "", "", 16),
    ("", JEQ, "yes", "", 68),
    ("", JEQ, "yes", "no", 5353),
    ("yes", RET, "", "", SNAP),
    ("no", RET, "", "", 0),
)
# Distinct frames of each kind that are kept; what floods a wire is counted.
KEPT = {"lldp": 32, "cdp": 32, "offer": 64, "dhcp": 64, "mdns": 256}
MAX_SPEAKERS = 1_024


@dataclass(slots=True)
class Catch:
    """What was heard."""

    frames: dict[str, dict[bytes, None]] = field(default_factory=dict)  # kind -> distinct frames, in their order
    speakers: dict[str, set[str]] = field(default_factory=dict)  # IPv4 address -> MACs, by ARP
    counts: dict[str, int] = field(default_factory=dict)
    dropped: int = 0

    def take(self, frame: bytes, number: int) -> None:
        """``number``: the transaction of our own DHCP question; its answers are never crowded out by others'."""
        kind = kind_of(frame, number)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "arp":
            heard = speaker(frame)
            if heard and (heard[0] in self.speakers or len(self.speakers) < MAX_SPEAKERS):
                macs = self.speakers.setdefault(heard[0], set())
                if len(macs) < 8:
                    macs.add(heard[1])
        elif kind:
            kept = self.frames.setdefault(kind, {})
            if frame in kept:
                return
            if len(kept) < KEPT[kind]:
                kept[frame] = None
            else:
                self.dropped += 1


def kind_of(frame: bytes, number: int) -> str:
    ethertype = int.from_bytes(frame[12:14], "big")
    if ethertype == ETH_P_ARP:
        return "arp"
    if ethertype == ETH_P_LLDP:
        return "lldp"
    if frame[14:22] == CDP_KIND:
        return "cdp"
    if ethertype == ETH_P_IP and len(frame) > 34:
        at = 14 + 4 * (frame[14] & 0x0F)
        port = int.from_bytes(frame[at + 2 : at + 4], "big")
        if port == 68:
            return "offer" if number_of(frame) == number else "dhcp"
        if port == 5353:
            return "mdns"
    return ""


def assembled(program: Iterable[tuple[str, int, str, str, int]]) -> bytes:
    """``struct sock_filter[]``: the words that the kernel runs."""
    lines = list(program)
    places = {name: number for number, (name, *_) in enumerate(lines) if name}
    words = []
    for number, (_, operation, yes, no, constant) in enumerate(lines):
        jumps = (places[name] - number - 1 if name else 0 for name in (yes, no))
        words.append(struct.pack("=HBBI", operation, *jumps, constant))
    return b"".join(words)


def opened(interface: str) -> socket.socket:
    """Raises PermissionError, ProbeError ("no-interface")."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    try:
        words = assembled(PROGRAM)
        code = ctypes.create_string_buffer(words, len(words))
        made.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(words) // 8, ctypes.addressof(code))
        )
        index = socket.if_nametoindex(interface)
        for group in (*LLDP_GROUPS, CDP_GROUP, MDNS_GROUP):
            made.setsockopt(
                SOL_PACKET, ADD_MEMBERSHIP, struct.pack("@iHH8s", index, MULTICAST, 6, bytes.fromhex(group))
            )
        made.bind((interface, ETH_P_ALL))
    except OSError as error:
        made.close()
        raise ProbeError("no-interface", f"{interface}: {error.strerror or error}") from None
    except BaseException:
        made.close()
        raise
    return made


def listen(wire: socket.socket, number: int, until: float) -> Catch:
    """All that passes the filter and was not sent by this machine, until the moment ``until``."""
    catch = Catch()
    poll = select.poll()
    poll.register(wire, select.POLLIN)
    while (left := until - monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        try:
            frame, (_, _, kind, _, _) = wire.recvfrom(SNAP)
        except OSError:  # the card went down, and may come back; what was heard so far stands
            continue
        if kind != OUTGOING:
            catch.take(frame, number)
    return catch
