"""Receivers of alerts over the API: what is refused, what never comes back, and what a test says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from controller.tables import AlertRoute, Audit, Setting
from tests.integration.alerts.receivers import receiver
from tests.integration.api.world import HERE, OWN, World

ROUTES = "/api/v1/alert-routes"
GOOD = {"name": "Trực mạng", "channel": "webhook", "address": "https://127.0.0.1:9/x", "secret": "khoa-bi-mat"}


def create(world: World, **more: Any) -> Any:
    answer = world.as_admin("POST", ROUTES, json={**GOOD, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_secret_goes_in_and_never_comes_out(world: World) -> None:
    made = create(world)
    assert made["has_secret"]
    listed = world.as_admin("GET", ROUTES)
    assert "khoa-bi-mat" not in listed.text
    with world.session() as session:
        row = session.get(AlertRoute, made["id"])
        assert row is not None
        assert "khoa-bi-mat" not in row.secret
        assert row.secret
        kept = row.secret
        assert not [one for one in session.exec(select(Audit)) if "khoa-bi-mat" in str(one.detail)]
    without = {**GOOD, "name": "Khác"}
    without.pop("secret")
    changed = world.as_admin("PUT", f"{ROUTES}/{made['id']}", json=without).json()
    assert (changed["name"], changed["has_secret"]) == ("Khác", True)
    with world.session() as session:
        row = session.get(AlertRoute, made["id"])
        assert row is not None
        assert row.secret == kept


def test_a_secret_is_never_sent_to_another_address(world: World) -> None:
    made = create(world)
    moved = {**GOOD, "address": "https://127.0.0.1:9/elsewhere"}
    moved.pop("secret")
    assert not world.as_admin("PUT", f"{ROUTES}/{made['id']}", json=moved).json()["has_secret"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "http://example.vn/"}, "address"),
        ({"address": "https://user:pw@example.vn/"}, "address"),
        ({"address": "https://127.0.0.1/#x"}, "address"),
        ({"channel": "email", "address": "nobody"}, "address"),
        ({"channel": "email", "address": ""}, "address"),
        ({"channel": "email", "address": ",".join(f"a{n}@example.vn" for n in range(21))}, "address"),
        ({"channel": "email", "address": "a@example.vn\r\nBcc: b@example.vn"}, "address"),
        ({"wants_digest": True}, "wants_digest"),
        ({"template": "{}"}, "template"),
        ({"channel": "sms", "template": '{"a": "{{secret}}"}'}, "template"),
        ({"scope_kind": "commune", "scope_id": "99999"}, "scope_id"),
        ({"scope_kind": "school", "scope_id": HERE}, "scope_id"),
        ({"scope_id": HERE}, "scope_id"),
        ({"kinds": ["outage", "outage"]}, "kinds"),
        ({"kinds": ["weather"]}, "kinds.0"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(sqlite_world: World, wrong: dict[str, Any], field: str) -> None:
    answer = sqlite_world.as_admin("POST", ROUTES, json={**GOOD, **wrong})
    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]


def test_good_ones_of_every_kind(sqlite_world: World) -> None:
    create(sqlite_world, channel="email", address="a@example.vn, b@example.vn", wants_digest=True, lang="en")
    create(sqlite_world, channel="alertmanager", address="http://127.0.0.1:9093")
    create(
        sqlite_world, channel="zalo", address="https://127.0.0.1:9/message/cs#1867", scope_kind="commune", scope_id=HERE
    )
    create(sqlite_world, channel="sms", address="https://127.0.0.1:9/#+84", template='{"to": "{{to}}"}')
    create(sqlite_world, scope_kind="school", scope_id=OWN, kinds=["outage", "rogue-dhcp"], severity="critical")
    assert len(sqlite_world.as_admin("GET", ROUTES).json()) == 6


def test_a_test_shows_what_the_receiver_really_answered(world: World) -> None:
    with receiver() as hook:
        made = create(world, address=f"{hook.url}/hook")
        hook.status, hook.text = 200, "đã nhận"
        good = world.as_admin("POST", f"{ROUTES}/{made['id']}/test").json()
        assert good == {"ok": True, "said": "HTTP 200 OK: đã nhận"}
        assert hook.received[0].json["phase"] == "test"
        assert "not an incident" in hook.received[0].json["title"]["en"]
        hook.status, hook.text = 403, "token khoa-bi-mat is wrong"
        bad = world.as_admin("POST", f"{ROUTES}/{made['id']}/test").json()
        assert bad == {"ok": False, "said": "HTTP 403 Forbidden: token ••• is wrong"}
    nobody = world.as_admin("POST", f"{ROUTES}/{made['id']}/test").json()
    assert (nobody["ok"], "nobody listens" in nobody["said"]) == (False, True)


def test_the_mail_servers_password_stays_here(world: World) -> None:
    mail = {"host": "mail.example.vn", "sender": "mang@example.vn", "login": "mang", "password": "mat-khau-thu"}
    answer = world.as_admin("PUT", "/api/v1/settings/mail", json=mail)
    assert answer.status_code == 200, answer.text
    assert answer.json()["has_password"]
    assert "mat-khau-thu" not in world.as_admin("GET", "/api/v1/settings/mail").text
    with world.session() as session:
        row = session.get(Setting, "alerts.mail")
        assert row is not None
        assert "mat-khau-thu" not in str(row.value)
    mail.pop("password")
    assert world.as_admin("PUT", "/api/v1/settings/mail", json=mail).json()["has_password"]
    moved = {**mail, "host": "elsewhere.example.vn"}
    assert not world.as_admin("PUT", "/api/v1/settings/mail", json=moved).json()["has_password"]


def test_mail_without_tls_goes_to_this_machine_only(sqlite_world: World) -> None:
    mail = {"host": "mail.example.vn", "sender": "mang@example.vn", "security": "plain"}
    assert sqlite_world.as_admin("PUT", "/api/v1/settings/mail", json=mail).status_code == 422
    mail["host"] = "127.0.0.1"
    assert sqlite_world.as_admin("PUT", "/api/v1/settings/mail", json=mail).status_code == 200


def test_prometheus_is_told_what_to_watch(sqlite_world: World) -> None:
    (group,) = sqlite_world.as_admin("GET", "/api/v1/monitoring/targets").json()
    assert group["targets"] == ["127.0.0.1:8080"]
    assert group["labels"]["__scheme__"] == "http"
    assert sqlite_world.as_admin("GET", "/api/v1/monitoring/targets?job=measure").json() == []
    assert sqlite_world.call(None, "GET", "/api/v1/monitoring/targets").status_code == 401
