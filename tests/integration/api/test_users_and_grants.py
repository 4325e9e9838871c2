"""Accounts and grants: nobody hands out more than he has, and the province keeps an administrator."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from controller.people import grants
from controller.people.permissions import ROLE_SCOPES
from controller.problems import Problem
from controller.scope import Grant
from controller.tables import LoginSession, RoleGrant
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, STRANGER, THERE, Person, World, user_of


def number(world: World, person: Person) -> int:
    world.call(person, "GET", "/api/v1/me")
    with world.session() as session:
        found = user_of(session, person).id
    assert found is not None
    return found


def test_a_new_account_gets_a_password_once_and_sees_nothing_until_it_is_granted_a_role(world: World) -> None:
    body = {"login": "tam.le", "name": "Lê Tâm"}
    made = world.as_admin("POST", "/api/v1/users", json=body).json()
    assert len(made["password"]) == 23
    assert made["password"] not in world.as_admin("GET", f"/api/v1/users/{made['id']}").text
    assert world.as_admin("POST", "/api/v1/users", json=body).json()["code"] == "login-exists"
    grant = {"role": "commune-officer", "scope_kind": "commune", "scope_id": HERE}
    assert world.as_admin("POST", f"/api/v1/users/{made['id']}/grants", json=grant).status_code == 201
    assert world.as_admin("POST", f"/api/v1/users/{made['id']}/grants", json=grant).status_code == 409
    listed = world.as_admin("GET", "/api/v1/users?q=tam.&role=commune-officer").json()
    assert [user["grants"] for user in listed] == [[grant]]


def test_the_last_administrator_can_be_neither_switched_off_nor_stripped_of_the_role(world: World) -> None:
    me = number(world, ADMIN)
    off = world.as_admin("PATCH", f"/api/v1/users/{me}", json={"is_active": False})
    assert (off.status_code, off.json()["code"]) == (409, "last-admin")
    held = world.as_admin("GET", f"/api/v1/users/{me}/grants").json()[0]["id"]
    assert world.as_admin("DELETE", f"/api/v1/users/{me}/grants/{held}").status_code == 409
    other = world.as_admin("POST", "/api/v1/users", json={"login": "second.admin"}).json()["id"]
    assert world.as_admin("POST", f"/api/v1/users/{other}/grants", json={"role": "province-admin"}).status_code == 201
    assert world.as_admin("DELETE", f"/api/v1/users/{me}/grants/{held}").status_code == 204


def test_an_account_that_is_switched_off_loses_its_sessions_at_once(world: World) -> None:
    head = Person("school", "school", OWN)
    him = number(world, head)
    assert world.as_admin("PATCH", f"/api/v1/users/{him}", json={"is_active": False}).status_code == 200
    assert world.call(head, "GET", "/api/v1/me").status_code == 401
    with world.session() as session:
        assert session.exec(select(LoginSession).where(LoginSession.user_id == him)).all() == []


def test_a_reset_password_ends_sessions_and_revokes_tokens(world: World) -> None:
    head = Person("school", "school", OWN)
    him = number(world, head)
    token = world.call(head, "POST", "/api/v1/tokens", json={"name": "x"}).json()["token"]
    assert len(world.as_admin("POST", f"/api/v1/users/{him}/reset-password").json()["password"]) == 23
    assert world.call(head, "GET", "/api/v1/me").status_code == 401
    answer = world.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "grant",
    [
        {"role": "school", "scope_kind": "province"},
        {"role": "province-admin", "scope_kind": "commune", "scope_id": HERE},
        {"role": "operator", "scope_kind": "commune", "scope_id": "99999"},
        {"role": "operator", "scope_kind": "school", "scope_id": "nowhere"},
        {"role": "operator", "scope_kind": "province", "scope_id": HERE},
    ],
)
def test_a_grant_that_means_nothing_is_refused(sqlite_world: World, grant: dict[str, str]) -> None:
    answer = sqlite_world.as_admin("POST", f"/api/v1/users/{number(sqlite_world, ADMIN)}/grants", json=grant)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def may_give(session: Session, giver: Grant, wanted: Grant) -> bool:
    try:
        grants.check(session, [giver], wanted)
    except Problem as problem:
        assert problem.code == "cannot-grant"  # noqa: PT017
        return False
    return True


def test_nobody_can_grant_more_than_he_has(world: World) -> None:
    operator = Grant("operator", "commune", HERE)
    with world.session() as session:
        assert may_give(session, operator, Grant("operator", "commune", HERE))
        assert may_give(session, operator, Grant("technician", "school", SIBLING))
        assert may_give(session, operator, Grant("school", "school", OWN))
        assert not may_give(session, operator, Grant("school", "school", STRANGER))
        assert not may_give(session, operator, Grant("commune-officer", "commune", THERE))
        assert not may_give(session, operator, Grant("operator"))
        assert not may_give(session, operator, Grant("auditor", "commune", HERE))
        assert not may_give(session, Grant("operator", "school", OWN), Grant("technician", "commune", HERE))
        assert not may_give(session, Grant("province-admin", narrowed="operator"), Grant("province-admin"))


def test_an_administrator_of_the_province_can_grant_every_role_everywhere(world: World) -> None:
    places = {"province": "", "commune": HERE, "school": OWN}
    with world.session() as session:
        for role, kinds in ROLE_SCOPES.items():
            for kind in kinds:
                assert may_give(session, Grant("province-admin"), Grant(role, kind, places[kind]))


def test_an_administrators_narrowed_token_hands_out_nothing(sqlite_world: World) -> None:
    made = sqlite_world.as_admin("POST", "/api/v1/tokens", json={"name": "x", "role": "operator"}).json()
    him = number(sqlite_world, Person("school", "school", OWN))
    answer = sqlite_world.client.post(
        f"/api/v1/users/{him}/grants",
        json={"role": "operator"},
        headers={"Authorization": f"Bearer {made['token']}"},
    )
    assert answer.status_code == 403
    with sqlite_world.session() as session:
        assert len(session.exec(select(RoleGrant).where(RoleGrant.user_id == him)).all()) == 1


def test_an_administrator_unlocks_an_account_and_signs_it_out_everywhere(sqlite_world: World) -> None:
    world, head = sqlite_world, Person("school", "school", OWN)
    him = number(world, head)
    with world.session() as session:
        user = user_of(session, head)
        user.failed_logins, user.locked_until, user.totp_secret = 7, world.clock() + 600, "sealed"
        session.add(user)
        session.commit()
    for _ in range(7):
        world.app.state.login_gate.failed(head.login, "192.0.2.1", world.clock())
    assert world.as_admin("POST", f"/api/v1/users/{him}/unlock").status_code == 200
    world.app.state.login_gate.check(head.login, "192.0.2.2", world.clock())
    assert world.as_admin("POST", f"/api/v1/users/{him}/end-sessions").json() == {"sessions": 1}
    assert world.call(head, "GET", "/api/v1/me").status_code == 401
    after = world.as_admin("POST", f"/api/v1/users/{him}/reset-second-factor").json()
    assert after["has_second_factor"] is False
    with world.session() as session:
        user = user_of(session, head)
        assert (user.failed_logins, user.locked_until, user.totp_secret) == (0, None, "")


def test_ending_ones_own_sessions_keeps_the_present_one(sqlite_world: World) -> None:
    me = number(sqlite_world, ADMIN)
    assert sqlite_world.as_admin("POST", f"/api/v1/users/{me}/end-sessions").json() == {"sessions": 0}
    assert sqlite_world.as_admin("GET", "/api/v1/me").status_code == 200
