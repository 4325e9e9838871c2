"""A line's contract by the form, the API and the file: the same terms, and the same words for what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from controller.scope import key_of
from controller.tables import Link, School, SchoolMonth
from tests.integration.api.world import NOON, OWN, SIBLING, World
from tests.integration.registry.calls import book, done, preview, run
from tests.integration.web.forms import done as led_to
from tests.integration.web.forms import errors, get, post, value

LINKS = f"/api/v1/schools/{OWN}/links"
EDIT = f"/schools/{OWN}/edit/links"
TERMS: dict[str, Any] = {
    "down_bps": 100e6, "up_bps": 50e6, "price_vnd": 350_000, "starts_on": "2026-09-01", "ends_on": "2028-08-31",
    "availability": 0.995, "max_rtt": 0.05, "data_cap_bytes": 200_000_000_000,
    "excluded": [["sun", "00:00", "05:00"]], "provider_phone": "0277 385 1234", "rule": "province-contract",
}  # fmt: skip
HEADS = (
    "Mã trường", "Nhà mạng", "Tốc độ", "Giá cước", "Hiệu lực từ", "Hiệu lực đến", "Độ khả dụng cam kết (%)",
    "Độ trễ tối đa (ms)", "Dung lượng tháng (GB)", "Giờ bảo trì", "Điện thoại nhà mạng", "Đánh giá theo",
)  # fmt: skip
ROW = (OWN, "VNPT", "100", "350.000", "01/09/2026", "31/08/2028", "99,5", "50", "200", "CN 00:00-05:00",
       "0277 385 1234", "Mức của tỉnh")  # fmt: skip


def link(world: World, code: str = OWN) -> Link:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        return session.exec(select(Link).where(Link.school_id == key_of(school))).one()


def test_terms_go_in_and_come_out_over_the_api(world: World) -> None:
    answer = world.as_admin("PATCH", f"{LINKS}/1", json=TERMS)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in TERMS} == TERMS
    emptied: dict[str, Any] = {"ends_on": None, "availability": None, "excluded": [], "rule": "", "provider_phone": ""}
    answer = world.as_admin("PATCH", f"{LINKS}/1", json=emptied)
    assert {name: answer.json()[name] for name in emptied} == emptied


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": "2026-08-31"}, "ends_on"),
        ({"up_bps": 20e9}, "up_bps"),
        ({"price_vnd": -1}, "price_vnd"),
        ({"price_vnd": 350}, "price_vnd"),
        ({"availability": 99.5}, "availability"),
        ({"availability": 0.4}, "availability"),
        ({"starts_on": "2026-02-31"}, "starts_on"),
        ({"starts_on": "01/09/2026"}, "starts_on"),
        ({"excluded": [["someday", "00:00", "05:00"]]}, "excluded"),
        ({"excluded": [["sun", "05:00", "00:00"]]}, "excluded"),
        ({"excluded": [["daily", "00:00", "23:59"]]}, "excluded"),
        ({"rule": "qcvn34-2022"}, "rule"),
        ({"provider_phone": "gọi anh Ba"}, "provider_phone"),
        ({"data_cap_bytes": 5}, "data_cap_bytes"),
        ({"max_rtt": 9.0}, "max_rtt"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(
    sqlite_world: World, wrong: dict[str, Any], field: str
) -> None:
    sqlite_world.as_admin("PATCH", f"{LINKS}/1", json=TERMS)
    before = link(sqlite_world).model_dump()
    answer = sqlite_world.as_admin("PATCH", f"{LINKS}/1", json=wrong)
    assert answer.status_code == 422, answer.text
    assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {field}
    assert link(sqlite_world).model_dump() == before
    made = sqlite_world.as_admin("POST", LINKS, json={"name": "9", **TERMS, **wrong})
    assert made.status_code == 422


def test_the_form_takes_terms_as_people_write_them_and_shows_them_again(sqlite_world: World) -> None:
    form = {"name": "1", "medium": "fibre", "down_mbps": "100", "up_mbps": "50", "price_vnd": "350.000",
            "starts_on": "2026-09-01", "ends_on": "31/08/2028", "availability": "99,5", "max_rtt": "50",
            "data_cap": "200", "excluded": "CN 0:00 - 5:00", "provider_phone": "0277 385 1234",
            "rule": "province-contract", "is_primary": "on"}  # fmt: skip
    assert led_to(post(sqlite_world, f"{EDIT}/1", form)) == EDIT
    row = link(sqlite_world)
    assert {name: getattr(row, name) for name in TERMS} == TERMS
    page = get(sqlite_world, f"{EDIT}/1")
    shown = ("availability", "max_rtt", "data_cap", "excluded", "starts_on", "ends_on")
    expected = ["99.5", "50", "200", "CN 00:00-05:00", "2026-09-01", "2028-08-31"]
    assert [value(page, name) for name in shown] == expected
    school = get(sqlite_world, f"/schools/{OWN}")
    for said in ("0277 385 1234", "1 Sep 2026 – 31 Aug 2028", "CN 00:00-05:00"):
        assert said in school


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"ends_on": "2026-08-31"}, "ends_on", "the term ends before it begins"),
        ({"starts_on": "mai"}, "starts_on", "write the day as"),
        ({"up_mbps": "20000"}, "up_mbps", "upload above 100 times download"),
        ({"price_vnd": "350"}, "price_vnd", "did you write thousands"),
        ({"price_vnd": "-5"}, "price_vnd", "0"),
        ({"availability": "0,995"}, "availability", "write percent"),
        ({"max_rtt": "nhanh"}, "max_rtt", "must be a"),
        ({"excluded": "đôi khi"}, "excluded", "write like"),
        ({"data_cap": "0,2"}, "data_cap", "a wrong unit"),
    ],
)
def test_each_wrong_field_of_the_form_has_its_own_sentence(
    sqlite_world: World, wrong: dict[str, str], field: str, said: str
) -> None:
    form = {"name": "1", "medium": "fibre", "down_mbps": "100", "starts_on": "2026-09-01"}
    answer = post(sqlite_world, f"{EDIT}/1", form | wrong)
    assert answer.status_code == 422
    assert said in errors(answer.text)[field]


def test_terms_come_in_by_the_file_go_out_again_and_twice_is_once(world: World) -> None:
    data = book(links=[HEADS, ROW])
    done(world, data)
    row = link(world)
    assert {name: getattr(row, name) for name in TERMS if name != "up_bps"} == {
        name: value for name, value in TERMS.items() if name != "up_bps"
    }
    assert done(world, data)["preview"]["counts"]["links"] == {"new": 0, "changed": 0, "same": 1}
    again = world.as_admin("GET", "/api/v1/exports/registry.xlsx").content
    assert done(world, again)["preview"]["counts"]["links"] == {"new": 0, "changed": 0, "same": 3}
    done(world, book(links=[HEADS, (OWN, "", "", "", "-", "-", "-", "-", "-", "-", "-", "-")]))
    row = link(world)
    assert (row.starts_on, row.availability, row.excluded, row.rule) == (None, None, [], "")


def test_a_file_with_a_contract_that_cannot_be_is_refused_by_row_and_column(sqlite_world: World) -> None:
    sqlite_world.as_admin("PATCH", f"{LINKS}/1", json=TERMS)
    rows = [
        (OWN, "", "", "", "", "01/01/2025"),  # ends before what is there begins
        (SIBLING, "", "100", "350", "", ""),
    ]
    made = preview(sqlite_world, book(links=[HEADS[:6], *rows]))
    assert not made["is_good"]
    assert [(one["row"], one["column"], one["code"]) for one in made["issues"]] == [
        (2, "Hiệu lực đến", "ends-first"),
        (3, "Giá cước (đồng/tháng)", "in-thousands"),
    ]
    assert run(sqlite_world, book(links=[HEADS[:6], *rows])).status_code == 422
    assert link(sqlite_world, SIBLING).price_vnd is None


def test_a_changed_contract_marks_the_month_that_runs_and_no_older_one(world: World) -> None:
    key = link(world).school_id
    with world.session() as session:
        for month in ("2026-10", "2026-11"):
            session.add(SchoolMonth(month=month, school_id=key, at=NOON))
        session.commit()

    def marked() -> list[str]:
        with world.session() as session:
            rows = session.exec(select(SchoolMonth).order_by(SchoolMonth.month)).all()
            found = [row.month for row in rows if row.is_stale]
            for row in rows:
                row.is_stale = False
                session.add(row)
            session.commit()
        return found

    world.as_admin("PATCH", f"{LINKS}/1", json={"down_bps": 80e6})
    assert marked() == ["2026-11"]
    assert link(world).changed_at == world.clock()
    world.clock.now += 60
    done(world, book(links=[HEADS, ROW]))
    assert marked() == ["2026-11"]
    assert link(world).changed_at == (changed := world.clock())
    world.clock.now += 60
    done(world, book(links=[HEADS, ROW]))
    assert marked() == []
    assert link(world).changed_at == changed, "the same again is no change"
    world.as_admin("PUT", "/api/v1/settings/plan", json={"target": "brazil"})
    assert marked() == ["2026-11"]
    world.as_admin("DELETE", f"{LINKS}/1")
    assert marked() == ["2026-11"]
