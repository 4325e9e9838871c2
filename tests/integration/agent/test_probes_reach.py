"""Reachability against real sockets: servers on loopback, and a school's router and provider in namespaces."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agent import frame, route
from agent.clock import monotonic
from agent.frame import Reading, Target
from agent.probes import reach, reach_ways
from agent.probes.reach_line import Line, measure
from agent.probes.reach_ways import Connect, Ping, Question, may_ping
from tests.lab.links import ShapedPair

FAST = {"tries": 3, "gap": 0.02, "timeout": 3.0}  # what is answered does not wait for it
SOON = 0.3  # seconds until what never comes is given up
PING = pytest.mark.skipif(not may_ping(), reason="no ping socket: net.ipv4.ping_group_range")


@contextmanager
def name_server(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """A DNS server on loopback; the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    question, who = server.recvfrom(512)
                except TimeoutError:
                    continue
                if reply := answer(question):
                    server.sendto(reply, who)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ending.set()
            thread.join(5)


def with_code(code: int, records: bytes = b"") -> Callable[[bytes], bytes]:
    count = b"\0\1" if records else b"\0\0"
    return lambda question: (
        question[:2] + bytes([0x81, 0x80 | code]) + b"\0\1" + count + b"\0\0\0\0" + question[12:] + records
    )


def asked(line: Line, timeout: float = 3.0) -> Line:
    measure([line], 3, 0.02, timeout)
    return line


def test_a_name_server_that_answers_is_timed_and_its_addresses_are_taken() -> None:
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x0a\0\4" + socket.inet_aton("192.0.2.80")
    with name_server(with_code(0, record)) as port:
        line = Question("dns", "127.0.0.1", name="truong.vn", port=port)
        asked(line)
    assert len(line.answered) == 3
    assert all(0 < seconds < 3.0 for seconds in line.answered.values())
    assert line.addresses == ["192.0.2.80"]


@pytest.mark.parametrize(("code", "answers"), [(0, 3), (3, 3), (2, 0), (5, 0)])
def test_a_server_that_says_no_such_name_works_and_one_that_fails_does_not(code: int, answers: int) -> None:
    with name_server(with_code(code)) as port:
        line = asked(Question("dns", "127.0.0.1", name="truong.vn", port=port), 3.0 if answers else SOON)
    assert (len(line.answered), line.lost) == (answers, 3 - answers)


def test_an_answer_to_another_question_is_none() -> None:
    wrong = with_code(0)
    with name_server(lambda question: wrong(bytes([question[0] ^ 1]) + question[1:])) as port:
        assert asked(Question("dns", "127.0.0.1", name="truong.vn", port=port), SOON).lost == 3


@pytest.mark.parametrize("junk", [b"", b"x", b"\xff" * 11, os.urandom(300)])
def test_junk_from_a_name_server_breaks_nothing(junk: bytes) -> None:
    with name_server(lambda _question: junk or b"\0") as port:
        assert asked(Question("dns", "127.0.0.1", name="truong.vn", port=port), SOON).lost == 3


def test_a_connection_is_an_answer_and_a_refusal_too_unless_it_is_the_controller() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asked(Connect("gateway", "127.0.0.1", port=port)).answered.keys() == {0}
    assert asked(Connect("gateway", "127.0.0.1", port=port)).answered.keys() == {0}
    controller = asked(Connect("controller", "127.0.0.1", port=port, refused_is_answer=False))
    assert (controller.lost, controller.trouble) == (1, os.strerror(errno.ECONNREFUSED))


@PING
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_echo_is_answered_by_this_machine(address: str) -> None:
    line = asked(Ping("gateway", address))
    if line.trouble and ":" in address:
        pytest.skip(f"no IPv6 here: {line.trouble}")
    assert (len(line.answered), line.lost) == (3, 0)


@PING
def test_two_pings_at_once_do_not_take_each_other_s_answers() -> None:
    lines = [Ping(f"domestic:{number}", f"127.0.0.{number}") for number in range(1, 20)]
    measure(lines, 3, 0.02, 3.0)
    assert [len(line.answered) for line in lines] == [3] * len(lines)


def test_an_address_that_is_none_is_a_loss_and_no_defect() -> None:
    for line in (Ping("domestic:x", "not an address"), Connect("domestic:x", "999.1.1.1")):
        measured = asked(line, SOON)
        assert measured.lost == len(measured.sent) > 0
        assert measured.trouble


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a network of its own."""
    monkeypatch.setattr(route, "gateways", list)
    monkeypatch.setattr(route, "nameservers", list)


def targets(reading: Reading, name: str) -> set[str]:
    return {sample.labels["target"] for sample in reading.samples if sample.name == name}


@pytest.mark.usefixtures("alone")
def test_without_icmp_everything_is_measured_by_tcp_and_the_reading_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_kind: socket.AddressFamily) -> tuple[socket.socket, bool]:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(reach_ways, "_echo_socket", forbidden)
    told = Target(settings=FAST, targets=({"kind": "domestic", "name": "vnix", "address": "127.0.0.1"},))
    found = reach.probe(told, monotonic() + 10)
    assert targets(found, "rtt_seconds") == {"domestic:vnix"}
    assert {sample.labels["method"] for sample in found.samples} == {"tcp"}
    assert found.facts["no_icmp"] == "net.ipv4.ping_group_range"


@pytest.mark.usefixtures("alone")
def test_the_controller_is_reached_at_its_own_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
        found = reach.probe(Target(settings=FAST, controller=address), monotonic() + 10)
    assert targets(found, "rtt_seconds") == {"controller"}
    found = reach.probe(Target(settings=FAST, controller=address), monotonic() + 10)
    assert targets(found, "lost_count") == {"controller"}


@pytest.mark.usefixtures("alone")
def test_with_nothing_to_measure_it_is_skipped_and_not_failed() -> None:
    result = frame.run("reach", reach.probe, Target(), 20.0)
    assert (result.outcome, result.reason) == ("skipped", "no-targets")


@pytest.mark.parametrize("settings", [{"tries": 0}, {"tries": True}, {"gap": "x"}, {"timeout": 99}])
def test_a_wrong_setting_is_named(settings: dict[str, object]) -> None:
    result = frame.run("reach", reach.probe, Target(settings=settings), 20.0)
    assert (result.outcome, result.reason) == ("failed", "bad-setting")
    assert next(iter(settings)) in result.detail


@pytest.mark.usefixtures("alone")
def test_a_name_that_nobody_can_resolve_is_told_and_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Target(
        settings=FAST,
        controller="http://127.0.0.1:9",
        targets=({"kind": "domestic", "name": "x", "address": "khong-co.example"},),
    )
    found = reach.probe(told, monotonic() + 10)
    assert found.facts["unresolved"] == ["khong-co.example"]
    assert targets(found, "lost_count") == {"controller"}


# -- a school in namespaces: box ── router ── provider ── the world ----------------------------------------------------

ONCE = """
import json, sys
from dataclasses import asdict
from agent import frame
from agent.frame import Target
from agent.probes import reach
outside = {"kind": "domestic", "name": "vnix", "address": sys.argv[1]}
told = Target(settings={"tries": 3, "gap": 0.05, "timeout": 2.0}, targets=(outside,))
print(json.dumps(asdict(frame.run("reach", reach.probe, told, 20.0))))
"""


def in_school(link: ShapedPair) -> dict[str, set[str]]:
    """Target -> names of its samples, as the box in ``link.client`` measures them."""
    done = link.client.run([sys.executable, "-c", ONCE, link.server.address])
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = {}
    result = json.loads(done.stdout)
    assert result["outcome"] == "ok", result
    for sample in result["samples"]:
        found.setdefault(sample["labels"]["target"], set()).add(sample["name"])
    return found


NAMESPACES = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces")


def rule(space: str, *words: str) -> None:
    subprocess.run(["ip", "netns", "exec", space, "nft", *words], check=True, timeout=20, capture_output=True)


@NAMESPACES
@PING
def test_a_school_behind_a_router_and_a_provider() -> None:
    with ShapedPair(20, 20, relayed=True) as link:
        healthy = in_school(link)
        assert healthy["gateway"] == healthy["domestic:vnix"] == {"rtt_seconds"}
        assert healthy["isp-hop"] <= {"rtt_seconds", "alive_count"}
        near = link._near.name
        rule(near, "add table inet t")
        rule(near, "add chain inet t own { type filter hook input priority 0 ; }")
        rule(near, "add rule inet t own icmp type echo-request drop")
        silent = in_school(link)
        assert silent["gateway"] == {"alive_count"}, "it forwards, so it is not down"
        assert silent["domestic:vnix"] == {"rtt_seconds"}
        assert link.relay is not None
        rule(near, "flush table inet t")
        link.relay.set(cut=True)
        cut = in_school(link)
        assert cut["gateway"] == {"rtt_seconds"}
        assert cut["domestic:vnix"] == cut["isp-hop"] == {"lost_count"}
        link.relay.set(cut=False)
        assert in_school(link)["domestic:vnix"] == {"rtt_seconds"}
