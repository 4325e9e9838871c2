"""Devices as boxes tell them: bounded, and nameless where they are somebody's telephone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controller.lan_devices import MAX_FACTS, device_row, with_guess

PC, PHONE = "18:C0:4D:00:00:01", "da:a1:19:12:34:56"


def row(**device: Any) -> dict[str, Any]:
    made = device_row(1, {"mac": PC, "ip": "192.168.1.5"} | device, 1_000_000.0)
    assert made is not None
    return made


def test_a_device_is_known_by_its_address_in_small_letters() -> None:
    assert row()["mac"] == PC.lower()
    for bad in ({"mac": None}, {"mac": ""}, {"mac": "x" * 33}, {"mac": 5}):
        assert device_row(1, bad, 0.0) is None


@pytest.mark.parametrize(
    ("ago", "seen"), [(None, 0), (3_600, 3_600), (-5, 0), (1e12, 7 * 86_400), ("x", 0), (float("nan"), 0), (True, 1)]
)
def test_a_device_that_sleeps_was_seen_when_it_was_seen(ago: object, seen: float) -> None:
    assert row(seen_ago=ago)["last_seen"] == 1_000_000.0 - seen


def test_a_private_device_keeps_no_name_whatever_the_box_says() -> None:
    heard = {"mdns": {"name": "dien-thoai-cua-an", "services": ["_x._tcp"], "model": "An"}, "snmp": {"name": "An"}}
    told = row(mac=PHONE, name="An", heard=heard)
    assert "An" not in json.dumps(told, ensure_ascii=False)
    assert told["facts"]["heard"]["mdns"] == {"services": ["_x._tcp"]}


def test_what_is_too_much_is_left_out_and_the_device_stays() -> None:
    told = row(role="gateway", heard={"mdns": {"name": "x" * MAX_FACTS}})
    assert told["facts"] == {"role": "gateway"}


def test_a_kind_that_a_box_claims_is_not_taken_over() -> None:
    told = row(kind="server", evidence=["trust me"], heard={"mdns": {"services": ["_ipp._tcp"]}})
    facts = with_guess(told, "")["facts"]
    assert (facts["kind"], facts["evidence"]) == ("printer", ["mDNS: _ipp._tcp"])
