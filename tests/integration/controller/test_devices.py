"""Devices of a school's wire: who they are by IEEE's lists, and what a person said of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from agent.wire import Item, Result
from controller.tables import Device
from inventory import vendors
from tests.integration.controller.conftest import Province

KNOWN = "b8:27:eb:01:02:03"
PRIVATE = "DA:A1:19:12:34:56"


def sweep(box: Any, at: float, *devices: dict[str, Any]) -> Item:
    result = Result(
        probe="lan", outcome="ok", started=box.stamp(at), duration=1.6, facts={"interface": "eth0", "devices": devices}
    )
    return Item(kind="result", body=result)


@pytest.mark.skipif(not vendors.IEEE_DATA.exists(), reason="the Debian package ieee-data is not installed")
def test_a_device_gets_its_maker_and_a_private_address_is_named_as_such(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    seen = sweep(
        box, now, {"mac": KNOWN, "ip": "192.168.1.9", "private": False}, {"mac": PRIVATE, "ip": "192.168.1.20"}
    )
    province.exchange(box, box.batch(now, [seen]))
    with province.session() as session:
        devices = {device.mac: device for device in session.exec(select(Device)).all()}
    assert "Raspberry Pi" in devices[KNOWN].vendor
    assert (devices[PRIVATE.lower()].vendor, devices[PRIVATE.lower()].is_private_mac) == ("", True)


def test_a_name_that_a_person_gave_outlives_the_next_sweep(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    province.exchange(box, box.batch(now - 3600, [sweep(box, now - 3600, {"mac": KNOWN, "ip": "192.168.1.9"})]))
    with province.session() as session:
        device = session.exec(select(Device)).one()
        first_seen, device.name = device.first_seen, "Máy in phòng hiệu bộ"
        session.add(device)
        session.commit()
    province.exchange(box, box.batch(now, [sweep(box, now, {"mac": KNOWN, "ip": "192.168.1.77"})]))
    with province.session() as session:
        device = session.exec(select(Device)).one()
    assert (device.name, device.ip, device.first_seen) == ("Máy in phòng hiệu bộ", "192.168.1.77", first_seen)
    assert device.last_seen > first_seen
