"""The sweep of a wire on which real kernels answer ARP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent.running import until
from tests.lab.wire import NET, Wire

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces")]

HOSTS = {
    1: "a4:2b:b0:00:00:01",  # the gateway
    3: "18:c0:4d:00:00:03",
    20: "da:a1:19:12:34:56",  # a phone with a private address
    100: "00:17:c8:aa:00:01",
    254: "b8:27:eb:00:00:fe",
}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire(HOSTS) as made:
        yield made


def sweep(wire: Wire, directory: Path, **environment: str) -> dict[str, Any]:
    """``agent once lan`` in the box's namespace."""
    words = [sys.executable, "-m", "agent", "--state-dir", str(directory), "once", "lan", "--json"]
    done = wire.box.run(["env", *(f"{name}={value}" for name, value in environment.items()), *words])
    assert done.returncode == 0, done.stderr + done.stdout
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_everybody_on_the_wire_is_found_with_their_mac(wire: Wire, tmp_path: Path) -> None:
    found = sweep(wire, tmp_path)
    assert found["outcome"] == "ok", found["detail"]
    devices = {device["ip"]: device for device in found["facts"]["devices"]}
    assert {ip: device["mac"] for ip, device in devices.items()} == {
        f"{NET}.{host}": mac for host, mac in HOSTS.items()
    }
    assert [ip for ip, device in devices.items() if device["private"]] == [f"{NET}.20"]
    assert devices[f"{NET}.1"]["role"] == "gateway"
    assert found["facts"]["network"] == f"{NET}.0/24"


def test_two_devices_with_one_address_are_both_told_as_a_conflict(wire: Wire, tmp_path: Path) -> None:
    other = ["ip", "-n", wire.space(100), "address"]
    subprocess.run([*other, "add", f"{NET}.3/24", "dev", "eth0"], check=True, timeout=10)
    try:
        found = sweep(wire, tmp_path)
    finally:
        subprocess.run([*other, "del", f"{NET}.3/24", "dev", "eth0"], check=True, timeout=10)
    assert found["facts"]["conflicts"] == {f"{NET}.3": sorted([HOSTS[3], HOSTS[100]])}


def test_the_sweep_goes_through_the_helper_when_it_runs(wire: Wire, tmp_path: Path) -> None:
    door = tmp_path / "helper.sock"
    with wire.box.popen([sys.executable, "-P", "-m", "agent.helper", "serve", str(door)]) as helper:
        try:
            until(door.exists, "the helper's socket")
            # Without the capability the agent itself could not: what it finds, the helper found.
            words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-m", "agent"]
            words += ["--state-dir", str(tmp_path), "once", "lan", "--json"]
            done = wire.box.run(["env", f"TRUONGNET_HELPER={door}", *words])
            found = json.loads(done.stdout)
        finally:
            helper.terminate()
    assert found["outcome"] == "ok", found
    assert len(found["facts"]["devices"]) == len(HOSTS)


def test_a_host_that_speaks_by_itself_is_heard_though_it_answers_nobody(wire: Wire, tmp_path: Path) -> None:
    inside = ["ip", "netns", "exec", wire.space(3)]
    subprocess.run([*inside, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=8"], check=True, timeout=10)
    try:
        silent = sweep(wire, tmp_path)
        assert f"{NET}.3" not in {device["ip"] for device in silent["facts"]["devices"]}
        with subprocess.Popen(
            [*inside, "ping", "-q", "-i", "0.3", f"{NET}.200"], stdout=subprocess.DEVNULL
        ) as speaking:
            try:
                heard = sweep(wire, tmp_path)
            finally:
                speaking.terminate()
    finally:
        subprocess.run([*inside, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=0"], check=True, timeout=10)
    assert f"{NET}.3" in {device["ip"] for device in heard["facts"]["devices"]}


def test_a_card_without_a_cable_is_a_failure_with_its_reason(wire: Wire, tmp_path: Path) -> None:
    subprocess.run(["ip", "-n", wire.box.name, "link", "set", "eth0", "down"], check=True, timeout=10)
    try:
        words = [sys.executable, "-m", "agent", "--state-dir", str(tmp_path), "once", "lan", "--json"]
        found = json.loads(wire.box.run(words).stdout)
    finally:
        subprocess.run(["ip", "-n", wire.box.name, "link", "set", "eth0", "up"], check=True, timeout=10)
        route = ["ip", "-n", wire.box.name, "route", "replace", "default", "via", f"{NET}.1"]
        subprocess.run(route, check=True, timeout=10)
    assert (found["outcome"], found["reason"]) == ("skipped", "no-route")


def test_a_slow_sweep_ends_by_its_deadline_and_says_that_it_is_incomplete(wire: Wire) -> None:
    words = [sys.executable, "-P", "-m", "agent.once", "lan", "3"]
    found = json.loads(wire.box.run(words, input='{"settings": {"rate": 20, "discover": false}}').stdout)
    assert found["outcome"] == "ok", found
    assert found["facts"]["incomplete"] == "deadline"
    assert f"{NET}.20" in {device["ip"] for device in found["facts"]["devices"]}
    assert found["duration"] < 10
