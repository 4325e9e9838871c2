"""What the commands of the agent print."""

from __future__ import annotations

import io
import json
import re
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from agent import identity as identities
from agent import machine, status
from agent.__main__ import main
from agent.board import Board
from agent.child import run_in_child
from agent.clock import stamp
from agent.config import Config
from agent.frame import Target
from agent.identity import Identity
from agent.join import new_identity, parse_code
from agent.once import as_child
from agent.probes import PROBES
from agent.say import Speaker
from agent.spool import Spool
from agent.wire import StateChange
from tests.integration.agent.fake_controller import FakeController, join_code
from tests.integration.agent.sealed import AT, KEY, result, window

HERE = "tests.integration.agent.probes"
ENGLISH = Speaker("en")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRUONGNET_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("TEST_BOX", str(tmp_path))
    monkeypatch.setitem(PROBES, "host", (f"{HERE}.host", 3600.0, 10.0))
    monkeypatch.setitem(PROBES, "reach", (f"{HERE}.reach", 30.0, 10.0))
    return tmp_path


@pytest.fixture
def identity() -> Identity:
    controller = FakeController(url="http://127.0.0.1:1")
    return new_identity(parse_code(join_code(controller)))


def test_list_names_each_probe_in_vietnamese_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"^{name} ", said, re.MULTILINE) for name in PROBES)
    assert "đường mạng" in said
    assert main(["--lang", "en", "list"]) == 0
    assert "reachability" in capsys.readouterr().out
    assert main(["list", "--lang", "en"]) == 0
    assert "reachability" in capsys.readouterr().out


def test_help_and_wrong_usage_are_in_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "cách dùng: truongnet agent" in capsys.readouterr().out
    assert main(["--lang", "en", "join"]) == 2
    assert "usage: truongnet agent join" in capsys.readouterr().err


def test_once_prints_a_table_and_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "down").write_text("dns")
    assert main(["once", "reach"]) == 0
    said = capsys.readouterr().out
    assert "reach: xong" in said
    assert re.search(r"rtt_seconds\s+target=gateway address=192.0.2.1\s+10.00 ms", said)
    assert main(["once", "host", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"]["cpu"] == {"model": "N100"}


def test_once_with_an_unknown_probe_names_those_there_are(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["once", "weather"]) == 2
    assert "host, reach, traffic, wan, speed, second, lan" in capsys.readouterr().err


def test_a_child_takes_its_target_from_stdin_and_refuses_garbage(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for text, code in ((b'{"settings": {}}', 0), (b"garbage", 2), (b'{"settings": 5}', 2), (b"", 2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", sys.stdout)
            assert as_child("host", 5.0) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit(3)", "child-died"),
        ("print('no json')", "defect"),
        ("print('{}')", "defect"),
        ("import os; os.kill(os.getpid(), 9)", "child-died"),
        ("print('x' * 9_000_000)", "child-died"),
        ("import sys; sys.stderr.write('e' * 9_000_000); sys.exit(1)", "child-died"),
    ],
)
def test_a_child_that_misbehaves_is_a_failed_result(code: str, reason: str) -> None:
    found = run_in_child("host", Target(), 10.0, threading.Event(), [sys.executable, "-c", code])
    assert (found.outcome, found.reason) == ("failed", reason)
    assert len(found.detail) <= 4096


def test_a_child_is_ended_when_the_agent_stops() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    found = run_in_child("lan", Target(), 60.0, stop, [sys.executable, "-c", "import time; time.sleep(60)"])
    assert found.outcome == "failed"
    assert found.duration < 10


def test_a_program_that_is_not_there_is_a_failed_result() -> None:
    assert run_in_child("lan", Target(), 1.0, threading.Event(), ["/no/such/program"]).reason == "no-child"


def test_journal_shows_what_is_in_the_spool_and_where_it_is(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal"]) == 0
    assert "Bộ đệm trống" in capsys.readouterr().out
    spool = Spool(state, 1024**2)
    spool.put("result", result(1))
    spool.seal("a", KEY)
    spool.acknowledge(2, 1.0)
    spool.put("windows", window(3, "gateway"))
    spool.seal("a", KEY)
    spool.put("state", StateChange(at=AT, subject="target:dns", before="up", after="down"))
    assert main(["journal", "-n", "10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["lô 1, tỉnh đã nhận" in lines[0], "lô 2, chưa gửi" in lines[1], "chưa gửi" in lines[2]] == [True] * 3
    assert "target:dns: up → down" in lines[2]
    assert main(["journal", "-n", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "state"
    spool.close()


def test_status_before_joining_says_what_to_do(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert "truongnet agent join MÃ" in capsys.readouterr().out


def test_status_shows_the_fingerprint_as_words_digits_and_qr(
    state: Path, plain: FakeController, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["join", join_code(plain)]) == 0
    capsys.readouterr()
    assert main(["status"]) == 1, "it does not run"
    said = capsys.readouterr().out
    found = identities.load(state)
    assert found is not None
    assert found.fingerprint in said
    assert re.search(r"^ {4}([0-9a-f]{2} ){5}[0-9a-f]{2}$", said, re.MULTILINE)
    assert said.count("█") > 50 or said.count("▀") > 50
    assert "systemctl enable --now truongnet-agent" in said


def examined(
    identity: Identity, facts: dict[str, Any], state: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    monkeypatch.setattr(status, "is_running", lambda _directory: True)
    found = status.examine(Config(state_dir=state), identity, facts, ENGLISH, now=10_000.0)
    return "\n".join(f"{status.MARKS[mark]} {text}" for mark, text in found.lines), "\n".join(found.todo)


def test_status_tells_whose_fault_it_may_be(identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = {"target:domestic:vnix": "down", "target:international:x": "down", "target:isp-hop": "down"}
    lines, todo = examined(identity, {"targets": {"target:gateway": "up"} | outside}, state, monkeypatch)
    assert "✔ The school's gateway: answers" in lines
    assert "✘ Domestic: vnix: does not answer" in lines
    assert "call the provider" in todo
    _lines, todo = examined(identity, {"targets": {"target:gateway": "down"} | outside}, state, monkeypatch)
    assert "Check the cable between the box and the modem" in todo
    assert "provider" not in todo


def test_status_explains_every_reason_it_knows(
    identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reason in ("wrong-ca", "captive-portal", "clone-suspected", "quarantined", "timeout"):
        lines, todo = examined(identity, {"reason": reason, "detail": "why"}, state, monkeypatch)
        assert f"{ENGLISH.reason(reason)} (why)" in lines
        assert ENGLISH.todo(reason) in todo


def test_status_shows_skipped_probes_a_full_spool_and_a_wrong_clock(
    identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {
        "probes": {"lan": {"outcome": "skipped", "reason": "needs-root", "detail": "arp-sweep"}},
        "spool": {"bytes": 95, "limit": 100, "unacknowledged": 7},
        "spool_trouble": "OperationalError: database or disk is full",
        "clock_skew": -315_360_000.0,
        "exchanged": 9_000.0 + 315_360_000.0,
    }
    lines, todo = examined(identity, facts, state, monkeypatch)
    assert "needs administrator's rights" in lines
    assert "truongnet-helper" in todo
    assert "7 batches not sent" in lines
    assert "disk is full" in lines
    assert "off by 315360000 s" in lines


def test_status_says_what_was_measured_and_when(
    identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = stamp()
    before = replace(now, mono=now.mono - 300.0)
    facts = {
        "probes": {"host": {"outcome": "ok", "at": asdict(before)}, "lan": {"outcome": "ok", "at": {"boot": "old"}}}
    }
    lines, _todo = examined(identity, facts, state, monkeypatch)
    assert "✔ Measured 5 min ago: hardware and software of this machine" in lines
    assert "devices on the school" not in lines, "before this start of the machine: too old to say"


def test_status_of_an_accepted_box_that_never_reached_the_province_says_so(
    identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, _todo = examined(replace(identity, state="accepted"), {}, state, monkeypatch)
    assert "No contact with the province yet" in lines


def test_status_warns_of_a_copied_disk(identity: Identity, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, _todo = examined(identity, {}, state, monkeypatch)
    assert "another machine" not in lines
    monkeypatch.setattr(machine, "binding", lambda: identity.binding | {"machine-id": "other"})
    lines, todo = examined(identity, {}, state, monkeypatch)
    assert "another machine (machine-id)" in lines
    assert "--again" in todo


def test_status_as_json_is_for_programs(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Board(state).note(reason="timeout")
    assert main(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["running"] is False
    assert found["facts"]["reason"] == "timeout"


def test_machine_facts_come_from_sysfs_and_leave_virtual_cards_out(tmp_path: Path) -> None:
    (tmp_path / "class/dmi/id").mkdir(parents=True)
    (tmp_path / "class/dmi/id/sys_vendor").write_text("FPT\n")
    for card, address, hardware in (("eth0", "52:54:00:00:00:01", True), ("docker0", "02:42:00:00:00:01", False)):
        (tmp_path / "class/net" / card).mkdir(parents=True)
        (tmp_path / "class/net" / card / "address").write_text(address + "\n")
        if hardware:
            (tmp_path / "class/net" / card / "device").mkdir()
    assert machine.describe(tmp_path) == {"vendor": "FPT", "macs": "52:54:00:00:00:01"}
    (tmp_path / "machine-id").write_text("abc\n")
    kept = machine.binding(tmp_path, tmp_path / "machine-id")
    assert set(kept) == {"machine-id", "board", "network-cards"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in kept.values())
    (tmp_path / "class/net/eth0/address").write_text("52:54:00:00:00:02\n")
    assert machine.differences(kept, machine.binding(tmp_path, tmp_path / "machine-id")) == ["network-cards"]
    assert machine.describe(tmp_path / "nowhere") == {}
