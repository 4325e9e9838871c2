"""A receiver that does not keep up, as the kernel tells it of a real connection."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from agent.speedtest import tcp_info
from agent.speedtest.tcp_info import TcpInfo
from tests.unit.agent.speedtest.made import facts, leg

SECONDS = 0.6


def sent_to(pause: float) -> TcpInfo:
    """What the sender's kernel knows after SECONDS towards a reader that rests ``pause`` seconds after each read."""
    over = threading.Event()
    with socket.socket() as listening:
        if pause:  # else what the kernel grows by itself
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        with socket.create_connection(listening.getsockname()) as sender:
            reader, _ = listening.accept()

            def read() -> None:
                while not over.is_set() and reader.recv(16 * 1024):
                    over.wait(pause)

            thread = threading.Thread(target=read)
            thread.start()
            sender.settimeout(0.05)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                with suppress(TimeoutError):
                    sender.send(bytes(64 * 1024))
                if not pause:
                    time.sleep(0.002)  # less than it could take: the sender is what limits
            info = tcp_info.of([sender])
            over.set()
            sender.close()
            thread.join(5)
            reader.close()
    return info


@pytest.mark.parametrize("way", ["down", "up"])
def test_a_reader_that_is_slow_is_named_in_either_direction(way: str) -> None:
    slow = sent_to(pause=0.02)
    assert slow.busy > SECONDS / 2, "there was always something to send"
    said = facts(leg("down", sender=slow), leg("up")) if way == "down" else facts(leg("down"), leg("up", sender=slow))
    assert (said["valid"], said["validity"]) == (False, ["receiver-limited"])
    assert said[way]["rwnd_limited_ratio"] > 0.5


def test_a_reader_that_keeps_up_is_not() -> None:
    assert facts(leg("down", sender=sent_to(pause=0.0)), leg("up"))["validity"] == []
