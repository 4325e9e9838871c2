"""Disks' health, DMI, EDID and texts: what the recorded machines do not show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.probes.host_devices import parse_ieee1284, parse_lpstat
from agent.probes.host_disks import emmc_health, smart_health
from agent.probes.host_dmi import memory, serials, structures
from agent.probes.host_edid import HEADER, parse_edid
from agent.probes.host_network import parse_iw_link
from agent.probes.host_source import clean


def ata(passed: bool | None, attributes: dict[int, tuple[int, int]], rate: int = 7200, **more: Any) -> dict[str, Any]:
    """``attributes``: number -> (normalised, raw)."""
    table = [{"id": key, "value": value, "raw": {"value": raw}} for key, (value, raw) in attributes.items()]
    status = {"smart_status": {"passed": passed}} if passed is not None else {}
    return {"rotation_rate": rate, "ata_smart_attributes": {"table": table}, **status, **more}


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (ata(True, {5: (100, 0), 197: (100, 0), 198: (100, 0)}), "ok"),
        (ata(True, {5: (100, 1)}), "worn"),
        (ata(True, {197: (100, 3)}), "worn"),
        (ata(False, {5: (1, 4000)}), "failing"),
        (ata(True, {231: (95, 95)}, rate=0), "ok"),
        (ata(True, {231: (10, 10)}, rate=0), "worn"),
        (ata(True, {231: (10, 10)}, rate=7200), "ok"),  # means another thing on a turning disk
        (ata(None, {}), "unknown"),
        ({}, "unknown"),
        ({"smart_status": None, "smartctl": {"messages": None}}, "unknown"),
    ],
)
def test_health_of_an_ata_disk(report: dict[str, Any], status: str) -> None:
    assert smart_health(report)["status"] == status


@pytest.mark.parametrize(
    ("log", "status"),
    [
        ({"critical_warning": 0, "percentage_used": 89, "media_errors": 0}, "ok"),
        ({"critical_warning": 0, "percentage_used": 90, "media_errors": 0}, "worn"),
        ({"critical_warning": 0, "percentage_used": 1, "media_errors": 2}, "worn"),
        ({"critical_warning": 4, "percentage_used": 1, "media_errors": 0}, "failing"),
    ],
)
def test_health_of_an_nvme_disk(log: dict[str, int], status: str) -> None:
    report = {"smart_status": {"passed": True}, "nvme_smart_health_information_log": log}
    assert smart_health(report)["status"] == status


def test_a_sleeping_disk_is_not_called_healthy() -> None:
    report = {"smartctl": {"messages": [{"string": "Device is in STANDBY mode, exit(2)"}], "exit_status": 2}}
    assert smart_health(report) == {"status": "unknown", "reason": "asleep"}


@pytest.mark.parametrize(
    ("life_time", "pre_eol", "status"),
    [
        ("0x01 0x01", "0x01", "ok"),
        ("0x01 0x0a", "0x01", "worn"),
        ("0x0b 0x01", "0x01", "failing"),
        ("0x01 0x01", "0x02", "worn"),
        ("0x01 0x01", "0x03", "failing"),
        ("0x00 0x00", "0x00", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_health_of_emmc(life_time: str, pre_eol: str, status: str) -> None:
    assert emmc_health(life_time, pre_eol)["status"] == status


@given(st.binary(max_size=400))
def test_no_dmi_table_can_break_its_reader(raw: bytes) -> None:
    assert len(list(structures(raw))) <= 100
    memory(raw)
    serials(raw)


@given(st.binary(min_size=112, max_size=112))
def test_no_edid_can_break_its_reader(rest: bytes) -> None:
    edid = HEADER + rest + bytes(7)
    parse_edid(edid + bytes([-sum(edid) % 256]))


def test_an_edid_with_a_wrong_checksum_or_header_is_none() -> None:
    edid = HEADER + bytes(119)
    good = edid + bytes([-sum(edid) % 256])
    assert parse_edid(good) is not None
    assert parse_edid(good[:-1] + bytes([good[-1] ^ 1])) is None
    assert parse_edid(bytes(128)) is None
    assert parse_edid(good[:100]) is None


def test_the_password_and_the_serial_number_of_a_printer_stay_at_the_school() -> None:
    found = parse_lpstat(
        "device for A: ipp://user:secret@10.0.0.9/ipp\ndevice for B: usb://HP/LaserJet%20P1102?serial=XYZ\nnonsense\n"
    )
    assert [each.get("host", each.get("model")) for each in found] == ["10.0.0.9", "LaserJet P1102"]
    assert "secret" not in str(found)
    assert "XYZ" not in str(found)


def test_what_a_printer_says_of_itself_is_split() -> None:
    assert parse_ieee1284("MFG:HP;mdl: P1102 ;X;") == {"MFG": "HP", "MDL": "P1102"}
    assert parse_ieee1284("") == {}


@pytest.mark.parametrize("text", ["", "Not connected.\n", "nl80211 not found.\n"])
def test_a_wifi_card_without_a_network_says_so(text: str) -> None:
    assert parse_iw_link(text) == {"connected": False}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("  LENOVO \x00", "LENOVO"),
        ("To be filled by O.E.M.", ""),
        ("....", ""),
        ("A\tB\n\x1bC", "A B C"),
        ("Ổ đĩa", "Ổ đĩa"),
    ],
)
def test_texts_of_makers_are_cleaned(raw: str, shown: str) -> None:
    assert clean(raw) == shown
