"""The pages of people: an administrator makes accounts, gives roles, and helps someone who cannot sign in."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from controller.tables import Audit, LoginSession, RoleGrant, User
from tests.integration.api.world import ADMIN, HERE, OWN, STRANGER, Person, World, user_of
from tests.integration.web.forms import done, errors, get, post, shown

NEW = {"login": "Tam.Le", "name": "Lê Minh Tâm", "email": "", "lang": "vi", "role": ""}
HEAD = Person("school", "school", OWN)


def number(world: World, person: Person) -> int:
    world.call(person, "GET", "/api/v1/me")
    with world.session() as session:
        found = user_of(session, person).id
    assert found is not None
    return found


def test_a_new_account_with_its_first_role_shows_its_password_once(world: World) -> None:
    place = {"role": "school", "scope_kind": "school", "school_code": OWN, "commune_code": ""}
    answer = post(world, "/users/new", NEW | place)
    password = re.search(r'<code id="password">([a-z0-9-]{23})</code>', answer.text)
    assert answer.status_code == 200
    assert password, shown(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    with world.session() as session:
        made = session.exec(select(User).where(User.login == "tam.le")).one()
        grants = session.exec(select(RoleGrant).where(RoleGrant.user_id == made.id)).all()
        said = [row.action for row in session.exec(select(Audit).where(Audit.object == "user:tam.le"))]
    assert [(one.role, one.scope_kind, one.scope_id) for one in grants] == [("school", "school", OWN)]
    assert (made.name, made.must_change_password) == ("Lê Minh Tâm", True)
    assert said == ["user.create", "grant.add"]
    assert password[1] not in get(world, f"/users/{made.id}")
    signed_in = world.client.post("/api/v1/login", json={"login": "tam.le", "password": password[1]})
    assert signed_in.json()["must_change_password"] is True


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"role": "school", "scope_kind": "school", "school_code": "nowhere"}, "school_code"),
        ({"role": "school", "scope_kind": "school", "school_code": ""}, "school_code"),
        ({"role": "operator", "scope_kind": "commune", "commune_code": "99999"}, "commune_code"),
        ({"role": "school", "scope_kind": "province"}, "scope_kind"),
        ({"role": "king", "scope_kind": "province"}, "role"),
        ({"login": "x"}, "login"),
        ({"login": "Lê Tâm"}, "login"),
        ({"email": "nobody"}, "email"),
        ({"login": "admin-twice", "role": "operator", "scope_kind": ""}, "scope_kind"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    sqlite_world: World, place: dict[str, str], field: str
) -> None:
    answer = post(sqlite_world, "/users/new", NEW | place)
    assert answer.status_code == 422
    assert list(errors(answer.text)) == [field]
    with sqlite_world.session() as session:
        assert [user.login for user in session.exec(select(User))] == [ADMIN.login]


def test_what_was_typed_stays_when_a_login_is_taken(sqlite_world: World) -> None:
    post(sqlite_world, "/users/new", NEW)
    answer = post(sqlite_world, "/users/new", NEW | {"name": "Người khác"})
    assert answer.status_code == 409
    assert errors(answer.text) == {"login": "This login is taken. Choose another login."}
    assert 'value="Người khác"' in answer.text


def test_people_are_found_with_or_without_accents_by_role_and_state(sqlite_world: World) -> None:
    post(sqlite_world, "/users/new", NEW | {"role": "auditor", "scope_kind": "province"})
    for found in ("?q=le+minh", "?q=Tâm", "?role=auditor", "?state=active", "?state=no-second-factor&q=tam.le"):
        assert "Lê Minh Tâm" in get(sqlite_world, f"/users{found}"), found
    for missed in ("?q=hoa", "?role=technician", "?state=off", "?state=locked"):
        assert "Lê Minh Tâm" not in get(sqlite_world, f"/users{missed}"), missed


def test_the_list_sorts_and_goes_page_by_page(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        session.add_all(User(login=f"person.{n:03}", name=f"Người {n:03}", created_at=float(n)) for n in range(120))
        session.commit()
    first, last = (
        get(sqlite_world, "/users?sort=-login&q=person"),
        get(sqlite_world, "/users?sort=-login&q=person&page=3"),
    )
    assert re.findall(r"person\.\d{3}", shown(first))[:2] == ["person.119", "person.118"]
    assert re.findall(r"person\.\d{3}", shown(last))[-1] == "person.000"
    assert sqlite_world.as_admin("GET", "/users?sort=password_hash", headers={"Accept": "text/html"}).status_code == 422


def test_roles_are_given_and_taken_away(world: World) -> None:
    him = number(world, HEAD)
    more = {"role": "operator", "scope_kind": "commune", "commune_code": HERE, "school_code": "ignored"}
    assert done(post(world, f"/users/{him}/grants", more)) == f"/users/{him}"
    again = post(world, f"/users/{him}/grants", more)
    assert (again.status_code, list(errors(again.text))) == (409, ["role"])
    with world.session() as session:
        rows = session.exec(select(RoleGrant).where(RoleGrant.user_id == him)).all()
    assert {row.scope_id for row in rows} == {OWN, HERE}
    done(post(world, f"/users/{him}/grants/{rows[0].id}/remove"))
    with world.session() as session:
        assert len(session.exec(select(RoleGrant).where(RoleGrant.user_id == him)).all()) == 1


def test_the_last_administrator_stays_and_the_page_says_why(sqlite_world: World) -> None:
    me = number(sqlite_world, ADMIN)
    off = post(sqlite_world, f"/users/{me}/active", {"to": "off"})
    assert off.status_code == 409
    assert "One administrator must remain" in shown(off.text)
    with sqlite_world.session() as session:
        grant = session.exec(select(RoleGrant.id).where(RoleGrant.user_id == me)).one()
    taken = post(sqlite_world, f"/users/{me}/grants/{grant}/remove")
    assert (taken.status_code, "One administrator must remain" in shown(taken.text)) == (409, True)
    with sqlite_world.session() as session:
        assert user_of(session, ADMIN).is_active


def test_someone_who_cannot_sign_in_is_helped(sqlite_world: World) -> None:
    world, him = sqlite_world, number(sqlite_world, HEAD)
    with world.session() as session:
        user = user_of(session, HEAD)
        user.failed_logins, user.locked_until, user.totp_secret = 9, world.clock() + 600, "sealed"
        session.add(user)
        session.commit()
    page = get(world, f"/users/{him}")
    assert "Unlock now" in page
    assert "Switch the second factor off" in page
    for deed in ("unlock", "reset-second-factor", "end-sessions"):
        assert done(post(world, f"/users/{him}/{deed}")) == f"/users/{him}"
    with world.session() as session:
        user = user_of(session, HEAD)
        assert (user.failed_logins, user.locked_until, user.totp_secret) == (0, None, "")
        assert session.exec(select(LoginSession).where(LoginSession.user_id == him)).all() == []
    assert re.search(r'id="password">[a-z0-9-]{23}<', post(world, f"/users/{him}/reset-password").text)


def test_an_account_is_switched_off_and_on_and_changed(sqlite_world: World) -> None:
    him = number(sqlite_world, HEAD)
    done(post(sqlite_world, f"/users/{him}/active", {"to": "off"}))
    assert "Switch the account on again" in get(sqlite_world, f"/users/{him}")
    done(post(sqlite_world, f"/users/{him}/active", {"to": "on"}))
    done(post(sqlite_world, f"/users/{him}", {"name": "Đỗ Quốc Bảo", "email": "bao@example.vn", "lang": "vi"}))
    wrong = post(sqlite_world, f"/users/{him}", {"name": "Bảo", "email": "bao", "lang": "vi"})
    assert list(errors(wrong.text)) == ["email"]
    assert "must look like name@office.vn" in errors(wrong.text)["email"]
    with sqlite_world.session() as session:
        user = user_of(session, HEAD)
        assert (user.name, user.email, user.lang, user.is_active) == ("Đỗ Quốc Bảo", "bao@example.vn", "vi", True)


def test_an_auditor_reads_and_finds_no_button(sqlite_world: World) -> None:
    auditor = Person("auditor", "province")
    him = number(sqlite_world, HEAD)
    for url in ("/users", f"/users/{him}"):
        main = get(sqlite_world, url, auditor)
        assert 'action="/users' not in main.replace('action="/users" role="search"', "")
        assert "/users/new" not in main


def test_schools_are_suggested_by_code_and_by_name_without_accents(sqlite_world: World) -> None:
    assert OWN in get(sqlite_world, "/users/places?school_code=sen-o")
    assert STRANGER in get(sqlite_world, "/users/places?school_code=doc+binh+kieu")
    assert "<option" not in get(sqlite_world, "/users/places?school_code=nobody%00%27%25")
