"""The overview: what is new since yesterday evening, how many of how many, and what enters no number at all."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from sqlmodel import col, delete, select

from controller.scope import key_of
from controller.tables import Event, InventorySnapshot, Latest, School
from tests.integration.api.world import ADMIN, COMMUNE_OF, HERE, NOON, OWN, SIBLING, STRANGER, Person, World

HOUR = 3_600.0
SEVENTEEN_YESTERDAY = NOON - 19 * HOUR
OFFICER = Person("commune-officer", "commune", HERE)


def get(world: World, path: str = "/", person: Person = ADMIN) -> str:
    answer = world.call(person, "GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def part(page: str, name: str) -> str:
    """The text of one third of the news."""
    found = re.search(rf'<div class="news-part news-{name}">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return text_of(found[1])


def tiles(page: str) -> dict[str, str]:
    found = re.findall(r'<a class="card tile" href="/schools\?status=([a-z-]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {status: text_of(body).strip() for status, body in found}


def be(world: World, code: str, status: str, since: float, reason: str = "") -> None:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        latest = session.get(Latest, school.id)
        assert latest is not None
        latest.status, latest.status_since, latest.status_reason = status, since, reason
        session.add(latest)
        session.commit()


def happened(world: World, code: str, at: float, before: str, after: str) -> None:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        event = Event(
            school_id=school.id, at=at, seen_at=at, kind="school", subject="school", before=before, after=after
        )
        session.add(event)
        session.commit()


def make_demo(world: World, **latest: Any) -> None:
    """SIBLING is this very machine now."""
    with world.session() as session:
        school = session.exec(select(School).where(School.code == SIBLING)).one()
        school.is_demo = True
        row = session.get(Latest, school.id)
        assert row is not None
        for name, value in latest.items():
            setattr(row, name, value)
        session.add(school)
        session.add(row)
        session.commit()


def test_the_news_are_what_was_lost_came_back_or_stayed_lost_since_yesterday_evening(world: World) -> None:
    be(world, OWN, "down", SEVENTEEN_YESTERDAY + 1, "internet")
    be(world, SIBLING, "up", NOON - HOUR)
    happened(world, SIBLING, NOON - HOUR, "silent", "up")
    be(world, STRANGER, "silent", SEVENTEEN_YESTERDAY - 1, "no-beat")
    page = get(world)
    assert OWN in part(page, "bad")
    assert "no Internet" in part(page, "bad")
    assert SIBLING in part(page, "good")
    assert STRANGER in part(page, "mute")
    for name, missing in (("bad", (SIBLING, STRANGER)), ("good", (OWN, STRANGER)), ("mute", (OWN, SIBLING))):
        assert not any(code in part(page, name) for code in missing)


def test_who_came_back_and_was_lost_again_is_not_recovered(sqlite_world: World) -> None:
    happened(sqlite_world, OWN, NOON - 2 * HOUR, "down", "up")
    be(sqlite_world, OWN, "down", NOON - HOUR)
    page = get(sqlite_world)
    assert OWN in part(page, "bad")
    assert OWN not in part(page, "good")


def test_who_came_back_before_yesterday_evening_is_no_news(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        session.exec(delete(Event).where(col(Event.kind) == "school"))
        session.commit()
    happened(sqlite_world, OWN, SEVENTEEN_YESTERDAY - 60, "down", "up")
    happened(sqlite_world, SIBLING, SEVENTEEN_YESTERDAY + 60, "down", "up")
    recovered = part(get(sqlite_world), "good")
    assert OWN not in recovered
    assert SIBLING in recovered


def test_who_sleeps_by_the_calendar_after_being_silent_has_not_recovered(sqlite_world: World) -> None:
    happened(sqlite_world, OWN, NOON - HOUR, "silent", "expected-off")
    be(sqlite_world, OWN, "expected-off", NOON - HOUR, "calendar")
    assert OWN not in part(get(sqlite_world), "good")


def test_each_percentage_names_what_it_is_a_part_of(world: World) -> None:
    be(world, OWN, "down", NOON)
    be(world, STRANGER, "no-box", NOON)
    found = tiles(get(world))
    assert found["up"] == "Up 1 50.0 % of 2 with a box"
    assert "of 2 with a box" in found["down"]
    assert "of 3 schools" in found["no-box"]
    assert "33.3" in found["no-box"]


def test_a_part_of_nothing_is_no_figure(sqlite_world: World) -> None:
    for code in COMMUNE_OF:
        be(sqlite_world, code, "no-box", NOON)
    found = tiles(get(sqlite_world))
    assert "–" in found["up"]
    assert "0.0" not in found["up"]


def test_a_commune_officer_sees_the_numbers_of_the_commune_alone(sqlite_world: World) -> None:
    be(sqlite_world, STRANGER, "down", NOON)
    page = get(sqlite_world, person=OFFICER)
    assert STRANGER not in page
    assert tiles(page)["down"].startswith("Down 0")
    points = json.loads(get(sqlite_world, "/map.json", OFFICER))["schools"]["features"]
    assert {point["properties"]["code"] for point in points} == {OWN, SIBLING}


def test_this_machine_enters_no_number_and_says_what_its_figures_are(world: World) -> None:
    make_demo(world, speed_scope="loopback", down_bps=9_000e6, up_bps=8_000e6, status="down", status_since=NOON)
    page = get(world)
    assert "this machine only, not an Internet line" in text_of(page)
    assert "of 2 with a box" in tiles(page)["up"]
    assert SIBLING not in part(page, "bad")
    assert "2 schools measured in the last 24 hours" in text_of(page)
    points = json.loads(get(world, "/map.json"))["schools"]["features"]
    assert SIBLING not in {point["properties"]["code"] for point in points}


def test_an_inventory_of_any_shape_does_not_break_the_page(sqlite_world: World) -> None:
    make_demo(sqlite_world)
    with sqlite_world.session() as session:
        for row in session.exec(select(InventorySnapshot)):
            row.sections = {
                "system": "x",
                "cpu": {"model": None, "cores": "four"},
                "memory": [],
                "os": {"name": "a" * 999},
            }
            session.add(row)
        session.commit()
    assert "This machine" in get(sqlite_world)


def test_a_speed_of_yesterday_is_not_one_of_today(sqlite_world: World) -> None:
    sqlite_world.clock.now = NOON + 25 * HOUR
    assert "0 schools measured in the last 24 hours" in text_of(get(sqlite_world))


def test_an_empty_province_offers_the_import_and_the_samples_to_whoever_may(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        for school in session.exec(select(School)):
            school.is_demo = True  # enters no indicator: as good as none
            session.add(school)
        session.commit()
    page = get(sqlite_world)
    assert 'href="/import"' in page
    assert 'action="/samples/load"' in page
    other = get(sqlite_world, person=Person("auditor", "province"))
    assert 'href="/import"' not in other
    assert "No schools in your part of the province yet" in text_of(other)


@pytest.mark.parametrize("path", ["/", "/schools", "/account", "/no-such-page"])
def test_a_sample_is_named_on_every_page_of_those_who_see_one(sqlite_world: World, path: str) -> None:
    def said(person: Person) -> bool:
        answer = sqlite_world.call(person, "GET", path, headers={"Accept": "text/html"})
        return "DỮ LIỆU MẪU / SAMPLE DATA" in answer.text

    assert not said(ADMIN)
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == STRANGER)).one()
        school.is_sample = True
        session.add(school)
        session.commit()
    assert said(ADMIN)
    assert not said(OFFICER), "there is none in that commune"


def test_a_school_with_coordinates_lies_there_and_one_without_says_so(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        school.lat, school.lon = 10.46, 105.63
        session.add(school)
        session.commit()
    points = {
        one["properties"]["code"]: one for one in json.loads(get(sqlite_world, "/map.json"))["schools"]["features"]
    }
    assert points[OWN]["geometry"]["coordinates"] == [105.63, 10.46]
    assert points[OWN]["properties"]["real"] is True
    assert points[SIBLING]["properties"]["real"] is False


def test_the_outline_of_the_province_is_drawn_from_its_own_file(sqlite_world: World) -> None:
    assert json.loads(get(sqlite_world, "/map.json"))["outline"] == ""
    file = sqlite_world.services.settings.data_dir / "province.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    assert json.loads(get(sqlite_world, "/map.json"))["outline"] == "/map/outline.json"
    assert json.loads(get(sqlite_world, "/map/outline.json"))["type"] == "FeatureCollection"


def test_a_name_cannot_break_out_of_the_page(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        school.name = "<script>alert(1)</script> & Trường"
        session.add(school)
        session.commit()
    be(sqlite_world, OWN, "down", NOON)
    for path in ("/", "/schools"):
        page = get(sqlite_world, path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_hundred_lost_schools_are_counted_and_a_few_are_named(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        for number in range(100):
            school = School(code=f"LOST-{number:03}", name=f"Trường {number}", search="", commune_code=HERE)
            session.add(school)
            session.flush()
            session.add(Latest(school_id=key_of(school), status="down", status_since=NOON - 60))
        session.commit()
    lost = part(get(sqlite_world), "bad")
    assert "Newly lost 100" in lost
    assert "and 96 more schools" in lost
