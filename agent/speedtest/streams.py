"""The bulk of a measurement: several TCP streams that one event loop keeps full or empties.

A :class:`Source` sends as fast as the streams take; a :class:`Sink` counts what arrives and when. Only a sink's count
is ever a result: what a sender handed to its kernel says nothing about the line.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence

from agent.bulk import CHUNK, Arrivals, Points


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
    """Empties streams and puts the points of what arrives into ``points`` (:class:`agent.bulk.Arrivals`)."""

    def __init__(self, streams: Sequence[socket.socket], budget: int, points: Points) -> None:
        self._open, self._points, self._arrivals = set(streams), points, Arrivals(streams, budget)
        self._buffer = memoryview(bytearray(CHUNK))
        self._loop = asyncio.get_running_loop()
        for stream in streams:
            self._loop.add_reader(stream, self._read, stream)

    @property
    def received(self) -> int:
        """Bytes that were read."""
        return self._arrivals.received

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
        if point := self._arrivals.add(stream, count, self._loop.time()):
            self._points.append(point)

    def stop(self) -> None:
        for stream in self._open:
            self._loop.remove_reader(stream)
        self._open.clear()
