"""The probe against a real server, against one that breaks, and against what only looks like one."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent import frame
from agent.frame import Target
from agent.probes import speed
from agent.speedtest import control
from agent.wire import Result
from controller import pki
from tests.integration.measure.place import HOST, PATIENCE, Place, place

Answer = Callable[[socket.socket], None]


def test_on_loopback_it_measures_and_says_that_it_is_no_line(province: Place) -> None:
    result = province.measure()
    assert result.outcome == "ok", result.detail
    figures = {sample.name: sample.value for sample in result.samples}
    assert figures["down_bits_per_second"] > 1e6
    assert figures["up_bits_per_second"] > 1e6
    assert 0 < figures["rtt_idle_seconds"] < 1
    facts = result.facts
    assert (facts["scope"], facts["interface"]["medium"]) == ("loopback", "loopback")
    for way in ("down", "up"):
        leg = facts[way]
        received, sent = sorted((leg["client"]["bytes"], leg["server"]["bytes"]), key=lambda count: way == "up")
        assert leg["points"][-1][1] <= max(received, sent) <= 100_000_000


def test_over_tls_it_measures_with_the_provinces_root(tmp_path: Path) -> None:
    with place(tmp_path, plain=False) as province:
        assert province.measure().outcome == "ok"


def test_over_tls_it_trusts_no_other_root(tmp_path: Path) -> None:
    stranger = pki.load(tmp_path / "stranger", "Stranger").roots_pem
    with place(tmp_path, plain=False) as province:
        token = province.leave(max_bytes=100_000_000)
        assert province.measure(token, roots=stranger).reason == "tls"
        assert province.measure(token).outcome == "ok", "the leave was given to who could not prove to be the province"


def test_without_a_root_it_measures_nothing(tmp_path: Path) -> None:
    with place(tmp_path, plain=False) as province:
        assert province.measure(roots=[]).reason == "no-roots"


def test_without_leave_it_is_skipped() -> None:
    result = frame.run("speed", speed.probe, Target(), 5.0)
    assert (result.outcome, result.reason) == ("skipped", "no-token")


def test_without_tls_it_measures_towards_this_machine_only() -> None:
    leave = {"token": "t", "host": "192.0.2.1", "port": 1, "plain": True, "not_before": 0.0, "expires": 9e9}
    assert frame.run("speed", speed.probe, Target(measure=leave), 5.0).reason == "tls"


@pytest.mark.parametrize(
    "settings", [{"streams": 0}, {"streams": "4"}, {"max_seconds": 10_000}, {"max_bytes": True}], ids=str
)
def test_a_setting_that_makes_no_sense_is_named(province: Place, settings: dict[str, Any]) -> None:
    result = province.measure(**settings)
    assert result.reason == "bad-setting"
    assert next(iter(settings)) in result.detail


@pytest.mark.parametrize("after", ["welcome", "go"])
def test_a_server_that_is_killed_in_the_middle_is_named(tmp_path: Path, after: str) -> None:
    with place(tmp_path) as province:
        token = province.leave(max_bytes=10_000_000_000)
        original = control.Control.receive

        async def then_killed(self: control.Control, *expected: str) -> control.Message:
            message = await original(self, *expected)
            if message["op"] == after:
                province.end(signal.SIGKILL)
            return message

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(control.Control, "receive", then_killed)
            result = province.measure(token)
        assert (result.outcome, result.reason) == ("failed", "server-gone"), result.detail
        province.start()


def test_a_server_that_is_asked_to_end_cuts_tests_off_and_ends_well(tmp_path: Path) -> None:
    with place(tmp_path) as province:
        results = []
        token = province.leave(max_bytes=10_000_000_000)
        measuring = threading.Thread(target=lambda: results.append(province.measure(token, max_seconds=10)))
        measuring.start()
        while "test of school" not in province.log:
            time.sleep(0.01)
        time.sleep(0.3)
        assert province.end() == 0
        measuring.join(PATIENCE)
        assert [result.outcome for result in results] == ["failed"]
        assert "Traceback" not in province.log
        province.start()


@contextmanager
def impostor(answer: Answer) -> Iterator[int]:
    """Somebody who takes one connection, and does with it what ``answer`` does."""
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(PATIENCE)

        def attend() -> None:
            stream, _ = listener.accept()
            with stream:
                stream.settimeout(PATIENCE)
                answer(stream)

        attending = threading.Thread(target=attend)
        attending.start()
        yield int(listener.getsockname()[1])
        attending.join(PATIENCE)


def measured_against(port: int) -> Result:
    leave = {"token": "t", "host": HOST, "port": port, "plain": True, "not_before": 0.0, "expires": 9e9}
    return frame.run("speed", speed.probe, Target(measure=leave), 60.0)


def says(*lines: bytes) -> Answer:
    def answer(stream: socket.socket) -> None:
        stream.recv(65_536)
        for line in lines:
            stream.sendall(line)
        while stream.recv(65_536):
            pass

    return answer


WELCOME = {"op": "welcome", "bulk_port": 1, "max_bytes": 10**9, "max_seconds": 9, "max_streams": 4, "peer": "x"}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n",), "protocol"),
        ((b"[]\n",), "protocol"),
        ((b"x" * 100_000,), "protocol"),
        ((b"[" * 60_000 + b"\n",), "protocol"),
        ((b'{"op": "done"}\n',), "protocol"),
        ((json.dumps(WELCOME | {"bulk_port": "x"}).encode() + b"\n",), "server-hung"),
        ((), "server-hung"),
        ((json.dumps({"op": "refused", "reason": "x" * 9_000}).encode() + b"\n",), "x" * 40),
    ],
    ids=lambda value: str(value)[:40],
)
def test_who_is_no_measurement_server_is_named(lines: tuple[bytes, ...], reason: str) -> None:
    with impostor(says(*lines)) as port:
        result = measured_against(port)
    assert (result.outcome, result.reason) == ("failed", reason), result.detail


def test_a_server_that_hangs_up_is_named() -> None:
    with impostor(lambda stream: None) as port:
        assert measured_against(port).reason == "server-gone"


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    assert measured_against(port).reason == "server-unreachable"


def test_a_bulk_port_that_is_blocked_is_named() -> None:
    def answer(stream: socket.socket) -> None:
        with socket.create_server((HOST, 0)) as closed:
            port = closed.getsockname()[1]
        with stream.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                said = {
                    "hello": WELCOME | {"bulk_port": port},
                    "ping": {"op": "pong", "n": message.get("n")},
                    "start": {"op": "nonces", "nonces": ["0" * 32] * message.get("streams", 0)},
                }
                stream.sendall(json.dumps(said[message["op"]]).encode() + b"\n")

    with impostor(answer) as port:
        assert measured_against(port).reason == "bulk-blocked"
