"""The page of alerts: receivers are added, changed, tried and removed; what was told stands there with the answer."""

from __future__ import annotations

import html

from controller.alerts.work import Alerts
from tests.integration.alerts.receivers import receiver
from tests.integration.alerts.scene import Scene
from tests.integration.api.world import HERE, OWN, Person, World
from tests.integration.web.forms import done, errors, get, post, shown, value

HERE_URL = "/settings/alerts"
FORM = {"name": "Tổ trực mạng", "channel": "webhook", "severity": "warning", "scope_kind": "province", "lang": "vi"}
FORM |= {"is_active": "on"}
AUDITOR = Person("auditor", "province")


def test_a_receiver_is_added_and_tried(sqlite_world: World) -> None:
    with receiver() as hook:
        data = {**FORM, "address": f"{hook.url}/x", "secret": "khoa", "kind_outage": "on"}
        assert done(post(sqlite_world, f"{HERE_URL}/new", data)) == HERE_URL
        page = get(sqlite_world, HERE_URL)
        assert "Tổ trực mạng" in shown(page)
        assert "Schools offline" in shown(page)
        tried = post(sqlite_world, f"{HERE_URL}/2/test")
        assert "HTTP 200 OK: ok" in shown(tried.text)
        hook.status, hook.text = 500, "<b>hỏng</b>"
        tried = post(sqlite_world, f"{HERE_URL}/2/test")
    assert "failed" in shown(tried.text)
    assert "HTTP 500 Internal Server Error: <b>hỏng</b>" in html.unescape(tried.text)
    assert "<b>hỏng" not in tried.text


def test_what_was_typed_stays_and_what_is_wrong_is_said_at_its_field(sqlite_world: World) -> None:
    data = {**FORM, "address": "http://example.vn/", "scope_kind": "school", "school_code": "nowhere"}
    answer = post(sqlite_world, f"{HERE_URL}/new", data)
    assert answer.status_code == 422
    assert "https" in errors(answer.text)["address"]
    assert value(answer.text, "address") == "http://example.vn/"
    data["address"] = "https://127.0.0.1:9/"
    assert set(errors(post(sqlite_world, f"{HERE_URL}/new", data).text)) == {"school_code"}
    data |= {"scope_kind": "commune", "commune_code": ""}
    assert set(errors(post(sqlite_world, f"{HERE_URL}/new", data).text)) == {"commune_code"}


def test_a_receiver_is_changed_and_removed_and_its_secret_is_not_shown(sqlite_world: World) -> None:
    data = {**FORM, "address": "https://127.0.0.1:9/", "secret": "khoa-rieng"}
    done(post(sqlite_world, f"{HERE_URL}/new", data))
    page = get(sqlite_world, f"{HERE_URL}/2")
    assert "khoa-rieng" not in page
    data |= {"secret": "", "scope_kind": "commune", "commune_code": HERE, "name": "Phường"}
    done(post(sqlite_world, f"{HERE_URL}/2", data))
    assert "Phường Cao Lãnh" in shown(get(sqlite_world, HERE_URL))
    assert sqlite_world.as_admin("GET", "/api/v1/alert-routes/2").json()["has_secret"]
    done(post(sqlite_world, f"{HERE_URL}/2", {**data, "drop_secret": "on"}))
    assert not sqlite_world.as_admin("GET", "/api/v1/alert-routes/2").json()["has_secret"]
    assert done(post(sqlite_world, f"{HERE_URL}/2/remove")) == HERE_URL
    assert sqlite_world.as_admin("GET", "/api/v1/alert-routes/2").status_code == 404


def test_the_mail_server(sqlite_world: World) -> None:
    assert "Not set up" in shown(get(sqlite_world, HERE_URL))
    data = {
        "host": "mail.example.vn",
        "port": "465",
        "security": "tls",
        "sender": "mang@example.vn",
        "password": "mk-thu",
    }
    done(post(sqlite_world, f"{HERE_URL}/mail", data))
    assert "mail.example.vn:465" in shown(get(sqlite_world, HERE_URL))
    assert "mk-thu" not in get(sqlite_world, f"{HERE_URL}/mail")
    wrong = post(sqlite_world, f"{HERE_URL}/mail", {**data, "port": "99999", "sender": "x", "security": "plain"})
    assert set(errors(wrong.text)) == {"port", "sender"}


def test_what_was_told_stands_there(sqlite_world: World) -> None:
    scene = Scene(sqlite_world, Alerts(sqlite_world.services))
    with receiver() as hook:
        hook.status = 503
        scene.silence_the_others()
        scene.route(hook.url)
        scene.incident()
        scene.look()
        scene.alerts.stop()
    page = shown(get(sqlite_world, HERE_URL))
    assert f"Offline: Trường THCS Đốc Binh Kiều {OWN}" in page
    assert "Waiting" in page
    assert "HTTP 503" in page
    assert "Failed 1 times in a row" in page


def test_who_may_only_read_sees_no_buttons(sqlite_world: World) -> None:
    page = get(sqlite_world, HERE_URL, AUDITOR)
    assert f"{HERE_URL}/new" not in page
    assert "/test" not in page
    assert "disabled" in get(sqlite_world, f"{HERE_URL}/mail", AUDITOR)
