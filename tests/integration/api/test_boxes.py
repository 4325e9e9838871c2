"""Boxes and join codes through the API: made, decided, revoked, released, and told from one another."""

from __future__ import annotations

from controller import joincodes
from controller.tables import Agent
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, Person, World, box_id, code_id

TECHNICIAN = Person("technician", "commune", HERE)


def decide(world: World, state: str, action: str, person: Person = TECHNICIAN, **more: object) -> int:
    return world.call(person, "POST", f"/api/v1/agents/{box_id(OWN, state)}/{action}", **more).status_code


def test_a_pending_box_is_accepted_by_comparing_its_words(world: World) -> None:
    waiting = world.call(TECHNICIAN, "GET", "/api/v1/agents?state=pending&sort=school").json()
    assert [box["school_code"] for box in waiting] == [OWN, SIBLING]
    assert len(waiting[0]["fingerprint"].split("-")) == 6
    answer = world.call(TECHNICIAN, "POST", f"/api/v1/agents/{waiting[0]['id']}/accept")
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("accepted", TECHNICIAN.login)


def test_a_decision_asked_for_twice_is_made_once_and_a_contrary_one_is_refused(world: World) -> None:
    assert decide(world, "pending", "accept") == 200
    assert decide(world, "pending", "accept") == 200
    assert decide(world, "pending", "refuse", json={"reason": "wrong-school"}) == 409
    said = [row["action"] for row in world.as_admin("GET", "/api/v1/audit?action=agent.").json()]
    assert said == ["agent.accept"]


def test_a_refused_box_carries_its_reason(world: World) -> None:
    assert decide(world, "pending", "refuse", json={"reason": "wrong-fingerprint"}) == 200
    box = world.as_admin("GET", f"/api/v1/agents/{box_id(OWN, 'pending')}").json()
    assert (box["state"], box["reason"]) == ("refused", "wrong-fingerprint")


def test_the_end_of_a_quarantine_retires_the_copied_identity_and_gives_a_new_code(world: World) -> None:
    answer = world.call(TECHNICIAN, "POST", f"/api/v1/agents/{box_id(OWN, 'quarantined')}/release")
    assert answer.status_code == 200
    assert joincodes.decode(answer.json()["text"])["i"] == answer.json()["code_id"]
    with world.session() as session:
        box = session.get(Agent, box_id(OWN, "quarantined"))
        assert box is not None
        assert box.state == "retired"
    assert decide(world, "accepted", "release") == 409


def test_a_join_code_is_shown_once_and_can_be_revoked(world: World) -> None:
    made = world.call(TECHNICIAN, "POST", "/api/v1/join-codes", json={"school": OWN, "hours": 1}).json()
    assert made["expires_at"] == world.clock.now + 3600
    listed = world.call(TECHNICIAN, "GET", "/api/v1/join-codes?open=true")
    assert made["id"] in listed.text
    assert made["text"] not in listed.text
    assert world.call(TECHNICIAN, "DELETE", f"/api/v1/join-codes/{made['id']}").status_code == 204
    assert made["id"] not in world.call(TECHNICIAN, "GET", "/api/v1/join-codes?open=true").text
    assert made["id"] in world.call(TECHNICIAN, "GET", "/api/v1/join-codes?open=false").text


def test_a_code_for_a_school_outside_ones_scope_cannot_be_made_or_revoked(world: World) -> None:
    other = Person("technician", "school", SIBLING)
    assert world.call(other, "POST", "/api/v1/join-codes", json={"school": OWN}).status_code == 404
    assert world.call(other, "DELETE", f"/api/v1/join-codes/{code_id(OWN)}").status_code == 404


def test_a_validity_out_of_bounds_is_refused(sqlite_world: World) -> None:
    for hours in (0, 721):
        body = {"school": OWN, "hours": hours}
        assert sqlite_world.as_admin("POST", "/api/v1/join-codes", json=body).status_code == 422


def test_a_beat_that_is_still_in_memory_shows(sqlite_world: World) -> None:
    box = box_id(OWN, "accepted")
    sqlite_world.services.beats.seen(box, sqlite_world.clock.now + 5)
    answer = sqlite_world.call(ADMIN, "GET", f"/api/v1/agents/{box}")
    assert answer.json()["last_beat_at"] == sqlite_world.clock.now + 5
