"""The helper behind its socket: who may ask, what, and for how long."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent import helper, privileged
from agent.clock import monotonic
from agent.frame import ProbeError, Skip
from tests.integration.agent.running import until


@contextmanager
def served(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-P", "-m", "agent.helper", "serve", str(path)])
    try:
        until(path.exists, "the helper's socket")
        yield process
    finally:
        process.terminate()
        process.wait(5)


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "helper.sock"
    monkeypatch.setenv("TRUONGNET_HELPER", str(path))
    with served(path):
        yield path


def tell(path: Path, question: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(question)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while part := client.recv(65_536):
            answer += part
        return answer


def soon() -> float:
    return monotonic() + 5


def test_a_verb_is_answered_over_the_socket_with_its_reason(door: Path) -> None:
    with pytest.raises(ProbeError, match="not in /sys/block"):
        privileged.ask("smart", {"disk": "sda; rm -rf /"}, soon())
    with pytest.raises(ProbeError, match="there is none of that name"):
        privileged.ask("arp-sweep", {"interface": "../../etc"}, soon())


@pytest.mark.parametrize(
    "args",
    [
        {"disk": "../sda"},
        {"disk": "/dev/sda"},
        {"disk": ""},
        {"disk": None},
        {"disk": ["sda"]},
        {"disk": "-a"},
        {"disk": "nosuchdisk"},
        {},
    ],
)
def test_only_a_disk_that_the_kernel_lists_reaches_smartctl(args: dict[str, object]) -> None:
    with pytest.raises(ProbeError) as caught:
        helper.smart(args, soon())
    assert caught.value.reason == "bad-argument"


@pytest.mark.parametrize(
    "args",
    [
        {"interface": "lo", "prefix": "24"},
        {"interface": "lo", "prefix": 4},
        {"interface": "lo", "prefix": True},
        {"interface": "lo", "rate": 1e9},
        {"interface": "lo", "rate": "x"},
    ],
)
def test_no_network_but_the_card_s_own_is_swept_and_no_faster_than_allowed(args: dict[str, object]) -> None:
    with pytest.raises(ProbeError) as caught:
        helper.arp_sweep(args, soon())
    assert caught.value.reason == "bad-argument"


@pytest.mark.parametrize(
    "question",
    [
        b"\n",
        b"garbage\n",
        b"[]\n",
        b'{"verb": "shell", "args": {}}\n',
        b'{"verb": "dmi", "args": 5}\n',
        b'{"verb": "dmi", "seconds": 1e9}\n',
        b'{"verb": "dmi", "seconds": "NaN"}\n',
        b'{"verb": ["dmi"]}\n',
        b'{"a":' * 900 + b"\n",
        b"x" * 100_000 + b"\n",
    ],
)
def test_a_bad_question_is_refused_and_the_helper_lives_on(door: Path, question: bytes) -> None:
    try:
        answer = tell(door, question)
    except (BrokenPipeError, ConnectionResetError):
        answer = b""  # it had enough before we had said all
    if answer:
        assert json.loads(answer)["reason"] == "bad-question"
    assert json.loads(tell(door, b'{"verb": "smart", "args": {}}\n'))["reason"] == "bad-argument"


def test_one_who_says_nothing_does_not_keep_the_others_waiting(door: Path) -> None:
    silent = [socket.socket(socket.AF_UNIX) for _ in range(helper.AT_ONCE - 1)]
    try:
        for each in silent:
            each.connect(str(door))
        assert tell(door, b'{"verb": "smart", "args": {}}\n')
    finally:
        for each in silent:
            each.close()


def test_the_socket_is_open_to_the_owner_and_the_group_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "helper.sock"
    path.write_text("left over by a crash")
    process = subprocess.Popen([sys.executable, "-P", "-m", "agent.helper", "serve", str(path)])
    try:
        until(path.is_socket, "the helper's socket")
        assert path.stat().st_mode & 0o777 == 0o660
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert not path.exists()


ASK = """
import os, sys
from agent.clock import monotonic
from agent.frame import ProbeError, Skip
from agent.privileged import ask
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(65534)
try:
    ask("smart", {"disk": "nosuchdisk"}, monotonic() + 5)
except Skip as skip:
    print("skipped", skip.reason)
except ProbeError as error:
    print("answered", error.reason)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: asks as another user")
def test_a_stranger_is_turned_away_even_when_the_socket_is_open_to_all() -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "helper.sock"
        Path(directory).chmod(0o755)
        with served(path):
            path.chmod(0o666)

            def said(gid: int) -> str:
                words = [sys.executable, "-c", ASK, str(gid)]
                environment = os.environ | {"TRUONGNET_HELPER": str(path)}
                done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True, env=environment)
                return done.stdout.strip()

            assert said(65534) == "skipped needs-root"
            assert said(os.getegid()) == "answered bad-argument", "the helper's own group may"


def test_without_helper_and_without_right_the_probe_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUONGNET_HELPER", str(tmp_path / "none.sock"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Skip) as caught:
        privileged.ask("dmi", {}, soon())
    assert caught.value.reason == "needs-root"


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"[]", b'{"ok": 5}', b"x" * 1_200_000])
def test_a_helper_that_answers_nonsense_is_a_failed_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    path = tmp_path / "helper.sock"
    monkeypatch.setenv("TRUONGNET_HELPER", str(path))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def reply() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                with suppress(OSError):
                    peer.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(ProbeError) as caught:
            privileged.ask("dmi", {}, soon())
        thread.join(5)
    assert caught.value.reason == "helper-answer"


def test_a_helper_that_hangs_costs_no_more_than_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "helper.sock"
    monkeypatch.setenv("TRUONGNET_HELPER", str(path))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            privileged.ask("dmi", {}, monotonic() + 0.3)
        assert time.monotonic() - began < 10


def test_wrong_usage_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert helper.main([]) == 2
    assert "serve SOCKET" in capsys.readouterr().err
    assert helper.main(["serve", "/no/such/directory/helper.sock"]) == 1
