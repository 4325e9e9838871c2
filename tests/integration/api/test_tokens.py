"""API tokens: shown once, narrowed, ended, and never more than their owner."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from controller.tables import ApiToken, RoleGrant
from tests.integration.api.world import ADMIN, OWN, STRANGER, Person, World, user_of

OPERATOR = Person("operator", "school", OWN)


def make(world: World, person: Person, **more: Any) -> str:
    answer = world.call(person, "POST", "/api/v1/tokens", json={"name": "Grafana", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def use(world: World, token: str, path: str = "schools", method: str = "GET", **more: Any) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return world.client.request(method, f"/api/v1/{path}", headers=headers, **more).status_code


def test_a_token_acts_as_its_owner_without_csrf(world: World) -> None:
    token = make(world, OPERATOR)
    assert use(world, token, f"schools/{OWN}", "PATCH", json={"pupils": 7}) == 200
    assert use(world, token, f"schools/{STRANGER}") == 404


def test_a_token_is_shown_once_and_kept_as_a_hash(sqlite_world: World) -> None:
    token = make(sqlite_world, OPERATOR)
    listed = sqlite_world.call(OPERATOR, "GET", "/api/v1/tokens")
    assert listed.json()[0]["name"] == "Grafana"
    assert token.rpartition("_")[2] not in listed.text
    with sqlite_world.session() as session:
        assert session.exec(select(ApiToken)).one().secret_hash not in token


def test_a_narrowed_token_may_do_less_and_never_more(sqlite_world: World) -> None:
    reader = make(sqlite_world, OPERATOR, role="school")
    assert use(sqlite_world, reader, f"schools/{OWN}") == 200
    assert use(sqlite_world, reader, f"schools/{OWN}", "PATCH", json={"pupils": 7}) == 403
    greedy = make(sqlite_world, OPERATOR, role="province-admin")
    assert use(sqlite_world, greedy, f"schools/{OWN}", "PATCH", json={"pupils": 7}) == 200
    assert use(sqlite_world, greedy, "users") == 403
    assert use(sqlite_world, greedy, f"schools/{STRANGER}") == 404


def test_a_token_ends_when_its_time_is_over(world: World) -> None:
    token = make(world, OPERATOR, days=1)
    assert use(world, token) == 200
    world.clock.now += 86_401
    assert use(world, token) == 401


def test_a_revoked_token_is_refused_at_once(world: World) -> None:
    token = make(world, OPERATOR)
    assert world.call(OPERATOR, "DELETE", f"/api/v1/tokens/{token.split('_')[1]}").status_code == 204
    assert use(world, token) == 401


def test_nobody_can_revoke_the_token_of_someone_else(sqlite_world: World) -> None:
    token = make(sqlite_world, OPERATOR)
    assert sqlite_world.call(ADMIN, "DELETE", f"/api/v1/tokens/{token.split('_')[1]}").status_code == 404
    assert use(sqlite_world, token) == 200


def test_a_token_loses_what_its_owner_loses(sqlite_world: World) -> None:
    token = make(sqlite_world, OPERATOR)
    with sqlite_world.session() as session:
        for row in session.exec(select(RoleGrant).where(RoleGrant.user_id == user_of(session, OPERATOR).id)):
            session.delete(row)
        session.commit()
    assert use(sqlite_world, token) == 403


def test_a_token_cannot_make_tokens_or_change_its_owners_account(sqlite_world: World) -> None:
    token = make(sqlite_world, ADMIN)
    assert use(sqlite_world, token, "tokens", "POST", json={"name": "more"}) == 403
    assert use(sqlite_world, token, "me/totp/start", "POST") == 403
    assert use(sqlite_world, token, "me/password", "POST", json={"current": "x", "new": "y"}) == 403
    assert use(sqlite_world, token, "users/1/reset-password", "POST") == 403


@pytest.mark.parametrize(
    "token", ["", "tnt_", "tnt_abc", "tnt_abc_", "abc", "tnt_abc_wrong", "tnt_%00_x", "tnt_" + "a" * 999]
)
def test_what_is_no_token_is_refused(sqlite_world: World, token: str) -> None:
    assert use(sqlite_world, token) == 401


def test_a_wrong_token_does_not_fall_back_to_the_cookie(sqlite_world: World) -> None:
    answer = sqlite_world.call(ADMIN, "GET", "/api/v1/schools", headers={"Authorization": "Bearer tnt_abc_wrong"})
    assert answer.status_code == 401
