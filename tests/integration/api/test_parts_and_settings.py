"""Rooms, lines and contacts of a school; communes; what boxes are told; calendars for many schools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, STRANGER, THERE, Person, World

NEW: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rooms": ({"code": "B2", "kind": "computer-room"}, {"seats": 24}),
    "links": ({"name": "2", "medium": "mobile", "price_vnd": 300_000}, {"down_bps": 50e6}),
    "contacts": ({"name": "Lê Tâm", "phone": "0277 385 1234"}, {"email": "tam@example.vn"}),
}


@pytest.mark.parametrize("kind", NEW)
def test_a_part_of_a_school_is_added_changed_and_removed(world: World, kind: str) -> None:
    path, (body, more) = f"/api/v1/schools/{OWN}/{kind}", NEW[kind]
    made = world.as_admin("POST", path, json=body)
    assert made.status_code == 201, made.text
    number, tag = made.json()["id"], made.headers["ETag"]
    changed = world.as_admin("PATCH", f"{path}/{number}", json=more, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert {**body, **more}.items() <= changed.json().items()
    assert world.as_admin("PATCH", f"{path}/{number}", json=body, headers={"If-Match": tag}).status_code == 412
    assert world.as_admin("DELETE", f"{path}/{number}").status_code == 204
    assert len(world.as_admin("GET", path).json()) == 1


@pytest.mark.parametrize("kind", NEW)
def test_a_part_is_not_reached_through_another_school(world: World, kind: str) -> None:
    number = world.as_admin("GET", f"/api/v1/schools/{STRANGER}/{kind}").json()[0]["id"]
    mine = Person("operator", "school", OWN)
    assert world.call(mine, "PATCH", f"/api/v1/schools/{OWN}/{kind}/{number}", json={}).status_code == 404
    assert world.call(mine, "DELETE", f"/api/v1/schools/{OWN}/{kind}/{number}").status_code == 404


def test_two_rooms_cannot_share_a_code(world: World) -> None:
    answer = world.as_admin("POST", f"/api/v1/schools/{OWN}/rooms", json={"code": "A101"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert world.as_admin("GET", f"/api/v1/schools/{OWN}/rooms").status_code == 200


def test_an_auditor_does_not_learn_whom_to_call(sqlite_world: World) -> None:
    auditor = Person("auditor", "province")
    assert sqlite_world.call(auditor, "GET", f"/api/v1/schools/{OWN}/contacts").status_code == 403


def test_communes_are_found_without_accents_and_counted_within_ones_scope(world: World) -> None:
    found = world.as_admin("GET", "/api/v1/communes?q=cao lanh").json()
    assert [(commune["code"], commune["schools"]) for commune in found] == [(HERE, 2)]
    head = Person("school", "school", SIBLING)
    assert [(one["code"], one["schools"]) for one in world.call(head, "GET", "/api/v1/communes").json()] == [(HERE, 1)]


def test_a_commune_is_made_and_an_empty_one_removed(world: World) -> None:
    assert world.as_admin("PUT", "/api/v1/communes/29003", json={"name": "Xã Láng Sen"}).status_code == 200
    assert world.as_admin("DELETE", "/api/v1/communes/29003").status_code == 204
    assert world.as_admin("DELETE", f"/api/v1/communes/{THERE}").json()["code"] == "in-use"


def test_settings_of_boxes_rise_in_revision_with_each_change(world: World) -> None:
    path = "/api/v1/settings/boxes"
    target = {"name": "vnix", "kind": "domestic", "address": "203.119.8.1"}
    first = world.as_admin("PUT", path, json={"targets": [target], "probes": {"reach": {"every": 60}}})
    second = world.as_admin("PUT", path, json={"targets": []})
    assert first.json()["targets"] == [target]
    assert first.json()["probes"] == {"reach": {"every": 60.0}}
    assert second.json()["revision"] > first.json()["revision"] >= int(world.clock.now)
    late = world.as_admin("PUT", path, json={"targets": []}, headers={"If-Match": first.headers["ETag"]})
    assert late.status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        {"targets": [{"name": "vnix", "kind": "domestic", "address": "a b"}]},
        {"targets": [{"name": "Vnix!", "kind": "domestic", "address": "a.vn"}]},
        {"targets": [{"name": "a", "kind": "elsewhere", "address": "a.vn"}]},
        {"targets": [{"name": "a", "kind": "domestic", "address": "a.vn"}] * 2},
        {"probes": {"reach": {"every": 0}}},
        {"probes": {"format-disk": {"every": 60}}},
        {"probes": {"reach": {"command": "rm"}}},
    ],
)
def test_settings_that_a_box_could_not_follow_are_refused(sqlite_world: World, body: object) -> None:
    assert sqlite_world.as_admin("PUT", "/api/v1/settings/boxes", json=body).status_code == 422


def test_one_calendar_is_laid_over_the_schools_of_a_commune(world: World) -> None:
    calendar = {"hours": {"mon": ["06:30", "17:30"]}}
    answer = world.call(ADMIN, "PUT", "/api/v1/settings/calendar", json={"calendar": calendar, "commune": HERE})
    assert answer.json() == {"schools": 2}
    found = {code: world.as_admin("GET", f"/api/v1/schools/{code}").json()["calendar"] for code in (OWN, STRANGER)}
    assert found == {OWN: calendar, STRANGER: {}}
