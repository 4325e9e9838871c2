"""The real inventory of the machine that runs the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent import frame
from agent.clock import monotonic
from agent.encode import to_json
from agent.frame import Target
from agent.inventory_keeper import InventoryKeeper
from agent.probes import host, host_network
from agent.probes.host_source import runner
from agent.wire import Result, Stamp


@pytest.fixture(scope="module")
def found() -> Result:
    return frame.run("host", host.probe, Target(), 60.0)


def test_this_machine_is_read(found: Result) -> None:
    assert (found.outcome, found.detail) == ("ok", "")
    assert found.facts["cpu"]["threads"] == os.cpu_count()
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    assert abs(found.facts["memory"]["total_bytes"] - kilobytes * 1024) < 1024**2
    assert found.facts["os"]["kernel"] == os.uname().release
    assert found.facts["os"]["hostname"] == socket.gethostname()
    assert not [name for name, why in found.facts["missing"].items() if why["reason"] == "defect"]


def test_debian_s_packages_are_counted_as_dpkg_counts_them(found: Result) -> None:
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}\n"], capture_output=True, text=True, check=True, timeout=30
    )
    assert found.facts["os"]["packages"] == listed.stdout.split().count("installed")


def test_disks_and_cards_are_those_of_the_kernel(found: Result) -> None:
    listed = subprocess.run(
        ["lsblk", "-bdnJ", "-o", "NAME,SIZE,TYPE"], capture_output=True, text=True, check=True, timeout=30
    )
    disks = {
        each["name"]: int(each["size"])
        for each in json.loads(listed.stdout)["blockdevices"]
        if each["type"] == "disk" and int(each["size"]) and not each["name"].startswith(("zram", "nbd", "loop"))
    }
    assert {disk["name"]: disk["bytes"] for disk in found.facts["disks"]} == disks
    cards = {path.name for path in Path("/sys/class/net").iterdir() if (path / "device").exists()}
    assert {card["name"] for card in found.facts["network"]} == cards


def test_what_was_read_twice_is_told_once(found: Result, tmp_path: Path) -> None:
    at = Stamp(wall=0, mono=0, boot="b")
    keeper = InventoryKeeper(tmp_path)
    assert [item.full for item in keeper.found(found.facts, at)] == [True]
    keeper.told(found.facts)
    again = frame.run("host", host.probe, Target(), 60.0)
    assert keeper.found(again.facts, at) == []
    assert again.samples, "what moves is in the samples"


def test_it_fits_the_wire(found: Result) -> None:
    assert len(to_json(found.facts)) < 100_000
    units = ("_bytes", "_seconds", "_celsius", "_hours", "_ratio", "_online", "_dbm", "_second")
    assert all(sample.name.endswith(units) for sample in found.samples)


AS_NOBODY = """
import os, sys
from agent import frame
from agent.encode import to_json
from agent.frame import Target
from agent.probes import host
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.stdout.buffer.write(to_json(frame.run("host", host.probe, Target(), 60.0).facts))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: becomes another user")
def test_without_rights_all_that_everybody_may_read_is_still_told(found: Result) -> None:
    environment = os.environ | {"TRUONGNET_HELPER": "/nonexistent/helper.sock"}
    words = [sys.executable, "-c", AS_NOBODY]
    done = subprocess.run(words, capture_output=True, timeout=60, check=True, env=environment)
    facts: dict[str, Any] = json.loads(done.stdout)
    for section in ("cpu", "network", "os", "usb"):
        assert facts[section] == found.facts[section]
    assert facts["missing"]["memory.modules"] == {"reason": "needs-root", "detail": "dmi"}
    assert {disk["name"] for disk in facts["disks"]} == {disk["name"] for disk in found.facts["disks"]}


def test_a_defect_in_one_section_is_named_and_takes_no_other_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_source: object) -> None:
        raise ZeroDivisionError("driver")

    monkeypatch.setattr(host_network, "cards", broken)
    found = frame.run("host", host.probe, Target(), 60.0)
    assert found.outcome == "ok"
    assert found.facts["network"] == []
    assert found.facts["missing"]["network"] == {"reason": "defect", "detail": "ZeroDivisionError: driver"}
    assert found.facts["cpu"]


def test_a_program_that_hangs_or_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(frame.Skip) as missing:
        runner(lambda: 5.0)(["no-such-program"])
    assert missing.value.reason == "no-no-such-program"
    with pytest.raises(frame.ProbeError) as late:
        runner(lambda: 0.2)(["sleep", "30"])
    assert late.value.reason == "deadline"
    assert runner(lambda: monotonic())(["echo", "xin chào"]) == "xin chào\n"
