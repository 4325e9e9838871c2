"""Schools through the API: what one sees, finds, changes and removes."""

from __future__ import annotations

from sqlmodel import select

from controller.tables import RoleGrant
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, STRANGER, THERE, Person, World

OFFICER = Person("commune-officer", "commune", HERE)
OPERATOR = Person("operator", "commune", HERE)


def codes(world: World, query: str, person: Person = ADMIN) -> list[str]:
    answer = world.call(person, "GET", f"/api/v1/schools?{query}")
    assert answer.status_code == 200, answer.text
    return [school["code"] for school in answer.json()]


def test_a_commune_officer_sees_the_schools_of_the_commune_only(world: World) -> None:
    assert codes(world, "sort=code", OFFICER) == [OWN, SIBLING]
    assert world.call(OFFICER, "GET", f"/api/v1/schools/{STRANGER}").status_code == 404


def test_search_finds_with_and_without_accents(world: World) -> None:
    assert len(codes(world, "q=doc binh kieu")) == 3
    assert len(codes(world, "q=Đốc  BINH")) == 3
    assert codes(world, f"q=kiều {OWN.lower()}") == [OWN]
    assert codes(world, "q=%25") == codes(world, "q=") != []
    assert codes(world, "q=nowhere") == []


def test_lists_are_paged_counted_sorted_and_filtered(world: World) -> None:
    answer = world.as_admin("GET", "/api/v1/schools?limit=1&offset=1&sort=-code")
    assert [school["code"] for school in answer.json()] == [SIBLING]
    assert answer.headers["X-Total-Count"] == "3"
    assert codes(world, f"commune={THERE}") == [STRANGER]
    assert codes(world, "status=down&status=up&sort=code") == [OWN, SIBLING, STRANGER]
    assert codes(world, "status=no-box") == []


def test_an_unknown_order_is_refused_by_name(world: World) -> None:
    answer = world.as_admin("GET", "/api/v1/schools?sort=password")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "sort"


def test_an_unchanged_list_is_not_sent_again(world: World) -> None:
    first = world.as_admin("GET", "/api/v1/schools")
    again = world.as_admin("GET", "/api/v1/schools", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_school_is_made_found_changed_and_removed(world: World) -> None:
    body = {"code": "82999", "name": "Trường TH Tràm Chim", "commune_code": HERE, "pupils": 312, "level": "primary"}
    made = world.call(OPERATOR, "POST", "/api/v1/schools", json=body)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/api/v1/schools/82999"
    assert codes(world, "q=tram chim") == ["82999"]
    changed = world.call(OPERATOR, "PATCH", "/api/v1/schools/82999", json={"name": "Trường TH Láng Sen"})
    assert changed.status_code == 200
    assert changed.json()["pupils"] == 312
    assert codes(world, "q=lang sen") == ["82999"]
    assert world.call(OPERATOR, "DELETE", "/api/v1/schools/82999").status_code == 204
    assert world.as_admin("GET", "/api/v1/schools/82999").status_code == 404


def test_a_code_belongs_to_one_school(world: World) -> None:
    body = {"code": STRANGER, "name": "Trường khác", "commune_code": HERE}
    answer = world.call(OPERATOR, "POST", "/api/v1/schools", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "school-exists")


def test_a_school_cannot_be_made_in_or_moved_to_a_commune_outside_ones_scope(world: World) -> None:
    body = {"code": "82999", "name": "Trường mới", "commune_code": THERE}
    assert world.call(OPERATOR, "POST", "/api/v1/schools", json=body).status_code == 404
    moved = world.call(OPERATOR, "PATCH", f"/api/v1/schools/{OWN}", json={"commune_code": THERE})
    assert (moved.status_code, moved.json()["code"]) == (404, "commune-not-found")


def test_of_two_who_change_the_same_school_the_second_is_told(world: World) -> None:
    tag = world.as_admin("GET", f"/api/v1/schools/{OWN}").headers["ETag"]
    first = world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"pupils": 400}, headers={"If-Match": tag})
    second = world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"pupils": 500}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (412, "changed-meanwhile")
    assert world.as_admin("GET", f"/api/v1/schools/{OWN}").json()["pupils"] == 400


def test_a_corrected_code_takes_the_grants_along(world: World) -> None:
    head = Person("school", "school", OWN)
    assert codes(world, "", head) == [OWN]
    assert world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"code": "82777"}).status_code == 200
    assert codes(world, "", head) == ["82777"]


def test_a_removed_school_takes_its_grants_away(world: World) -> None:
    world.as_admin("POST", "/api/v1/schools", json={"code": "82999", "name": "Trường", "commune_code": HERE})
    world.sign_in(Person("school", "school", "82999"))
    world.as_admin("DELETE", "/api/v1/schools/82999")
    with world.session() as session:
        assert session.exec(select(RoleGrant).where(RoleGrant.scope_id == "82999")).all() == []


def test_a_school_with_boxes_keeps_its_history(world: World) -> None:
    answer = world.as_admin("DELETE", f"/api/v1/schools/{OWN}")
    assert (answer.status_code, answer.json()["code"]) == (409, "in-use")


def test_what_is_wrong_is_listed_by_field_in_the_callers_language(world: World) -> None:
    body = {"code": "no spaces", "name": "", "pupils": -1, "shifts": 9, "nickname": "x"}
    for language, word in (("en", "must be"), ("vi", "phải")):
        answer = world.call(None, "POST", "/api/v1/schools", json=body, headers={"Accept-Language": language})
        assert answer.status_code == 401
        person = ADMIN if language == "en" else Person("operator", "province")
        world.call(person, "PATCH", "/api/v1/me", json={"lang": language})
        answer = world.call(person, "POST", "/api/v1/schools", json=body)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "invalid")
        by_field = {error["field"]: error["message"] for error in problem["errors"]}
        assert set(by_field) == {"code", "name", "pupils", "shifts", "nickname", "commune_code"}
        assert word in by_field["pupils"]
        assert "no spaces" not in answer.text


def test_a_calendar_that_ends_before_it_begins_is_refused(world: World) -> None:
    answer = world.as_admin(
        "PATCH", f"/api/v1/schools/{OWN}", json={"calendar": {"hours": {"mon": ["17:00", "07:00"]}}}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "calendar")


def test_names_with_control_characters_are_refused_and_decomposed_letters_composed(world: World) -> None:
    assert world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"name": "a\x00b"}).status_code == 422
    assert (
        world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"name": "Hu\u0300ng Vu\u031bo\u031bng"}).status_code
        == 200
    )
    assert world.as_admin("GET", f"/api/v1/schools/{OWN}").json()["name"] == "Hùng Vương"
