"""Schools by hand: the same rules as the API and the import, said at each field."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from controller.tables import Audit, Contact, Link, RoleGrant, Room, School
from tests.integration.api.world import HERE, OWN, SIBLING, THERE, Person, World
from tests.integration.web.forms import done, errors, get, post, shown, value

NEW = {
    "code": "82999",
    "name": "Trường Tiểu học Sen Hồng",
    "level": "primary",
    "commune_code": HERE,
    "address": "Ấp 3",
    "pupils": "1.234",
    "teachers": "56",
    "shifts": "2",
    "lat": "10,4567",
    "lon": "105.632",
}
EDIT = f"/schools/{OWN}/edit"


def school(world: World, code: str = OWN) -> School:
    with world.session() as session:
        return session.exec(select(School).where(School.code == code)).one()


def rows(world: World, model: Any) -> list[Any]:
    with world.session() as session:
        return list(session.exec(select(model).where(model.school_id == school(world).id).order_by(model.id)))


def test_a_school_is_made_by_hand_with_numbers_as_people_write_them(world: World) -> None:
    assert done(post(world, "/schools/new", NEW)) == "/schools/82999/edit/links"
    made = school(world, "82999")
    assert (made.pupils, made.teachers, made.shifts, made.lat, made.lon) == (1234, 56, 2, 10.4567, 105.632)
    assert made.search == "truong tieu hoc sen hong 82999"
    page = get(world, "/schools/82999/edit")
    assert value(page, "pupils") == "1234"
    assert value(page, "lat") == "10.4567"
    done(
        post(
            world, "/schools/82999/edit", NEW | {"pupils": "", "lat": "", "lon": "", "version": value(page, "version")}
        )
    )
    made = school(world, "82999")
    assert (made.pupils, made.lat, made.lon) == (None, None, None)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"code": ""}, "code", "please fill this in"),
        ({"code": "mã có dấu"}, "code", "only letters without accents"),
        ({"code": OWN}, "code", "This school code is taken"),
        ({"name": "  "}, "name", "please fill this in"),
        ({"name": "x" * 201}, "name", "at most 200 characters"),
        ({"name": "a\x07b"}, "name", "a character that is not allowed"),
        ({"level": "university"}, "level", "must be one of"),
        ({"commune_code": ""}, "commune_code", "please fill this in"),
        ({"commune_code": "99999"}, "commune_code", "Commune not found"),
        ({"pupils": "nhiều"}, "pupils", "must be a whole number"),
        ({"pupils": "-1"}, "pupils", "must be 0 or more"),
        ({"lat": "91"}, "lat", "must be 90 or less"),
        ({"lon": "nan"}, "lon", "must be"),
        ({"shifts": "4"}, "shifts", "must be 3 or less"),
    ],
)
def test_each_wrong_field_has_its_own_sentence_and_what_was_typed_stays(
    sqlite_world: World, wrong: dict[str, str], field: str, said: str
) -> None:
    answer = post(sqlite_world, "/schools/new", NEW | wrong)
    assert answer.status_code in (404, 409, 422)
    found = errors(answer.text)
    assert list(found) == [field]
    assert said in found[field]
    assert 'value="Ấp 3"' in answer.text
    with sqlite_world.session() as session:
        assert session.exec(select(School).where(School.code == "82999")).first() is None


def test_errors_are_said_in_vietnamese_too(sqlite_world: World) -> None:
    sqlite_world.as_admin("PATCH", "/api/v1/me", json={"lang": "vi"})
    found = errors(post(sqlite_world, "/schools/new", NEW | {"code": "", "pupils": "x"}).text)
    assert found == {"code": "hãy điền mục này", "pupils": "phải là số nguyên"}


def test_a_corrected_code_takes_the_grants_along(sqlite_world: World) -> None:
    head = Person("school", "school", OWN)
    sqlite_world.call(head, "GET", "/api/v1/me")
    page = get(sqlite_world, EDIT)
    given = {name: value(page, name) for name in ("name", "address", "version")}
    data = given | {"code": "82001", "level": "primary", "commune_code": HERE, "shifts": "1"}
    assert done(post(sqlite_world, EDIT, data)) == "/schools/82001/edit"
    with sqlite_world.session() as session:
        assert session.exec(select(RoleGrant.scope_id).where(RoleGrant.scope_kind == "school")).one() == "82001"


def test_whoever_saves_an_older_page_is_told_and_overwrites_nothing(sqlite_world: World) -> None:
    page = get(sqlite_world, EDIT)
    sqlite_world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"pupils": 777})
    answer = post(sqlite_world, EDIT, NEW | {"code": OWN, "version": value(page, "version")})
    assert answer.status_code == 412
    assert "Someone else changed it" in shown(answer.text)
    assert school(sqlite_world).pupils == 777


def test_a_school_that_had_a_box_stays_and_one_that_had_none_goes(sqlite_world: World) -> None:
    refused = post(sqlite_world, f"/schools/{OWN}/remove")
    assert (refused.status_code, "It cannot be removed" in shown(refused.text)) == (409, True)
    done(post(sqlite_world, "/schools/new", NEW))
    assert done(post(sqlite_world, "/schools/82999/remove")) == "/schools"
    assert "Trường Tiểu học Sen Hồng" not in get(sqlite_world, "/schools?q=82999")


def test_a_line_with_its_contract_is_added_changed_and_removed(world: World) -> None:
    page = get(world, f"{EDIT}/links")
    assert value(page, "name") == "2"  # the next one
    line = {"name": "2", "provider": "Viettel", "medium": "fibre", "down_mbps": "1.000", "up_mbps": "62,5"}
    more = {"price_vnd": "1.500.000", "contract": "HĐ-7", "is_primary": ""}
    assert done(post(world, f"{EDIT}/links", line | more)) == f"{EDIT}/links"
    made = rows(world, Link)[-1]
    assert (made.down_bps, made.up_bps, made.price_vnd, made.is_primary) == (1e9, 62.5e6, 1_500_000, False)
    url = f"{EDIT}/links/{made.id}"
    page = get(world, url)
    assert (value(page, "down_mbps"), value(page, "up_mbps")) == ("1000", "62.5")
    changed = line | {"up_mbps": "", "is_primary": "on", "version": value(page, "version")}
    done(post(world, url, changed))
    made = rows(world, Link)[-1]
    assert (made.up_bps, made.price_vnd, made.is_primary) == (None, None, True)
    done(post(world, f"{url}/remove"))
    assert [row.name for row in rows(world, Link)] == ["1"]
    with world.session() as session:
        said = session.exec(select(Audit.action).where(Audit.object == f"link:{made.id}").order_by(col(Audit.id)))
        assert list(said) == ["link.create", "link.update", "link.remove"]


@pytest.mark.parametrize(
    ("kind", "wrong", "field", "said"),
    [
        ("links", {"name": "1", "medium": "fibre"}, "name", "Conflict"),
        ("links", {"name": "2", "medium": "fibre", "down_mbps": "nhanh"}, "down_mbps", "must be a number"),
        ("links", {"name": "2", "medium": "fibre", "up_mbps": "0"}, "up_mbps", "must be more than 0"),
        ("links", {"name": "2", "medium": "string"}, "medium", "must be one of"),
        ("rooms", {"code": "A101", "kind": "classroom"}, "code", "Conflict"),
        ("rooms", {"code": "B1", "kind": "classroom", "seats": "1e9"}, "seats", "whole number"),
        ("contacts", {"name": ""}, "name", "please fill this in"),
        ("contacts", {"name": "Hoa", "phone": "gọi tôi"}, "phone", "only digits"),
        ("contacts", {"name": "Hoa", "email": "hoa"}, "email", "must look like"),
    ],
)
def test_what_is_wrong_with_a_part_is_said_at_its_field(
    sqlite_world: World, kind: str, wrong: dict[str, str], field: str, said: str
) -> None:
    answer = post(sqlite_world, f"{EDIT}/{kind}", wrong)
    found = errors(answer.text)
    assert list(found) == [field], shown(answer.text)
    assert said in found[field]
    assert len(rows(sqlite_world, {"links": Link, "rooms": Room, "contacts": Contact}[kind])) == 1


def test_a_part_of_another_school_is_not_found_here(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        theirs = session.exec(select(Room.id).where(Room.name == f"room {SIBLING}")).one()
    for method, url in (("GET", f"{EDIT}/rooms/{theirs}"), ("POST", f"{EDIT}/rooms/{theirs}/remove")):
        assert sqlite_world.as_admin(method, url, headers={"Accept": "text/html"}).status_code == 404


def test_rooms_and_contacts_are_kept_by_hand(sqlite_world: World) -> None:
    done(
        post(sqlite_world, f"{EDIT}/rooms", {"code": "TH1", "name": "Tin học", "kind": "computer-room", "seats": "35"})
    )
    done(post(sqlite_world, f"{EDIT}/contacts", {"name": "Lê Tâm", "role": "Hiệu trưởng", "phone": "0277 385 1234"}))
    assert "Computer room" in get(sqlite_world, f"{EDIT}/rooms")
    assert 'href="tel:02773851234"' in get(sqlite_world, f"{EDIT}/contacts")
    with sqlite_world.session() as session:
        said = session.exec(select(Audit).where(Audit.action == "contact.create")).one()
    assert "Tâm" not in str(said.detail)


def test_opening_hours_and_holidays_become_the_calendar(world: World) -> None:
    page = get(world, f"{EDIT}/calendar")
    week = {"has_hours": "on", "from_mon": "06:30", "to_mon": "17:30", "from_sat": "07:00", "to_sat": "11:00"}
    days = {"holiday_from": ["2027-06-01", "", "02/09/2027"], "holiday_to": ["2027-08-15", "", ""]}
    done(post(world, f"{EDIT}/calendar", week | days | {"version": value(page, "version")}))
    assert school(world).calendar == {
        "hours": {"mon": ["06:30", "17:30"], "sat": ["07:00", "11:00"]},
        "holidays": [["2027-06-01", "2027-08-15"], ["2027-09-02", "2027-09-02"]],
    }
    page = get(world, f"{EDIT}/calendar")
    assert value(page, "from_sat") == "07:00"
    done(post(world, f"{EDIT}/calendar", week | {"has_hours": "", "version": value(page, "version")}))
    assert school(world).calendar == {}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from_mon": "06:30", "to_mon": ""}, "both times are needed"),
        ({"from_mon": "17:30", "to_mon": "06:30"}, "it must end after it begins"),
        ({"from_mon": "sáng", "to_mon": "17:30"}, "write the time as 06:30"),
        ({"holiday_from": "hè", "holiday_to": ""}, "write the day as"),
        ({"holiday_from": "2027-08-15", "holiday_to": "2027-06-01"}, "the first day must come before the last"),
    ],
)
def test_a_calendar_that_cannot_be_is_told_where_it_is_wrong(
    sqlite_world: World, wrong: dict[str, str], said: str
) -> None:
    answer = post(sqlite_world, f"{EDIT}/calendar", {"has_hours": "on"} | wrong)
    assert answer.status_code == 422
    assert said in shown(answer.text)
    assert school(sqlite_world).calendar == {}


def test_one_calendar_is_laid_over_the_schools_of_a_commune(sqlite_world: World) -> None:
    week = {"has_hours": "on", "from_mon": "06:30", "to_mon": "17:30", "commune": HERE}
    assert done(post(sqlite_world, "/settings/calendar", week)) == "/settings/calendar"
    assert school(sqlite_world, OWN).calendar == school(sqlite_world, SIBLING).calendar != {}
    with sqlite_world.session() as session:
        assert session.exec(select(School.calendar).where(School.commune_code == THERE)).one() == {}


def test_targets_and_probes_are_set_for_all_boxes(world: World) -> None:
    page = get(world, "/settings")
    rows = {
        "target_name": ["VNIX", "cloud", ""],
        "target_kind": ["domestic", "international", "domestic"],
        "target_address": ["203.119.8.1", "one.one.one.one", ""],
    }
    probes = {
        "enabled_reach": "on",
        "every_reach": "90",
        "unit_reach": "s",
        "enabled_speed": "on",
        "enabled_host": "on",
    }
    probes |= {"every_speed": "6", "unit_speed": "h", "version": value(page, "version")}
    assert done(post(world, "/settings", rows | probes)) == "/settings"
    saved = world.as_admin("GET", "/api/v1/settings/boxes").json()
    assert saved["probes"] == {"reach": {"every": 90.0}, "speed": {"every": 21_600.0}, "lan": {"enabled": False}}
    assert [target["name"] for target in saved["targets"]] == ["vnix", "cloud"]
    page = get(world, "/settings")
    assert value(page, "every_speed") == "6"
    stale = post(world, "/settings", rows | probes)
    assert (stale.status_code, "Someone else changed it" in shown(stale.text)) == (412, True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"every_speed": "1", "unit_speed": "s"}, "from 5 seconds to 7 days"),
        ({"every_speed": "hằng ngày"}, "must be a number"),
        ({"target_name": "a b", "target_kind": "domestic", "target_address": "1.1.1.1"}, "Name: "),
        ({"target_name": "a", "target_kind": "domestic", "target_address": "không có"}, "must be a host name or an IP"),
        ({"target_name": ["a", "a"], "target_kind": ["domestic"] * 2, "target_address": ["b", "c"]}, "used twice"),
    ],
)
def test_settings_that_mean_nothing_are_told_at_their_place(
    sqlite_world: World, wrong: dict[str, Any], said: str
) -> None:
    answer = post(sqlite_world, "/settings", wrong)
    assert answer.status_code == 422
    assert said in shown(answer.text)
    assert sqlite_world.as_admin("GET", "/api/v1/settings/boxes").json()["revision"] == 0


def test_an_operator_sees_settings_and_no_button(sqlite_world: World) -> None:
    page = get(sqlite_world, "/settings", Person("operator", "province"))
    assert "<fieldset disabled>" in page
    assert "changing them is for the province" in shown(page)
