"""The one DHCP question that a sweep asks, and what is looked at of a frame before scapy sees it. RFC 2131. Pure."""

from __future__ import annotations

import socket
import struct

COOKIE = b"\x63\x82\x53\x63"
CLIENT, SERVER = 68, 67
DISCOVER = 1
BROADCAST_FLAG = 0x8000
BOOTP = struct.Struct("!4BIHH4s4s4s4s16s64x128x4s")


def discover(mac: bytes, number: int, client: bytes) -> bytes:
    """An Ethernet frame: DISCOVER with a client identifier of its own, so that no lease of this machine is touched; the
    answer goes to everybody, since nobody takes the address that is offered."""
    options = bytes((53, 1, DISCOVER, 61, len(client) + 1, 0)) + client + bytes((55, 3, 1, 3, 6, 255))
    head = (1, 1, 6, 0, number, 0, BROADCAST_FLAG, b"", b"", b"", b"", mac, COOKIE)
    message = (BOOTP.pack(*head) + options).ljust(300, b"\0")  # servers drop what is shorter, RFC 1542 2.1
    datagram = struct.pack("!4H", CLIENT, SERVER, 8 + len(message), 0) + message  # without a checksum, as UDP may
    words = (0x45, 0x10, 20 + len(datagram), 0, 0, 64, 17)
    sender, everybody = socket.inet_aton("0.0.0.0"), b"\xff" * 4  # noqa: S104 - the sender's address before it has one
    check = _checksum(struct.pack("!BBHHHBBH4s4s", *words, 0, sender, everybody))
    header = struct.pack("!BBHHHBBH4s4s", *words, check, sender, everybody)
    return b"\xff" * 6 + mac + b"\x08\x00" + header + datagram


def _checksum(header: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def number_of(frame: bytes) -> int | None:
    """The transaction of a DHCP answer in an Ethernet frame over IPv4; None when the frame is too short."""
    at = 14 + 4 * (frame[14] & 0x0F) + 8 + 4 if len(frame) > 14 else len(frame)
    return int.from_bytes(frame[at : at + 4], "big") if len(frame) >= at + 4 else None
