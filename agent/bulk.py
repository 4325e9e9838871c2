"""What both ends of a measurement do alike with its TCP streams: tune them, count what arrives on them, drop them.

A leaf that the box (agent/speedtest) and the measurement server (controller/measure) share: standard library only.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Sequence

CHUNK = 256 * 1024  # bytes of one read or write
SLICE = 0.1  # seconds; long enough for 8 segments at 1 Mbit/s, short enough for 18 in a steady window
GRAINS = 64  # points that a budget gives at least, on lines so fast that it lasts no second
UNSENT = 128 * 1024  # bytes that may wait in the kernel beyond what is in flight
CONGESTION = "bbr"  # fills a line that loses packets; where the kernel does not offer it, its default is used
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, and drop what is under way
TCP_INFO_BYTES = 232  # of struct tcp_info in linux/tcp.h, up to and with tcpi_snd_wnd (Linux 5.4)
# Offset and format of what a receiver asks for: bytes of a full segment, bytes in order, segments with data.
RCV_MSS, BYTES_RECEIVED, DATA_SEGS_IN = (20, "<I"), (128, "<Q"), (152, "<I")
COUNTED_BYTES = 156
BURST = 1_000_000  # bytes; so few may all have come before the first is read, and then only reading them takes time
JUMBO = 9_000  # bytes; a segment that is larger crossed no line: on the loopback device they are of any size

Point = tuple[float, int]
Points = list[Point]


def tune(stream: socket.socket) -> None:
    """Ask for what a sender needs; none of it is necessary."""
    for level, option, value in (
        (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT),
        (socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION.encode()),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    ):
        with contextlib.suppress(OSError):
            stream.setsockopt(level, option, value)


def congestion(stream: socket.socket) -> str:
    """The congestion control in use, "" when the kernel does not tell."""
    try:
        name = stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    except OSError:
        return ""
    return name.rstrip(b"\0").decode("ascii", "replace")


def abort(streams: Sequence[socket.socket]) -> None:
    """Close without sending what still waits: it would only cost the school's line."""
    for stream in streams:
        with contextlib.suppress(OSError):
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        stream.close()


def tcp_info(stream: socket.socket) -> bytes:
    """The kernel's ``struct tcp_info`` as it is; empty when it does not tell."""
    try:
        return stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    except OSError:
        return b""


def arrived(info: bytes) -> int:
    """Payload bytes that reached this machine on a stream, in order or not; 0 where its kernel does not tell.

    A receiver's kernel counts every segment with data when it comes (RFC 4898: tcpEStatsPerfDataSegsIn), and a sender
    that is kept full sends full ones. A segment that came twice counts twice, as the line carried it twice. Where a
    card joins segments and does not say how many, what is in order is more, and is what counts.
    """
    if len(info) < COUNTED_BYTES:
        return 0
    size, in_order, segments = (_field(info, *field) for field in (RCV_MSS, BYTES_RECEIVED, DATA_SEGS_IN))
    return max(in_order, segments * size if size <= JUMBO else 0)


def _field(info: bytes, offset: int, kind: str) -> int:
    return int(struct.unpack_from(kind, info, offset)[0])


class Arrivals:
    """What arrives on streams, as points (seconds, bytes), both since the first arrival.

    ``received`` is what was read. The points are what reached this machine: TCP hands over in order, so what was read
    lags behind the line by all that waits for a lost segment. Neither ever falls. Of a BURST the points
    are what was read.

    A point lies at the moment of an arrival, not of a timer: at 1 Mbit/s a segment takes 12 ms, and cutting slices by
    the timer would count up to one segment too many or too few in each.
    """

    def __init__(self, streams: Sequence[socket.socket], budget: int) -> None:
        """``budget``: bytes that may come in all; a point is due at each part of GRAINS, too."""
        self._read, self._arrived = dict.fromkeys(streams, 0), dict.fromkeys(streams, 0)
        self._grain, self._is_burst = max(1, budget // GRAINS), budget <= BURST
        self._start: float | None = None
        self._last, self._received_then = -1.0, 0
        self.received = 0

    def add(self, stream: socket.socket, count: int, now: float) -> Point | None:
        """``count`` bytes were read from a stream at ``now``: the point there, if one is due."""
        self.received += count
        self._read[stream] += count
        if self._start is None:
            self._start = now
        elapsed = now - self._start
        if elapsed - self._last < SLICE and self.received - self._received_then < self._grain:
            return None
        self._last, self._received_then = elapsed, self.received
        for each, read in self._read.items():
            told = 0 if self._is_burst else arrived(tcp_info(each))
            self._arrived[each] = max(self._arrived[each], read, told)
        return elapsed, sum(self._arrived.values())
