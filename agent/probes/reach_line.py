"""One thing that is measured, and the loop that measures many of them at once in one thread."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

# Perf counters, not the box's clock: a round-trip time is shorter than a suspended box could stretch it.
now = time.perf_counter


@dataclass(slots=True)
class Line:
    """A target and how it is asked. Subclasses send and receive; nothing here raises for the network's sake."""

    target: str  # "gateway", "dns", "controller", "isp-hop", "domestic:NAME", "international:NAME"
    address: str
    method = ""
    tries = 0  # 0: as many as the probe is told; otherwise that many
    events = select.POLLIN
    sock: socket.socket | None = field(default=None, init=False)
    sent: dict[int, float] = field(default_factory=dict, init=False)  # number of the try -> moment
    answered: dict[int, float] = field(default_factory=dict, init=False)  # number of the try -> seconds
    trouble: str = field(default="", init=False)  # why nothing can be sent or comes back

    def open(self) -> None:
        """Make ``sock``, without blocking. OSError when it cannot be."""
        raise NotImplementedError

    def send(self, number: int) -> None:
        """Send try ``number``. OSError when it cannot be."""
        raise NotImplementedError

    def receive(self) -> None:
        """Take what has come. OSError when the network says that nothing will."""
        raise NotImplementedError

    @property
    def labels(self) -> dict[str, str]:
        named = {"target": self.target, "method": self.method}
        return named | ({"address": self.address} if self.address else {})

    @property
    def lost(self) -> int:
        return len(self.sent) - len(self.answered)

    @property
    def is_complete(self) -> bool:
        return self.lost == 0

    @property
    def is_settled(self) -> bool:
        """Nothing more can come: waiting any longer is of no use."""
        return self.is_complete or self.sock is None or (self.method == "tcp" and bool(self.trouble))

    def got(self, number: int) -> None:
        if number in self.sent and number not in self.answered:
            self.answered[number] = now() - self.sent[number]

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None


def measure(lines: Sequence[Line], tries: int, gap: float, timeout: float) -> None:
    """Ask each line ``tries`` times, ``gap`` seconds apart; each try has ``timeout`` seconds to be answered."""
    with contextlib.ExitStack() as stack:
        poll = select.poll()
        by_descriptor: dict[int, Line] = {}
        for line in lines:
            stack.callback(line.close)
            _open(line, poll, by_descriptor)
        for number in range(tries):
            for line in lines:
                if number < (line.tries or tries):
                    _send(line, number)
                    _receive(poll, by_descriptor, 0.0)  # an answer must not wait for the sending to others
            last = number + 1 == tries
            _listen(lines, poll, by_descriptor, timeout if last else gap, until_complete=last)


def _open(line: Line, poll: select.poll, by_descriptor: dict[int, Line]) -> None:
    try:
        line.open()
    except OSError as error:
        line.trouble = error.strerror or str(error)
        return
    assert line.sock is not None  # noqa: S101 - open() made it
    by_descriptor[line.sock.fileno()] = line
    poll.register(line.sock, line.events)


def _send(line: Line, number: int) -> None:
    line.sent[number] = now()
    if line.sock is None:
        return
    try:
        line.send(number)
    except BlockingIOError:
        pass
    except OSError as error:  # no route, no buffer, refused: a try without an answer
        line.trouble = error.strerror or str(error)


def _listen(
    lines: Sequence[Line],
    poll: select.poll,
    by_descriptor: dict[int, Line],
    seconds: float,
    *,
    until_complete: bool,
) -> None:
    end = now() + seconds
    while (left := end - now()) > 0:
        if until_complete and all(line.is_settled for line in lines):
            return
        _receive(poll, by_descriptor, left)


def _receive(poll: select.poll, by_descriptor: dict[int, Line], seconds: float) -> None:
    for descriptor, _events in poll.poll(seconds * 1000):
        line = by_descriptor[descriptor]
        try:
            line.receive()
        except BlockingIOError:
            pass
        except OSError as error:
            line.trouble = error.strerror or str(error)
        if line.method == "tcp" and line.sent and line.is_settled:
            poll.unregister(descriptor)  # a socket that is connected stays ready for ever
