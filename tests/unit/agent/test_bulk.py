"""What reached this machine on TCP streams, from what its kernel tells and what was read."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from agent.bulk import BURST, COUNTED_BYTES, GRAINS, TCP_INFO_BYTES, Arrivals, arrived, tcp_info

SEGMENT = 1_448


def info(segments: int, in_order: int, size: int = SEGMENT) -> bytes:
    """As a receiver's kernel tells it."""
    told = bytearray(TCP_INFO_BYTES)
    struct.pack_into("<I", told, 20, size)
    struct.pack_into("<Q", told, 128, in_order)
    struct.pack_into("<I", told, 152, segments)
    return bytes(told)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (info(100, 40 * SEGMENT), 100 * SEGMENT),
        (info(100, 100 * SEGMENT - 700), 100 * SEGMENT),
        (info(3, 100 * SEGMENT), 100 * SEGMENT),
        (info(10, 300_000, size=65_483), 300_000),
        (info(0, 0), 0),
        (info(100, 40 * SEGMENT)[: COUNTED_BYTES - 1], 0),
        (b"", 0),
    ],
    ids=["behind a gap", "a short one", "joined by a card", "loopback", "nothing yet", "an old kernel", "no answer"],
)
def test_what_arrived_is_what_the_kernel_saw_in_order_or_not(told: bytes, expected: int) -> None:
    assert arrived(told) == expected


class Told:
    """Streams whose kernel tells what a test says."""

    def __init__(self, count: int) -> None:
        self._stack = ExitStack()
        self.streams = [self._stack.enter_context(socket.socket()) for _ in range(count)]
        self.infos = dict.fromkeys(self.streams, b"")

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    told = Told(2)
    monkeypatch.setattr("agent.bulk.tcp_info", lambda stream: told.infos[stream])
    yield told
    told.close()


def test_a_point_counts_what_waits_behind_a_gap_and_never_falls(two: Told) -> None:
    one, other = two.streams
    arrivals = Arrivals(two.streams, 10**9)
    two.infos |= {one: info(1, SEGMENT), other: info(10, 0)}
    assert arrivals.add(one, SEGMENT, 5.0) == (0.0, 11 * SEGMENT)
    two.infos |= {one: info(21, 21 * SEGMENT), other: b""}
    assert arrivals.add(one, 20 * SEGMENT, 5.25) == (0.25, 31 * SEGMENT)
    two.infos |= {one: info(21, 21 * SEGMENT), other: info(12, 12 * SEGMENT)}
    assert arrivals.add(other, 12 * SEGMENT, 5.5) == (0.5, 33 * SEGMENT)
    assert arrivals.received == 33 * SEGMENT


def test_where_the_kernel_tells_nothing_what_was_read_counts(two: Told) -> None:
    one, other = two.streams
    arrivals = Arrivals(two.streams, 10**9)
    assert arrivals.add(one, 1_000, 1.0) == (0.0, 1_000)
    assert arrivals.add(other, 500, 1.25) == (0.25, 1_500)


def test_a_point_is_due_after_a_slice_or_a_grain(two: Told) -> None:
    one, _ = two.streams
    arrivals = Arrivals(two.streams, 10_000 * GRAINS)
    assert arrivals.add(one, 1_000, 1.0) is not None
    assert arrivals.add(one, 1_000, 1.0625) is None
    assert arrivals.add(one, 9_000, 1.0625) == (0.0625, 11_000)
    assert arrivals.add(one, 1_000, 1.125) is None
    assert arrivals.add(one, 1_000, 1.25) == (0.25, 13_000)


def test_of_a_burst_that_all_came_before_the_first_read_the_reading_counts(two: Told) -> None:
    one, other = two.streams
    arrivals = Arrivals(two.streams, BURST)
    two.infos |= {one: info(300, 300 * SEGMENT), other: info(300, 300 * SEGMENT)}
    assert arrivals.add(one, 100_000, 1.0) == (0.0, 100_000)
    assert arrivals.add(other, 200_000, 1.0625) == (0.0625, 300_000)


def test_the_kernel_of_a_real_connection_tells_what_came() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()[:2], 5) as sender,
        server.accept()[0] as receiver,
    ):
        sender.sendall(b"x" * 5_000)
        receiver.settimeout(5)
        while len(receiver.recv(5_000, socket.MSG_PEEK)) < 5_000:
            pass
        assert arrived(tcp_info(receiver)) >= 5_000
        assert arrived(tcp_info(sender)) == 0
