"""The helper as a school's box runs it: a real Debian host with systemd, its unit's sandbox, an unprivileged agent."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import images, install
from tests.lab.hosts import Host
from tests.lab.wire import NET, Wire

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="needs root: boots a Debian host")]

HOSTS = {1: "a4:2b:b0:00:00:01", 20: "da:a1:19:12:34:56", 100: "00:17:c8:aa:00:01"}
SOCKET = "/run/truongnet/helper.sock"
# The agent's own rights, and no more: what a probe gets beyond them, the helper gave.
AS_AGENT = ["setpriv", "--reuid=truongnet", "--regid=truongnet", "--clear-groups", "--bounding-set=-all"]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    work = tmp_path_factory.mktemp("helper")
    (work / "host").mkdir()
    with Wire(HOSTS) as wire:
        layer = install.school(work, images.wheel(work / "wheel"))
        with Host("hop-truong", layer, wire.box, work / "host") as host:
            yield host


def once(box: Host, probe: str) -> dict[str, Any]:
    words = [*AS_AGENT, "env", f"TRUONGNET_HELPER={SOCKET}", "/opt/truongnet/bin/python", "-P", "-m", "agent.once"]
    result: dict[str, Any] = json.loads(box.run(*words, probe, "30", input="{}"))
    return result


def test_the_units_run_and_the_socket_is_the_group_s(box: Host) -> None:
    assert box.run("systemctl", "is-active", "truongnet-helper", "truongnet-agent").split() == ["active", "active"]
    assert box.run("stat", "-c", "%U %G %a", SOCKET) == "root truongnet 660"


def test_an_unprivileged_agent_sweeps_the_wire_through_the_helper(box: Host) -> None:
    found = once(box, "lan")
    assert (found["outcome"], found["detail"]) == ("ok", "")
    assert {device["ip"]: device["mac"] for device in found["facts"]["devices"]} == {
        f"{NET}.{host}": mac for host, mac in HOSTS.items()
    }


def test_the_agent_s_unit_lets_it_ping(box: Host) -> None:
    assert box.read("/proc/sys/net/ipv4/ping_group_range").split() == [b"0", b"2147483647"]
    found = once(box, "reach")
    gateway = [sample for sample in found["samples"] if sample["labels"]["target"] == "gateway"]
    assert {(sample["name"], sample["labels"]["method"]) for sample in gateway} == {("rtt_seconds", "icmp")}


def test_hardware_is_read_without_rights_and_what_the_helper_cannot_give_has_its_reason(box: Host) -> None:
    found = once(box, "host")
    assert found["outcome"] == "ok"
    assert found["facts"]["os"]["hostname"] == "hop-truong"
    assert found["facts"]["system"]["virtual"]
    reasons = {why["reason"] for why in found["facts"]["missing"].values()}
    assert not reasons & {"needs-root", "defect", "helper-answer"}, found["facts"]["missing"]


def test_another_user_of_the_box_may_not_ask_the_helper(box: Host) -> None:
    words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", f"TRUONGNET_HELPER={SOCKET}"]
    found = json.loads(box.run(*words, "/opt/truongnet/bin/python", "-P", "-m", "agent.once", "lan", "30", input="{}"))
    assert (found["outcome"], found["reason"]) == ("skipped", "needs-root")
