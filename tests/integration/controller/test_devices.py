"""Devices of a school's wire: who they are by IEEE's lists, and what a person said of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from agent.wire import Item, Result, StateChange
from controller.alerts.alert import Alert
from controller.alerts.sources import rogue_dhcp
from controller.retention import remove_old
from controller.tables import Device, Event, Latest
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


def test_what_a_device_says_becomes_its_kind_with_evidence_and_its_name(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    heard = {"mdns": {"name": "may-in-hieu-bo", "services": ["_ipp._tcp"], "model": "HP LaserJet 400"}}
    seen = {"mac": KNOWN, "ip": "192.168.1.9", "private": False, "heard": heard, "seen_ago": 3_600}
    province.exchange(box, box.batch(now, [sweep(box, now, seen)]))
    with province.session() as session:
        device = session.exec(select(Device)).one()
    assert (device.kind, device.heard_name, device.name) == ("printer", "may-in-hieu-bo", "")
    assert "mDNS: _ipp._tcp" in device.facts["evidence"]
    assert abs(device.last_seen - (now - 3_600)) < 1, "seen when it was seen, not when it was told"


def test_a_rogue_dhcp_server_is_an_event_and_the_newest_state_of_its_school(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    facts = {"server": "192.168.1.66", "mac": "b8:27:eb:00:00:66"}
    change = StateChange(at=box.stamp(now), subject="lan:rogue-dhcp", before="none", after="present", facts=facts)
    province.exchange(box, box.batch(now, [Item(kind="state", body=change)]))
    with province.session() as session:
        event = session.exec(select(Event).where(Event.kind == "lan")).one()
        latest = session.exec(select(Latest).where(Latest.school_id == event.school_id)).one()
    assert (event.before, event.after, event.facts) == ("none", "present", facts)
    assert latest.states["lan:rogue-dhcp"]["after"] == "present"


def test_a_rogue_dhcp_server_that_a_box_tells_is_an_alert_until_the_box_tells_its_end(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    facts = {"server": "192.168.1.66", "mac": "b8:27:eb:00:00:66"}
    engine = province.services.engine

    def tell(at: float, before: str, after: str) -> list[Alert]:
        said = facts if after == "present" else {}
        change = StateChange(at=box.stamp(at), subject="lan:rogue-dhcp", before=before, after=after, facts=said)
        province.exchange(box, box.batch(at, [Item(kind="state", body=change)]))
        with engine.connect() as connection:
            return rogue_dhcp.read(connection, known, at)

    known: list[str] = []
    [alert] = tell(now - 60, "none", "present")
    assert (alert.kind, alert.severity, alert.ended_at) == ("rogue-dhcp", "warning", None)
    assert alert.facts[0].vi == "Máy lạ: 192.168.1.66 (MAC b8:27:eb:00:00:66)"
    assert all(each.vi and each.en and each.vi != each.en for each in (alert.title, *alert.facts, *alert.advice))
    assert "dhcp_servers" in alert.advice[-1].en
    known.append(alert.key)
    [over] = tell(now, "present", "none")
    assert (over.key, over.ended_at is not None) == (alert.key, True)


def test_a_telephone_has_no_name_and_is_forgotten_after_a_day_and_a_named_device_never(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    old = now - 2 * 86_400
    heard = {"mdns": {"name": "iPhone-cua-An", "services": ["_x._tcp"]}}
    phone = {"mac": PRIVATE, "ip": "192.168.1.20", "private": True, "name": "An", "heard": heard}
    other = {"mac": "b8:27:eb:01:02:04", "ip": "192.168.1.10"}
    province.exchange(box, box.batch(old, [sweep(box, old, {"mac": KNOWN, "ip": "192.168.1.9"}, phone, other)]))
    with province.session() as session:
        devices = {device.mac: device for device in session.exec(select(Device)).all()}
        told = devices[PRIVATE.lower()]
        assert (told.name, told.heard_name) == ("", "")
        assert "An" not in str(told.facts)
        devices[KNOWN].name = "Máy in phòng hiệu bộ"
        session.add(devices[KNOWN])
        session.commit()
    engine, settings = province.services.engine, province.services.settings
    remove_old(engine, settings, now)
    with province.session() as session:
        assert {device.mac for device in session.exec(select(Device)).all()} == {KNOWN, "b8:27:eb:01:02:04"}
    remove_old(engine, settings, now + 200 * 86_400)
    with province.session() as session:
        assert {device.mac for device in session.exec(select(Device)).all()} == {KNOWN}
