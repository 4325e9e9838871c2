"""The second opinion: speedtest-cli against the real server's old paths, and whoever else comes there."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.probes import second
from agent.wire import Result
from tests.integration.measure.place import HOST, PATIENCE, Caller, Place, is_closed, place

BYTES = 60_000_000


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Place]:
    """A server that opened its port for speedtest-cli."""
    with place(tmp_path, "--legacy-port", "0") as made:
        yield made
        assert made.measure().outcome == "ok"
        assert "Traceback" not in made.log


def opinion(province: Place, most: int = BYTES) -> Result:
    return province.measure(token=province.leave(max_bytes=most), mode="second", probe=second.probe)


def legacy(caller: Caller, province: Place, most: int = BYTES) -> tuple[int, str]:
    offer = caller.hello(province.leave(max_bytes=most))["legacy"]
    assert offer["v"] == 1
    return offer["port"], offer["nonce"]


def asked(port: int, head: str, body: bytes = b"") -> bytes:
    """All that is answered."""
    with socket.create_connection((HOST, port), PATIENCE) as stream:
        stream.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        found = b""
        try:
            while part := stream.recv(65_536):
                found += part
        except ConnectionError:
            pass
        return found


def test_it_is_told_apart_with_its_own_method_and_names(old: Place) -> None:
    result = opinion(old)
    assert result.outcome == "ok", (result.reason, result.detail)
    found = {sample.name: sample.value for sample in result.samples}
    assert found["second_down_bits_per_second"] > 1e6
    assert found["second_up_bits_per_second"] > 1e6
    assert not {name for name in found if name.startswith(("down_", "up_"))}
    assert (result.facts["method"], result.facts["mode"]) == ("speedtest-cli/2.1.3", "second")
    assert result.facts["child"]["rss_bytes"] < 512e6
    assert "speedtest" not in sys.modules


def test_a_server_that_keeps_the_port_shut_is_no_failure(province: Place) -> None:
    result = opinion(province)
    assert (result.outcome, result.reason) == ("skipped", "not-offered")


def test_its_bytes_are_bounded_by_the_leave(old: Place) -> None:
    result = opinion(old, most=8_000_000)
    assert result.outcome == "ok", (result.reason, result.detail)
    found = {sample.name: sample.value for sample in result.samples}
    assert found["bytes_used"] < 8_000_000
    assert result.facts["validity"] == ["short"]


def test_too_few_bytes_for_it_are_a_failure_by_name(old: Place) -> None:
    assert opinion(old, most=500_000).reason == "second-failed"


def test_the_child_can_reach_nobody_else() -> None:
    code = (
        "import socket\n"
        "from agent.speedtest.second_child import WayOut, shut\n"
        "shut('127.0.0.1')\n"
        "for what in (lambda: socket.create_connection(('192.0.2.1', 80), 1),\n"
        "             lambda: socket.create_connection(('www.speedtest.net', 80), 1),\n"
        "             lambda: socket.getaddrinfo('www.speedtest.net', 80)):\n"
        "    try:\n        what()\n    except WayOut:\n        print('shut')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["shut"] * 3


def test_the_paths_answer_as_those_of_old(old: Place) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old)
        assert asked(port, f"GET /{nonce}/speedtest/latency.txt?x=1.0 HTTP/1.1\nHost: x").endswith(b"test=test\n")
        picture = asked(port, f"GET /{nonce}/speedtest/random350x350.jpg HTTP/1.1\nHost: x").partition(b"\r\n\r\n")[2]
        assert len(picture) == 245_388
        sent = asked(port, f"POST /{nonce}/speedtest/upload.php HTTP/1.1\nContent-Length: 500000", bytes(500_000))
        assert sent.endswith(b"size=500000")


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1",
        "GET /speedtest/latency.txt HTTP/1.1",
        "GET /NONCE/speedtest/../latency.txt HTTP/1.1",
        "GET /NONCE/speedtest/random350x500.jpg HTTP/1.1",
        "GET /NONCE/speedtest/random9999x9999.jpg HTTP/1.1",
        "GET /NONCE/speedtest/upload.php HTTP/1.1",
        "POST /NONCE/speedtest/latency.txt HTTP/1.1",
        "POST /NONCE/speedtest/upload.php HTTP/1.1",
        "POST /NONCE/speedtest/upload.php HTTP/1.1\nContent-Length: 999999999",
        "POST /NONCE/speedtest/upload.php HTTP/1.1\nContent-Length: -1",
        "DELETE /NONCE/speedtest/latency.txt HTTP/1.1",
        "GET /NONCE/speedtest/latency.txt HTTP/9",
        "\x00\xff",
        "x" * 20_000,
    ],
    ids=lambda head: head[:48].replace("NONCE", ""),
)
def test_whoever_says_anything_else_is_hung_up_on_without_a_word(old: Place, head: str) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old)
        assert asked(port, head.replace("NONCE", nonce)) == b""


def test_the_nonce_dies_with_its_test(old: Place) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old)
        caller.say(op="bye")
        assert caller.hear() is None
    assert asked(port, f"GET /{nonce}/speedtest/latency.txt HTTP/1.1\nHost: x") == b""


def test_what_is_under_way_ends_with_its_test(old: Place) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old, 1_000_000_000)
        with socket.create_connection((HOST, port), PATIENCE) as stream:
            stream.sendall(f"GET /{nonce}/speedtest/random4000x4000.jpg HTTP/1.1\r\n\r\n".encode())
            assert stream.recv(1) == b"H"
            caller.say(op="bye")
            assert caller.hear() is None
            count = 1
            try:
                while part := stream.recv(65_536):
                    count += len(part)
            except ConnectionError:
                pass
        assert count < 31_625_365


def test_a_picture_ends_where_the_budget_does(old: Place) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old, 1_000_000)
        found = asked(port, f"GET /{nonce}/speedtest/random4000x4000.jpg HTTP/1.1\nHost: x")
        assert len(found) < 1_100_000


def test_strangers_do_not_fill_all_places(old: Place) -> None:
    with Caller(old.port) as caller:
        port, nonce = legacy(caller, old)
        crowd = [socket.create_connection((HOST, port), PATIENCE) for _ in range(40)]
        try:
            assert is_closed(crowd[-1])
            other = socket.create_connection((HOST, port), PATIENCE, source_address=("127.0.0.2", 0))
            with other:
                other.sendall(f"GET /{nonce}/speedtest/latency.txt HTTP/1.1\r\n\r\n".encode())
                assert other.recv(65_536).startswith(b"HTTP/1.1 200")
        finally:
            for stream in crowd:
                stream.close()


def test_without_leave_it_is_skipped() -> None:
    from agent import frame
    from agent.frame import Target

    assert frame.run("second", second.probe, Target(), 5.0).reason == "no-token"


def test_the_answer_of_the_child_is_checked() -> None:
    from agent.frame import ProbeError

    for value in (None, "7", True, -1, float("nan")):
        with pytest.raises(ProbeError):
            second._number({"down": value}, "down")
    assert json.loads("7") == second._number({"down": 7}, "down")
