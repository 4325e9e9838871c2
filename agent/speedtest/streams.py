"""The bulk of a measurement: several TCP streams that one event loop keeps full or empties.

A :class:`Source` sends as fast as the streams take; a :class:`Sink` counts what arrives and when. Only a sink's count
is ever a result: what a sender handed to its kernel says nothing about the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Sequence

from agent.speedtest.estimate import Points

CHUNK = 256 * 1024
SLICE = 0.1  # seconds; long enough for 8 segments at 1 Mbit/s, short enough for 20 in a steady window of 2 s
UNSENT = 128 * 1024  # bytes that may wait in the kernel beyond what is in flight
CONGESTION = "bbr"  # fills a line that loses packets; where the kernel does not offer it, its default is used
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, and drop what is under way


def tune(stream: socket.socket) -> None:
    """Ask for what a sender needs; none of it is necessary."""
    stream.setblocking(False)
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
        return stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode("ascii", "replace")
    except OSError:
        return ""


def abort(streams: Sequence[socket.socket]) -> None:
    """Close without sending what still waits: it would only cost the school's line."""
    for stream in streams:
        with contextlib.suppress(OSError):
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        stream.close()


class Source:
    """Keeps streams full until :meth:`stop`, or until ``most`` bytes are on their way."""

    def __init__(self, streams: Sequence[socket.socket], most: int) -> None:
        self._open, self._most = set(streams), most
        self._data = memoryview(os.urandom(CHUNK))  # random: nothing on the way can compress it
        self._loop = asyncio.get_running_loop()
        self.handed = 0  # bytes taken by our own kernel: only to bound what is spent
        for stream in streams:
            self._loop.add_writer(stream, self._write, stream)

    def _write(self, stream: socket.socket) -> None:
        try:
            self.handed += stream.send(self._data[: self._most - self.handed])
        except BlockingIOError:
            return
        except OSError:  # when all are gone nothing more arrives, and the engine finds it stalled
            self._loop.remove_writer(stream)
            self._open.discard(stream)
        if self.handed >= self._most:
            self.stop()

    def stop(self) -> None:
        for stream in self._open:
            self._loop.remove_writer(stream)
        self._open.clear()


class Sink:
    """Counts the bytes that arrive; ``points`` grow with the first arrival after each SLICE or ``grain`` bytes.

    A point lies at the moment of an arrival, not of a timer: at 1 Mbit/s a segment takes 12 ms, and cutting slices by
    the timer would count up to one segment too many or too few in each. Time runs from the first arrival.
    """

    def __init__(self, streams: Sequence[socket.socket], grain: int, points: Points) -> None:
        self._open, self._grain, self._points = set(streams), grain, points
        self._buffer = memoryview(bytearray(CHUNK))
        self._loop = asyncio.get_running_loop()
        self._start: float | None = None
        self.received = 0
        for stream in streams:
            self._loop.add_reader(stream, self._read, stream)

    def _read(self, stream: socket.socket) -> None:
        try:
            count = stream.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._loop.remove_reader(stream)
            self._open.discard(stream)
            return
        self.received += count
        now = self._loop.time()
        if self._start is None:
            self._start = now
        elapsed, (last, counted) = now - self._start, self._points[-1] if self._points else (-1.0, 0)
        if elapsed - last >= SLICE or self.received - counted >= self._grain:
            self._points.append((elapsed, self.received))

    def stop(self) -> None:
        for stream in self._open:
            self._loop.remove_reader(stream)
        self._open.clear()
