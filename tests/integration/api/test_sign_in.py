"""Signing in with a browser: password, second factor, lock-out, sessions and their end, CSRF."""

from __future__ import annotations

import pyotp
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from controller.people import accounts, sessions
from controller.tables import Audit, LoginSession, User
from tests.integration.api.world import NOON, World

LOGIN, PASSWORD = "hoa.nguyen", "bốn chữ dễ nhớ"


def with_hoa(world: World) -> World:
    with world.session() as session:
        user, _ = accounts.create(session, login=LOGIN, name="Hoa", email="", lang="vi", now=NOON)
        accounts.set_password(session, user, PASSWORD)
        session.commit()
    return world


@pytest.fixture
def hoa(sqlite_world: World) -> World:
    """The world with one more account, and nobody signed in."""
    return with_hoa(sqlite_world)


def sign_in(world: World, password: str = PASSWORD, login: str = LOGIN, **headers: str) -> str:
    """The CSRF token, or the problem's code."""
    answer = world.client.post("/api/v1/login", json={"login": login, "password": password}, headers=headers)
    body = answer.json()
    return str(body["csrf"] if answer.status_code == 200 else body["code"])


def post(world: World, path: str, csrf: str, body: object = None) -> int:
    return world.client.post(f"/api/v1/{path}", json=body, headers={"X-CSRF-Token": csrf}).status_code


def me(world: World) -> int:
    return world.client.get("/api/v1/me").status_code


def test_the_right_password_opens_a_session_and_signing_out_ends_it(hoa: World) -> None:
    assert me(hoa) == 401
    csrf = sign_in(hoa)
    cookie = hoa.client.cookies["truongnet"]
    assert me(hoa) == 200
    assert post(hoa, "logout", csrf) == 204
    hoa.client.cookies.set("truongnet", cookie)
    assert me(hoa) == 401


def test_the_whole_way_in_works_on_each_kind_of_database(world: World) -> None:
    with_hoa(world)
    secret = set_up_second_factor(world)
    world.clock.now += 60
    assert sign_in(world, "sai") == "login-failed"
    sign_in(world)
    assert world.client.post("/api/v1/login/totp", json={"code": code_at(secret, world.clock.now)}).status_code == 200
    assert me(world) == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(hoa: World) -> None:
    answer = hoa.client.post("/api/v1/login", json={"login": LOGIN, "password": PASSWORD})
    said = answer.headers["Set-Cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    over_tls = hoa.client.post("https://testserver/api/v1/login", json={"login": LOGIN, "password": PASSWORD})
    assert "secure" in over_tls.headers["Set-Cookie"].lower()


def test_the_database_holds_no_cookie_and_no_password(hoa: World) -> None:
    sign_in(hoa)
    with hoa.session() as session:
        kept = [row.token_hash for row in session.exec(select(LoginSession))]
        user = session.exec(select(User).where(User.login == LOGIN)).one()
    assert hoa.client.cookies["truongnet"] not in kept
    assert user.password_hash.startswith("$argon2id$")


def test_logins_are_taken_in_any_case_and_decomposed_letters_are_the_same_password(hoa: World) -> None:
    assert len(sign_in(hoa, login="Hoa.Nguyen")) > 20
    assert len(sign_in(hoa, "bo\u0302\u0301n chư\u0303 dễ nhớ")) > 20


def test_a_wrong_password_and_an_unknown_login_look_the_same(hoa: World) -> None:
    answers = [
        hoa.client.post("/api/v1/login", json={"login": login, "password": "sai mật khẩu"})
        for login in (LOGIN, "nobody.here")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_what_was_typed_as_an_unknown_login_is_not_kept(hoa: World) -> None:
    sign_in(hoa, login="my secret password")
    with hoa.session() as session:
        said = [f"{row.actor} {row.object} {row.detail}" for row in session.exec(select(Audit))]
    assert "unknown user:unknown {}" in said
    assert not any("secret" in one for one in said)


@pytest.mark.parametrize("login", [LOGIN, "nobody.here"])
def test_guessing_is_slowed_down_more_and_more_for_known_and_unknown_logins(hoa: World, login: str) -> None:
    assert [sign_in(hoa, "sai", login) for _ in range(5)] == ["login-failed"] * 5
    waits = []
    for _ in range(3):
        answer = hoa.client.post("/api/v1/login", json={"login": login, "password": PASSWORD})
        assert answer.json()["code"] == "slow-down"
        waits.append(int(answer.headers["Retry-After"]))
        hoa.clock.now += waits[-1] + 0.1
        assert sign_in(hoa, "sai", login) == "login-failed"
    assert waits == [15, 30, 60]


def test_the_right_password_is_taken_again_after_the_wait_and_clears_the_count(hoa: World) -> None:
    for _ in range(5):
        sign_in(hoa, "sai")
    assert sign_in(hoa) == "slow-down"
    hoa.clock.now += 16
    assert len(sign_in(hoa)) > 20
    assert sign_in(hoa, "sai") == "login-failed"
    assert len(sign_in(hoa)) > 20


def test_a_restart_does_not_forget_the_failures_of_an_account(hoa: World) -> None:
    from controller.people.lockout import LoginGate

    for _ in range(5):
        sign_in(hoa, "sai")
    hoa.app.state.login_gate = LoginGate()
    assert sign_in(hoa) == "slow-down"


def test_one_address_cannot_try_one_password_on_every_login(hoa: World) -> None:
    codes = [sign_in(hoa, "Matkhau12345", f"user{number}") for number in range(31)]
    assert codes == ["login-failed"] * 30 + ["slow-down"]


def test_behind_a_proxy_on_this_machine_each_office_counts_for_itself(hoa: World) -> None:
    client = TestClient(hoa.app, client=("127.0.0.1", 50_000))

    def attempt(office: str, number: int) -> int:
        login = {"login": f"user{number}", "password": "Matkhau12345"}
        return client.post("/api/v1/login", json=login, headers={"X-Forwarded-For": f"1.2.3.4, {office}"}).status_code

    assert [attempt("203.0.113.9", number) for number in range(31)] == [401] * 30 + [429]
    assert attempt("203.0.113.10", 40) == 401


def test_the_word_of_a_stranger_about_his_address_counts_nothing(hoa: World) -> None:
    codes = {sign_in(hoa, "sai", f"user{number}", **{"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(31)}
    assert codes == {"login-failed", "slow-down"}


def test_an_account_that_was_switched_off_cannot_sign_in(hoa: World) -> None:
    sign_in(hoa)
    with hoa.session() as session:
        user = session.exec(select(User).where(User.login == LOGIN)).one()
        user.is_active = False
        session.add(user)
        session.commit()
    assert me(hoa) == 401
    assert sign_in(hoa) == "login-failed"


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(hoa: World) -> None:
    sign_in(hoa)
    for _ in range(4):
        hoa.clock.now += sessions.IDLE - 1
        assert me(hoa) == 200
    hoa.clock.now += sessions.IDLE + 1
    assert me(hoa) == 401
    sign_in(hoa)
    for _ in range(int(sessions.ABSOLUTE / 1000)):
        hoa.clock.now += 1000
        assert me(hoa) == 200
    hoa.clock.now += 1000
    assert me(hoa) == 401


def test_an_unsafe_request_needs_the_sessions_own_csrf_token(hoa: World) -> None:
    csrf = sign_in(hoa)
    assert post(hoa, "tokens", "", {"name": "x"}) == 403
    assert post(hoa, "tokens", csrf[:-1] + "~", {"name": "x"}) == 403
    assert post(hoa, "tokens", csrf, {"name": "x"}) == 201


def test_another_site_cannot_sign_someone_in(hoa: World) -> None:
    assert sign_in(hoa, **{"Sec-Fetch-Site": "cross-site"}) == "csrf"


def test_a_one_time_password_is_good_for_nothing_but_setting_a_new_one(hoa: World) -> None:
    once = accounts.reset_password(hoa.services.engine, LOGIN, NOON)
    csrf = sign_in(hoa, once)
    assert hoa.client.get("/api/v1/schools").json()["code"] == "must-change-password"
    assert me(hoa) == 200
    assert post(hoa, "me/password", csrf, {"current": once, "new": "một con vịt xoè hai cái cánh"}) == 204
    assert hoa.client.get("/api/v1/tokens").status_code == 200
    assert sign_in(hoa, once) == "login-failed"


def test_changing_the_password_ends_all_other_sessions(hoa: World) -> None:
    sign_in(hoa)
    elsewhere = hoa.client.cookies["truongnet"]
    csrf = sign_in(hoa)
    assert post(hoa, "me/password", csrf, {"current": PASSWORD, "new": "một con vịt xoè hai cái cánh"}) == 204
    assert me(hoa) == 200
    hoa.client.cookies.clear()
    hoa.client.cookies.set("truongnet", elsewhere)
    assert me(hoa) == 401


@pytest.mark.parametrize(
    "password", ["ngắn", "hoa.nguyen2026", "matkhau123456", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop"]
)
def test_a_weak_password_is_refused(hoa: World, password: str) -> None:
    csrf = sign_in(hoa)
    answer = hoa.client.post(
        "/api/v1/me/password", json={"current": PASSWORD, "new": password}, headers={"X-CSRF-Token": csrf}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "weak-password")
    assert password not in answer.text


def test_the_second_factor_is_asked_for_once_it_was_set_up(hoa: World) -> None:
    secret = set_up_second_factor(hoa)
    answer = hoa.client.post("/api/v1/login", json={"login": LOGIN, "password": PASSWORD})
    assert answer.json()["needs_code"] is True
    assert hoa.client.get("/api/v1/me").json()["code"] == "second-factor"
    hoa.clock.now += 30
    good = hoa.client.post("/api/v1/login/totp", json={"code": code_at(secret, hoa.clock.now)})
    assert good.status_code == 200
    assert me(hoa) == 200


def test_a_code_is_good_once(hoa: World) -> None:
    secret = set_up_second_factor(hoa)
    hoa.clock.now += 60
    code = code_at(secret, hoa.clock.now)
    statuses = []
    for _ in range(2):
        sign_in(hoa)
        statuses.append(hoa.client.post("/api/v1/login/totp", json={"code": code}).status_code)
    assert statuses == [200, 401]


def test_a_wrong_or_old_code_is_refused_and_guessing_is_slowed_down(hoa: World) -> None:
    secret = set_up_second_factor(hoa)
    hoa.clock.now += 300
    sign_in(hoa)
    tries = [code_at(secret, hoa.clock.now - 90), "000000", "12345", "abcdef", ""]
    statuses = [hoa.client.post("/api/v1/login/totp", json={"code": code}).status_code for code in tries]
    assert statuses == [401] * 5
    right = code_at(secret, hoa.clock.now)
    assert hoa.client.post("/api/v1/login/totp", json={"code": right}).status_code == 429


def test_the_second_factor_rests_sealed_and_is_switched_off_by_the_password(hoa: World) -> None:
    secret = set_up_second_factor(hoa)
    with hoa.session() as session:
        assert secret not in session.exec(select(User).where(User.login == LOGIN)).one().totp_secret
    csrf = str(hoa.client.get("/api/v1/me").json()["csrf"])
    assert post(hoa, "me/totp/off", csrf, {"password": "sai"}) == 401
    assert post(hoa, "me/totp/off", csrf, {"password": PASSWORD}) == 204
    assert len(sign_in(hoa)) > 20


def test_a_ticket_of_another_person_sets_up_nothing(hoa: World) -> None:
    csrf = sign_in(hoa)
    setup = hoa.client.post("/api/v1/me/totp/start", headers={"X-CSRF-Token": csrf}).json()
    with hoa.session() as session:
        user, _ = accounts.create(session, login="other", name="", email="", lang="vi", now=NOON)
        accounts.set_password(session, user, PASSWORD)
        session.commit()
    csrf = sign_in(hoa, login="other")
    body = {"ticket": setup["ticket"], "code": code_at(setup["secret"], hoa.clock.now)}
    assert post(hoa, "me/totp", csrf, body) == 400


def test_the_first_administrator_is_made_once_with_a_password_that_is_good_once(world: World) -> None:
    engine = world.services.engine
    once = accounts.ensure_admin(engine, NOON)
    assert once is not None
    assert accounts.ensure_admin(engine, NOON) is None
    assert len(sign_in(world, once, "admin")) > 20
    assert world.client.get("/api/v1/me").json()["must_change_password"] is True


def test_a_lost_password_is_replaced_at_the_machine_itself(hoa: World) -> None:
    set_up_second_factor(hoa)
    once = accounts.reset_password(hoa.services.engine, LOGIN, NOON)
    assert me(hoa) == 401
    assert len(sign_in(hoa, once)) > 20
    with pytest.raises(accounts.NoSuchUser):
        accounts.reset_password(hoa.services.engine, "nobody.here", NOON)


def code_at(secret: str, now: float) -> str:
    return pyotp.TOTP(secret).at(int(now))


def set_up_second_factor(world: World) -> str:
    csrf = sign_in(world)
    setup = world.client.post("/api/v1/me/totp/start", headers={"X-CSRF-Token": csrf}).json()
    assert "<svg" in setup["qr_svg"]
    assert setup["uri"].startswith("otpauth://totp/")
    body = {"ticket": setup["ticket"], "code": code_at(setup["secret"], world.clock.now)}
    assert post(world, "me/totp", csrf, body) == 204
    return str(setup["secret"])
