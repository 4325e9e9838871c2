"""A school's wire on its page: what the devices are, where the box hangs, who gives addresses who should not."""

from __future__ import annotations

import re
from typing import Any

from controller.tables import Device, Event, Measurement
from tests.integration.api.world import NOON, OWN, World, box_id
from tests.integration.web.school import PATH, get, school, set_latest, text_of
from tests.unit.web.test_lan import BODY

EVIL = "<img src=x onerror=alert(1)>"


def fill(world: World) -> None:
    with world.session() as session:
        key = school(session).id or 0
        body = {**BODY, "facts": {**BODY["facts"], "missing": {}}}
        session.add(
            Measurement(
                school_id=key, agent_id=box_id(OWN, "accepted"), seq=90, item=0, probe="lan", outcome="ok",
                at=NOON - 60, body=body,
            )
        )  # fmt: skip
        rows: tuple[tuple[str, str, dict[str, Any], list[str]], ...] = (
            ("b8:27:eb:33:00:01", "router", {"ssdp": {"name": "Archer C6"}}, ["ARP: gateway"]),
            ("b8:27:eb:33:00:02", "printer", {"mdns": {"name": "may-in-hieu-bo"}}, ["mDNS: _ipp._tcp", EVIL]),
            ("b8:27:eb:33:00:03", "", {"netbios": {"name": EVIL}}, []),
        )
        for mac, kind, heard, evidence in rows:
            facts: dict[str, Any] = {"heard": heard} | ({"kind": kind, "evidence": evidence} if kind else {})
            session.add(Device(school_id=key, mac=mac, ip="10.0.0.3", last_seen=NOON, first_seen=NOON, facts=facts))
        said = {"server": "192.168.1.66", "mac": "b8:27:eb:00:00:66"}
        event = Event(at=NOON - 5, kind="lan", subject="lan:rogue-dhcp", before="none", after="present", facts=said)
        event.school_id = key
        session.add(event)
        session.commit()
    set_latest(world, states={"lan:rogue-dhcp": {"after": "present", "at": NOON - 5, "detail": ""}})


def test_names_kinds_and_what_they_rest_on_are_shown_and_nothing_of_it_is_markup(sqlite_world: World) -> None:
    fill(sqlite_world)
    page = get(sqlite_world)
    words = text_of(page)
    assert "may-in-hieu-bo" in words
    assert re.search(r"Printer\s+mDNS: _ipp\._tcp", words)
    assert EVIL not in page


def test_where_the_box_hangs_and_who_gives_addresses_is_shown(sqlite_world: World) -> None:
    fill(sqlite_world)
    words = text_of(get(sqlite_world))
    assert re.search(r"The box is plugged into\s+sw-tang-1 · port 00:11:22:33:44:55 \(Gi0/3\) · VLAN 10", words)
    assert re.search(r"192\.168\.1\.66\s+b\s+foreign", words)
    assert "17 devices, only counted" in words


def test_a_rogue_dhcp_server_is_alarming_on_the_page_and_among_the_events(sqlite_world: World) -> None:
    fill(sqlite_world)
    words = text_of(get(sqlite_world))
    assert words.count("A foreign DHCP server gives addresses on the school's network") == 2
    assert "192.168.1.66, MAC b8:27:eb:00:00:66" in words
    set_latest(sqlite_world, states={"lan:rogue-dhcp": {"after": "none", "at": NOON, "detail": ""}})
    assert text_of(get(sqlite_world)).count("A foreign DHCP server gives addresses") == 1, "the event alone stays"


def test_devices_are_found_and_sorted_by_what_they_are(sqlite_world: World) -> None:
    fill(sqlite_world)
    words = text_of(get(sqlite_world, f"{PATH}?q=may+in"))
    assert "b8:27:eb:33:00:02" in words
    assert "b8:27:eb:33:00:01" not in words
    page = get(sqlite_world, f"{PATH}?sort=kind&q=b8:27:eb:33")
    assert re.findall(r">(b8:27:eb:33:00:0\d)<", page) == [f"b8:27:eb:33:00:0{n}" for n in (2, 1, 3)]


def test_what_could_not_be_heard_is_said_with_the_command_that_mends_it(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        row = Measurement(school_id=school(session).id or 0, agent_id=box_id(OWN, "accepted"), seq=91, item=0,
                          probe="lan", outcome="ok", at=NOON, body=BODY)  # fmt: skip
        session.add(row)
        session.commit()
    assert "sudo sh install.sh" in text_of(get(sqlite_world))
