"""What goes wrong is a page in the person's language that says what to do next, and never a stack trace."""

from __future__ import annotations

import html

import pytest
from jinja2 import TemplateError
from sqlalchemy.exc import OperationalError

from controller.people import sessions
from controller.web.pages import overview
from tests.integration.api.world import ADMIN, OWN, Person, World, user_of

HTML = {"Accept": "text/html"}
HEAD = Person("school", "school", OWN)


@pytest.mark.parametrize(
    ("lang", "said", "next_step"),
    [("vi", "Không tìm thấy", "Về trang tổng quan"), ("en", "Not found", "To the overview")],
)
def test_a_page_that_is_not_there_says_so_in_both_languages(
    sqlite_world: World, lang: str, said: str, next_step: str
) -> None:
    headers = {**HTML, "Cookie": f"truongnet-lang={lang}"}
    answer = sqlite_world.client.get("/no-such-page", headers=headers)
    assert answer.status_code == 404
    assert said in answer.text
    assert next_step in answer.text
    assert f'<html lang="{lang}"' in answer.text


def test_a_program_gets_problem_json_for_the_same(sqlite_world: World) -> None:
    answer = sqlite_world.client.get("/no-such-page", headers={"Accept": "application/json"})
    assert answer.json()["code"] == "not-found"


def test_what_a_role_may_not_do_is_said_with_the_menu_of_what_it_may(sqlite_world: World) -> None:
    answer = sqlite_world.call(HEAD, "GET", "/users", headers=HTML)
    assert answer.status_code == 403
    assert "Not allowed" in answer.text
    assert 'href="/schools"' in answer.text
    assert 'href="/users"' not in answer.text


def test_a_defect_of_ours_is_a_page_without_its_trace(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret place")

    monkeypatch.setattr(overview, "machine", fails)
    answer = sqlite_world.call(ADMIN, "GET", "/", headers=HTML)
    assert answer.status_code == 500
    assert "The server failed" in answer.text
    assert "secret place" not in answer.text
    assert "secret place" in caplog.text


def test_a_database_that_does_not_answer_is_a_page_that_asks_for_patience(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception("locked"))

    sqlite_world.sign_in(ADMIN)
    monkeypatch.setattr(sessions, "find", gone)
    answer = sqlite_world.call(ADMIN, "GET", "/", headers=HTML)
    assert answer.status_code == 503
    assert "The server is busy" in html.unescape(answer.text)
    assert answer.headers["Retry-After"]


def test_when_even_the_page_of_the_problem_fails_there_is_an_answer(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise TemplateError("broken")

    monkeypatch.setattr("controller.web.html_problem.page", broken)
    answer = sqlite_world.call(ADMIN, "GET", "/no-such-page", headers=HTML)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_signing_in_is_asked_for_and_leads_back(sqlite_world: World) -> None:
    answer = sqlite_world.client.get("/schools?q=sen", headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/login?next=%2Fschools%3Fq%3Dsen"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"])
def test_signing_in_never_leads_to_another_site(sqlite_world: World, elsewhere: str) -> None:
    sqlite_world.sign_in(ADMIN)
    started = sqlite_world.cookies[ADMIN.login]
    headers = {**HTML, "Cookie": f"truongnet={started.cookie}"}
    answer = sqlite_world.client.get("/login", params={"next": elsewhere}, headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_half_a_sign_in_leads_to_the_second_half(sqlite_world: World) -> None:
    sqlite_world.sign_in(ADMIN)
    with sqlite_world.session() as session:
        started = sessions.start(session, user_of(session, ADMIN), sqlite_world.clock(), is_full=False)
        session.commit()
    headers = {**HTML, "Cookie": f"truongnet={started.cookie}"}
    answer = sqlite_world.client.get("/", headers=headers, follow_redirects=False)
    assert answer.headers["location"] == "/login/totp"


def test_a_one_time_password_leads_to_ones_own(sqlite_world: World) -> None:
    sqlite_world.sign_in(ADMIN)
    with sqlite_world.session() as session:
        user = user_of(session, ADMIN)
        user.must_change_password = True
        session.add(user)
        session.commit()
    answer = sqlite_world.call(ADMIN, "GET", "/", headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/account/password"
    assert sqlite_world.call(ADMIN, "GET", "/account/password", headers=HTML).status_code == 200


def test_htmx_is_led_on_by_its_own_header(sqlite_world: World) -> None:
    answer = sqlite_world.client.get("/schools", headers={**HTML, "HX-Request": "true"}, follow_redirects=False)
    assert answer.headers["HX-Redirect"].startswith("/login")


def test_a_message_is_shown_once_and_cannot_be_forged(sqlite_world: World) -> None:
    answer = sqlite_world.call(ADMIN, "POST", "/account/sessions/end", headers=HTML, follow_redirects=False)
    cookie = answer.cookies["truongnet-flash"]
    started = sqlite_world.cookies[ADMIN.login]

    def page(value: str) -> str:
        headers = {**HTML, "Cookie": f"truongnet={started.cookie}; truongnet-flash={value}"}
        shown = sqlite_world.client.get("/account", headers=headers)
        sqlite_world.client.cookies.clear()
        return shown.text + shown.headers.get("set-cookie", "")

    first = page(cookie)
    assert "signed out everywhere else" in first
    assert 'truongnet-flash=""' in first
    assert "signed out everywhere else" not in page(cookie[:-2])


def test_language_and_theme_are_remembered(sqlite_world: World) -> None:
    answer = sqlite_world.call(ADMIN, "POST", "/lang", data={"to": "vi", "next": "/schools"}, follow_redirects=False)
    assert answer.headers["location"] == "/schools"
    assert "Tổng quan" in sqlite_world.call(ADMIN, "GET", "/", headers=HTML).text
    dark = sqlite_world.client.get("/login", headers={**HTML, "Cookie": "truongnet-theme=dark"}).text
    assert 'data-bs-theme="dark"' in dark
    nonsense = sqlite_world.client.get("/login", headers={**HTML, "Cookie": 'truongnet-theme="><script>'}).text
    assert 'data-theme="auto"' in nonsense


def test_the_language_of_an_account_is_not_changed_by_another_site(sqlite_world: World) -> None:
    sqlite_world.sign_in(ADMIN)
    started = sqlite_world.cookies[ADMIN.login]
    headers = {**HTML, "Cookie": f"truongnet={started.cookie}"}
    answer = sqlite_world.client.post("/lang", data={"to": "vi"}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
