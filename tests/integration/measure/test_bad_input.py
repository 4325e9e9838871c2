"""What no box sends. The fixture proves after each test that the server still measures for the next box."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from controller.measure.bulk import GREETING_SECONDS
from controller.measure.server import CONNECTIONS, HELLO_SECONDS
from tests.integration.measure.place import HOST, PATIENCE, Caller, Place, bulk, is_closed

START = {"op": "start", "direction": "down", "streams": 1, "seconds": 5.0, "bytes": 1_000_000_000}


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\n",
        b"\xff\xfe\x00\x01\n",
        b"[]\n",
        b"null\n",
        b'{"op": "hello"}\n',
        b'{"op": "hello", "v": 1, "token": 7}\n',
        b'{"op": "bye"}\n',
        b"[" * 8_000 + b"\n",
        b"9" * 8_000 + b"\n",
        b"x" * 100_000,
        b'{"op": "hello", "v": 1',
    ],
    ids=lambda line: repr(line[:24]),
)
def test_a_stranger_is_hung_up_on_without_a_word(province: Place, line: bytes) -> None:
    with Caller(province.port) as caller:
        caller.socket.sendall(line)
        caller.socket.shutdown(socket.SHUT_WR)
        assert caller.hear() is None


def test_who_says_nothing_is_hung_up_on(province: Place) -> None:
    with Caller(province.port) as caller:
        assert caller.hear() is None


@pytest.mark.parametrize(
    "message",
    [
        {"op": "format"},
        {"op": None},
        {"op": "ping"},
        {"op": "ping", "n": "1"},
        {**START, "direction": "sideways"},
        {**START, "streams": 0},
        {**START, "streams": 10**6},
        {**START, "streams": "4"},
        {**START, "seconds": -1},
        {**START, "seconds": float("nan")},
        {**START, "seconds": float("inf")},
        {**START, "bytes": 0},
        {**START, "bytes": 1.5},
        {"op": "start"},
    ],
    ids=json.dumps,
)
def test_a_box_that_says_nonsense_is_hung_up_on(province: Place, message: dict[str, Any]) -> None:
    with Caller(province.port) as caller:
        caller.hello(province.leave())
        caller.say(**message)
        assert caller.hear() is None


def test_a_nonce_that_nobody_expects_opens_nothing(province: Place) -> None:
    with Caller(province.port) as caller:
        port = caller.hello(province.leave())["bulk_port"]
        for nonce in ("0" * 32, "0" * 31, "", "\xff" * 32, "0" * 100_000):
            with bulk(port, nonce) as stream:
                stream.settimeout(GREETING_SECONDS + PATIENCE)
                assert is_closed(stream)


def test_a_nonce_is_good_once(province: Place) -> None:
    with Caller(province.port) as caller:
        port = caller.hello(province.leave())["bulk_port"]
        caller.say(**START)
        nonce = caller.expect("nonces")["nonces"][0]
        with bulk(port, nonce) as first, bulk(port, nonce) as second:
            assert is_closed(second)
            assert first.recv(1) != b""


def test_a_stream_that_never_comes_ends_the_test(province: Place) -> None:
    with Caller(province.port) as caller:
        caller.hello(province.leave())
        caller.say(**START)
        caller.expect("nonces")
        assert caller.hear() is None


def test_a_stream_that_comes_too_late_opens_nothing(province: Place) -> None:
    with Caller(province.port) as caller:
        port = caller.hello(province.leave())["bulk_port"]
        caller.say(**START)
        nonce = caller.expect("nonces")["nonces"][0]
        assert caller.hear() is None
    with bulk(port, nonce) as stream:
        assert is_closed(stream)


def test_the_bytes_of_a_token_are_never_exceeded(province: Place) -> None:
    """By more than what one look at the sockets can bring, and not by asking again."""
    with Caller(province.port) as caller:
        port = caller.hello(province.leave(max_bytes=3_000_000))["bulk_port"]
        received = []
        for _ in range(3):
            caller.say(**START)
            with bulk(port, caller.expect("nonces")["nonces"][0]) as stream:
                caller.expect("go")
                received.append(_drained(stream))
            assert caller.expect("done")["why"] == "bytes"
    assert 2_000_000 < sum(received) < 4_000_000


def _drained(stream: socket.socket) -> int:
    count = 0
    try:
        while part := stream.recv(65_536):
            count += len(part)
    except ConnectionError:
        pass
    return count


def test_a_box_that_hangs_in_the_middle_of_an_upload_gives_its_place_back(province: Place) -> None:
    with Caller(province.port) as caller:
        port = caller.hello(province.leave())["bulk_port"]
        caller.say(**START | {"direction": "up", "seconds": 0.5})
        with bulk(port, caller.expect("nonces")["nonces"][0]) as stream:
            caller.expect("go")
            done = caller.expect("done")
            assert (done["why"], done["bytes"]) == ("seconds", 0)
            assert is_closed(stream)


def test_a_box_that_reads_nothing_gives_its_place_back(province: Place) -> None:
    with Caller(province.port) as caller:
        port = caller.hello(province.leave())["bulk_port"]
        caller.say(**START | {"seconds": 0.5})
        with bulk(port, caller.expect("nonces")["nonces"][0]):
            assert caller.expect("done")["why"] == "seconds"


def test_a_box_that_asks_and_never_listens_is_hung_up_on(province: Place) -> None:
    with Caller(province.port) as caller:
        caller.hello(province.leave())
        caller.socket.settimeout(PATIENCE)
        pings = (json.dumps({"op": "ping", "n": 1}).encode() + b"\n") * 5_000_000
        with pytest.raises(ConnectionError):
            caller.socket.sendall(pings)


def test_a_box_that_vanishes_gives_its_place_back(province: Place) -> None:
    for _ in range(10):  # more than there are places
        with Caller(province.port) as caller:
            port = caller.hello(province.leave())["bulk_port"]
            caller.say(**START)
            with bulk(port, caller.expect("nonces")["nonces"][0]):
                caller.expect("go")
    end = time.monotonic() + PATIENCE
    while province.measure().outcome == "skipped" and time.monotonic() < end:
        time.sleep(0.1)


def test_strangers_who_take_all_connections_lose_them(province: Place) -> None:
    with Caller(province.port) as early:
        early.hello(province.leave())  # who is in stays in
        crowd = [socket.create_connection((HOST, province.port), PATIENCE) for _ in range(CONNECTIONS + 20)]
        try:
            assert is_closed(crowd[-1])
            early.say(op="ping", n=1)
            assert early.expect("pong")["n"] == 1
            other = socket.create_connection((HOST, province.port), PATIENCE, source_address=("127.0.0.2", 0))
            with Caller(province.port, other) as elsewhere:
                assert elsewhere.hello(province.leave())["op"] == "welcome", "another address finds room"
            crowd[0].settimeout(HELLO_SECONDS + PATIENCE)
            assert is_closed(crowd[0])
        finally:
            for stream in crowd:
                stream.close()
