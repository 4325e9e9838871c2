"""What the kernel knows about a TCP connection (``struct tcp_info`` of linux/tcp.h): the reasons behind a figure."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from agent.bulk import tcp_info

SIZE = 216  # up to and with tcpi_bytes_retrans, Linux 4.19
# offset and format of the few fields that are used
_FIELDS = {
    "retransmits": (100, "<I"),  # segments
    "bytes_acked": (120, "<Q"),
    "min_rtt": (148, "<I"),  # microseconds
    "busy": (168, "<Q"),  # microseconds with data to send
    "rwnd_limited": (176, "<Q"),  # microseconds of them that the receiver's window was in the way
    "bytes_sent": (200, "<Q"),  # with retransmissions
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpInfo:
    """Sums over the streams of one direction, at the sender; ``min_rtt`` is the smallest, in seconds."""

    retransmits: int = 0
    bytes_acked: int = 0
    bytes_sent: int = 0
    busy: float = 0.0  # seconds
    rwnd_limited: float = 0.0  # seconds
    min_rtt: float = 0.0

    @property
    def rwnd_share(self) -> float:
        """Share of the busy time in which the receiver's window was the limit, 0 to 1."""
        return self.rwnd_limited / self.busy if self.busy else 0.0


def of(streams: Iterable[socket.socket]) -> TcpInfo:
    """The sums of these connections of ours."""
    return total(map(tcp_info, streams))


def total(infos: Iterable[bytes]) -> TcpInfo:
    """The sums of what kernels told of their connections; zeros where they did not tell."""
    rows = [_fields(info) for info in infos if len(info) >= SIZE]  # an older kernel tells less
    if not rows:
        return TcpInfo()
    sums = {name: sum(row[name] for row in rows) for name in _FIELDS}
    return TcpInfo(
        retransmits=sums["retransmits"],
        bytes_acked=sums["bytes_acked"],
        bytes_sent=sums["bytes_sent"],
        busy=sums["busy"] / 1e6,
        rwnd_limited=sums["rwnd_limited"] / 1e6,
        min_rtt=min(row["min_rtt"] for row in rows) / 1e6,
    )


def _fields(info: bytes) -> dict[str, int]:
    return {name: struct.unpack_from(kind, info, offset)[0] for name, (offset, kind) in _FIELDS.items()}
