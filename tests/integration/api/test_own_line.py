"""The province's own line: whom it is checked by, and what a school that is silent meanwhile is called."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from controller import our_side
from controller.incidents.uplink import Uplink, places, wanted
from controller.services import Services
from tests.integration.api.test_incidents import ALL, NOON, Place, place
from tests.integration.api.world import World

__all__ = ["place"]


def test_our_own_line_is_checked_and_unknown_is_not_well(world: World) -> None:
    assert places("203.119.8.1:443, [::1]:80") == [("203.119.8.1", 443), ("::1", 80)]
    for wrong in ("nothing", "host:", "host:0", ":443"):
        with pytest.raises(ValueError, match=wrong):
            places(wrong)
    engine = world.services.engine
    with engine.connect() as connection:
        assert our_side.uplink(connection, NOON).state == "unknown"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uplink, port = Uplink(world.services), closed.getsockname()[1]
        uplink.tick(NOON)
        uplink.wait()
        with engine.connect() as connection:
            assert our_side.last_look(connection).answers == {}, "nobody is named: nobody is asked"
        uplink = Uplink(asking(world, f"127.0.0.1:{port}"))  # refused: somebody is there
        uplink.tick(NOON)
        uplink.wait()
        with engine.connect() as connection:
            assert our_side.uplink(connection, NOON + 10).state == "ok"
            assert our_side.uplink(connection, NOON + 1_000).state == "unknown"


def asking(world: World, targets: str) -> Services:
    return replace(world.services, settings=replace(world.services.settings, uplink_targets=targets))


def test_without_a_setting_the_boxes_targets_are_asked(world: World) -> None:
    targets = [
        {"name": "world", "kind": "international", "address": "1.1.1.1"},
        {"name": "vnix", "kind": "domestic", "address": "203.119.8.1"},
    ]
    world.as_admin("PUT", "/api/v1/settings/boxes", json={"targets": targets})
    with world.services.engine.connect() as connection:
        hosts = ("203.119.8.1", "1.1.1.1")
        assert wanted(connection, "") == [(host, port) for host in hosts for port in (443, 80, 53)]
        assert wanted(connection, "192.0.2.1:25") == [("192.0.2.1", 25)]


def test_while_our_line_is_down_one_silent_school_is_not_at_fault(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_there = True
    monkeypatch.setattr("controller.incidents.uplink.answers", lambda _place: is_there)
    uplink = Uplink(asking(place.world, "192.0.2.1:443"))

    def pass_time(since: int, until: int, *heard: int) -> None:
        for now in range(since, until, 10):
            if now % 30 == 0:
                uplink.tick(NOON + now)
                uplink.wait()
                place.beat(*heard, at=NOON + now)
            place.tick(NOON + now)

    pass_time(0, 60, *ALL)
    assert place.incidents() == []
    assert 'truongnet_uplink_state{state="ok"} 1.0' in place.world.as_admin("GET", "/metrics").text
    is_there = False
    pass_time(60, 300, *ALL[1:])
    (incident,) = place.incidents()
    assert (incident.kind, incident.cause, incident.state, incident.schools) == ("province", "controller", "open", 1)
    assert set(place.statuses().values()) == {"up"}
    assert 'truongnet_uplink_state{state="down"} 1.0' in place.world.as_admin("GET", "/metrics").text
    page = place.world.as_admin("GET", "/settings").text
    assert "192.0.2.1:443" in page
    assert "no answer" in page
    is_there = True
    pass_time(300, 900, *ALL)
    assert [one.state for one in place.incidents()] == ["closed"]
