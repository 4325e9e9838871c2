"""Several runs together: who is there, what leaves the school, and what a device that changes addresses can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.lan.keeper import NEIGHBOURS_KEPT, LanKeeper
from agent.lan.merge import MAX_KEPT, RUNS, STRANGERS
from agent.wire import Result, Sample, Stamp

PC, TV, PHONE = "18:c0:4d:00:00:01", "8c:79:f5:00:00:02", "da:a1:19:12:34:56"


def device(mac: str, last: int = 5, **more: Any) -> dict[str, Any]:
    return {"mac": mac, "ip": f"192.168.1.{last}", "private": bool(int(mac[:2], 16) & 2), **more}


def run(*devices: dict[str, Any], at: float = 1_000.0, **facts: Any) -> Result:
    stamp = Stamp(wall=at, mono=at, boot="b")
    samples = [Sample(name="lan_devices", value=float(len(devices))), Sample(name="lan_sweep_seconds", value=1.0)]
    return Result(
        probe="lan", outcome="ok", started=stamp, duration=1.0, samples=samples, facts={"devices": devices, **facts}
    )


def told(keeper: LanKeeper, *devices: dict[str, Any], **more: Any) -> tuple[list[str], dict[str, float]]:
    result, _ = keeper.take(run(*devices, **more), {})
    return [each["mac"] for each in result.facts["devices"]], {each.name: each.value for each in result.samples}


def test_a_device_that_sleeps_is_there_for_a_few_runs_and_then_gone(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    assert told(keeper, device(PC), device(TV, 6))[0] == [PC, TV]
    for _ in range(RUNS - 1):
        assert told(keeper, device(TV, 6))[0] == [PC, TV]
    assert told(keeper, device(TV, 6))[0] == [TV]


def test_since_when_a_sleeper_was_not_seen_is_told(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    keeper.take(run(device(PC), at=1_000.0), {})
    result, _ = keeper.take(run(at=4_600.0), {})
    assert result.facts["devices"][0]["seen_ago"] == 3_600


def test_telephones_are_counted_and_leave_nothing_else(tmp_path: Path) -> None:
    heard = {"mdns": {"services": ["_apple-mobdev2._tcp"]}}
    conflicts = {"192.168.1.9": [PC, PHONE]}
    result, _ = LanKeeper(tmp_path).take(run(device(PC), device(PHONE, 9, heard=heard), conflicts=conflicts), {})
    assert PHONE not in json.dumps(result.facts)
    assert PHONE not in (tmp_path / "lan.json").read_text()
    assert result.facts["conflicts"] == {"192.168.1.9": [PC, "private"]}
    counts = {each.name: each.value for each in result.samples}
    assert (counts["lan_devices"], counts["lan_private_macs"], counts["lan_sweep_seconds"]) == (2, 1, 1)


@pytest.mark.parametrize(
    "more",
    [{"role": "gateway"}, {"heard": {"mdns": {"services": ["_ipp._tcp"]}}}, {"heard": {"dhcp": {"server": True}}}],
)
def test_what_serves_others_is_told_though_its_address_is_made_up(tmp_path: Path, more: dict[str, Any]) -> None:
    assert told(LanKeeper(tmp_path), device(PHONE, **more))[0] == [PHONE]


def test_what_a_device_said_is_remembered_while_it_is_silent(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    keeper.take(run(device(PC, heard={"netbios": {"name": "PHONGMAY-01"}})), {})
    result, _ = keeper.take(run(device(PC, heard={"snmp": {"name": "x"}})), {})
    assert result.facts["devices"][0]["heard"] == {"netbios": {"name": "PHONGMAY-01"}, "snmp": {"name": "x"}}


def test_a_device_that_changes_its_address_each_minute_fills_nothing_and_is_reported(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    ever: set[str] = set()
    waiting = 0.0
    for number in range(300):
        changing = device(f"00:11:22:33:{number // 256:02x}:{number % 256:02x}", 77)
        macs, counts = told(keeper, device(PC), changing)
        ever |= set(macs)
        waiting = max(waiting, counts["lan_devices_waiting"])
    assert PC in ever
    assert len(ever) <= STRANGERS + RUNS + 2
    assert waiting >= 1
    assert told(keeper, device(PC), device(TV, 6))[0] == [PC], "a newcomer waits, too, while that lasts"
    assert told(keeper, device(PC), device(TV, 6))[0] == [PC, TV], "and is told when it is seen again"


def test_a_flood_of_addresses_in_one_run_is_bounded(tmp_path: Path) -> None:
    many = [
        device(f"00:11:22:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}") for number in range(5_000)
    ]
    assert len(told(LanKeeper(tmp_path), *many)[0]) == MAX_KEPT


def test_the_switch_port_is_remembered_over_runs_in_which_it_said_nothing(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    switch = {"by": "cdp", "mac": "00:00:0c:00:00:01", "name": "sw", "port": "Gi0/3"}
    keeper.take(run(neighbours=[switch], servers=[], gateways=[]), {})
    result, _ = keeper.take(run(neighbours=[], servers=[], gateways=[]), {})
    assert result.facts["neighbours"] == [{**switch, "runs_ago": 1}]
    for _ in range(NEIGHBOURS_KEPT):
        result, _ = keeper.take(run(neighbours=[], servers=[], gateways=[]), {})
    assert result.facts["neighbours"] == []


def test_a_rogue_server_is_a_change_of_state_with_its_address(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    own = {"server": "192.168.1.1", "mac": "a", "routers": ["192.168.1.1"]}
    rogue = {"server": "192.168.1.66", "mac": "b", "routers": ["192.168.1.66"], "dns": [], "kind": "offer"}
    _, changes = keeper.take(run(servers=[own], gateways=["192.168.1.1"]), {})
    assert changes == []
    result, [change] = keeper.take(run(servers=[own, rogue], gateways=["192.168.1.1"]), {})
    assert (change.subject, change.before, change.after) == ("lan:rogue-dhcp", "none", "present")
    assert (change.facts["server"], change.facts["mac"]) == ("192.168.1.66", "b")
    assert result.facts["rogues"] == ["192.168.1.66"]
    _, changes = keeper.take(run(servers=[own], gateways=["192.168.1.1"]), {"dhcp_servers": ["192.168.1.1"]})
    _, [change] = keeper.take(run(servers=[own], gateways=["192.168.1.1"]), {})
    assert (change.before, change.after) == ("present", "none")


def test_a_run_that_could_not_listen_says_nothing_about_servers(tmp_path: Path) -> None:
    keeper = LanKeeper(tmp_path)
    rogue = {"server": "192.168.1.66", "mac": "b", "routers": ["192.168.1.66"]}
    keeper.take(run(servers=[rogue], gateways=["192.168.1.1"]), {})
    for _ in range(5):
        assert keeper.take(run(missing={"listen": {"reason": "no-scapy"}}), {})[1] == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"run": "x"}', '{"run": 3, "devices": {"a": 5}, "dhcp": 1, "neighbours": [1]}', "\x00" * 9],
)
def test_a_file_that_makes_no_sense_is_a_beginning(tmp_path: Path, text: str) -> None:
    (tmp_path / "lan.json").write_text(text)
    assert told(LanKeeper(tmp_path), device(PC))[0] == [PC]
