"""The plan's pages: numbers with their denominators, sorted and filtered, taken away, in both languages, labelled."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from controller.plan.counts import count_all
from controller.plan.rollup import roll_up_schools
from controller.scope import Scope, key_of
from controller.tables import Audit, School, SchoolMonth, Setting
from controller.web.read import kept, map_kept
from controller.web.read import plan as read
from tests.integration.api.world import ADMIN, HERE, NOON, OWN, SIBLING, STRANGER, THERE, Person, World
from tests.integration.registry.calls import table
from tests.integration.web.forms import PAGE, done, errors, get, post, shown, value

MONTH = "2026-11"
OFFICER = Person("commune-officer", "commune", HERE)
HEAD = Person("school", "school", OWN)
GOOD: dict[str, Any] = {
    "contract": "met", "target": "met", "cause": "fine", "provider": "VNPT", "promised_down_bps": 100e6,
    "promised_up_bps": 100e6, "price_vnd": 290_000, "down_median": 95e6, "down_low": 90e6, "up_median": 94e6,
    "up_low": 88e6, "rtt_median": 0.012, "rtt_high": 0.02, "availability": 0.9991, "tests": 100, "need_bps": 20e6,
}  # fmt: skip
SMALL = GOOD | {
    "target": "not-met", "cause": "contract", "provider": "FPT", "promised_down_bps": 30e6, "down_median": 29e6,
    "need_bps": 60e6, "upgrade_bps": 80e6, "upgrade_vnd": 320_000, "more_vnd": 120_000, "price_n": 7,
    "price_basis": "province",
}  # fmt: skip
BROKEN = GOOD | {"contract": "not-met", "cause": "line", "down_median": 41e6}


def store(world: World, months: dict[str, dict[str, Any]], month: str = MONTH) -> None:
    with world.session() as session:
        for code, values in months.items():
            school = session.exec(select(School).where(School.code == code)).one()
            session.add(SchoolMonth(month=month, school_id=key_of(school), at=NOON, **values))
        session.commit()
    with world.services.engine.begin() as connection:
        count_all(connection, NOON)


def judge(world: World) -> None:
    """The month of every school, from what its box measured."""
    with world.session() as session:
        ids = [key_of(one) for one in session.exec(select(School)).all()]
    roll_up_schools(world.services.engine, world.services.settings.zone, NOON, ids, [MONTH])


@pytest.fixture
def filled(sqlite_world: World) -> World:
    store(sqlite_world, {OWN: GOOD, SIBLING: SMALL, STRANGER: BROKEN})
    return sqlite_world


def vietnamese(world: World, url: str) -> str:
    from controller.people import accounts

    world.call(ADMIN, "GET", "/account")
    with world.session() as session:
        user = accounts.by_login(session, ADMIN.login)
        assert user is not None
        user.lang = "vi"
        session.add(user)
        session.commit()
    return get(world, url)


def test_the_plan_names_what_each_share_is_a_part_of(filled: World) -> None:
    text = shown(get(filled, "/plan"))
    assert "66.7 % 2 schools of 3 schools measured enough" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 schools of 3 schools in the registry" in text
    assert "2 contracts of 3 contracts that could be judged" in text
    assert "120,000 ₫ more a month" in text


def test_nothing_measured_is_no_figure(sqlite_world: World) -> None:
    text = shown(get(sqlite_world, "/plan"))
    assert "Nothing to add up yet" in text
    store(sqlite_world, {OWN: {}})
    text = shown(get(sqlite_world, "/plan"))
    assert "– 0 schools of 0 schools measured enough" in text, "no data is never met, and never 0 %"


def test_every_page_speaks_vietnamese_too(filled: World) -> None:
    assert "trong 3 trường của danh bạ" in shown(vietnamese(filled, "/plan"))
    for url, said in (
        ("/plan/ranking", "Phần của hợp đồng"),
        ("/plan/ranking?by=provider", "Phần của hợp đồng, trung vị"),
        ("/plan/upgrades", "theo 7 hợp đồng mọi nhà mạng"),
        ("/settings/plan", "QCVN 34:2022/BTTTT"),
        (f"/schools/{OWN}", "Chưa có đánh giá nào"),
        (f"/schools/{OWN}/weeks", "Bốn tuần theo giờ"),
    ):
        assert said in shown(get(filled, url)), url


def test_a_months_first_days_show_the_month_before_and_any_month_can_be_chosen(filled: World) -> None:
    store(filled, {OWN: {}}, "2026-12")
    assert "Month 11/2026" in shown(get(filled, "/plan"))
    assert "Month 12/2026" in shown(get(filled, "/plan?month=2026-12"))
    assert "Month 11/2026" in shown(get(filled, "/plan?month=1999-99"))


def test_the_ranking_is_sorted_filtered_and_within_scope(filled: World) -> None:
    page = get(filled, "/plan/ranking")
    places = [page.index(f"/schools/{code}?") for code in (STRANGER, OWN, SIBLING)]
    assert places == sorted(places), "41 %, 95 % and 97 % of the contract: the worst comes first"
    best = get(filled, "/plan/ranking?sort=-down")
    assert best.index(f"/schools/{OWN}?") < best.index(f"/schools/{STRANGER}?") < best.index(f"/schools/{SIBLING}?")
    assert STRANGER not in get(filled, f"/plan/ranking?commune={HERE}")
    assert SIBLING in get(filled, "/plan/ranking?provider=FPT")
    assert OWN not in get(filled, "/plan/ranking?provider=FPT")
    assert OWN not in get(filled, "/plan/ranking?contract=not-met")
    assert STRANGER not in get(filled, "/plan/ranking", OFFICER)
    assert SIBLING not in get(filled, "/plan/ranking", HEAD)
    for odd in ("/plan/ranking?sort=nothing", "/plan/ranking?page=9999", "/plan/ranking?cause=x&contract=y&level=z"):
        get(filled, odd)


def test_providers_and_communes_are_ranked_by_contracts_kept(filled: World) -> None:
    text = shown(get(filled, "/plan/ranking?by=provider&sort=met"))
    assert text.rindex("VNPT") < text.rindex("FPT"), "the filters name them too"
    assert "1 of 2" in text
    assert "Xã Mỹ Thọ" not in shown(get(filled, "/plan/ranking?by=commune", OFFICER))


def test_a_ranking_that_was_added_up_ahead_says_of_when_it_is_and_is_for_who_sees_all(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MANY", 2)
    map_kept.renew(filled.services, NOON)
    ranking = "/plan/ranking?by=provider"
    assert "Added up at 12:00, again every minute." in shown(get(filled, ranking))
    assert "Cộng lúc 12:00" in shown(vietnamese(filled, ranking))
    for url, person in ((ranking, OFFICER), (f"{ranking}&level=primary", ADMIN)):
        assert "12:00, again" not in shown(get(filled, url, person))
        assert "Cộng lúc" not in shown(get(filled, url, person))


def test_upgrades_are_listed_with_their_sum_and_what_it_rests_on(filled: World) -> None:
    text = shown(get(filled, f"/plan/upgrades?commune={HERE}"))
    assert "120,000 ₫" in text
    assert "1,440,000 ₫" in text
    assert "by 7 contracts of all providers" in text
    assert "No school" in shown(get(filled, f"/plan/upgrades?commune={THERE}"))
    unpriced = {**SMALL, "upgrade_vnd": None, "more_vnd": None, "price_n": 0, "price_basis": ""}
    store(filled, {STRANGER: unpriced}, "2026-10")
    assert "too few contracts of that class" in shown(get(filled, "/plan/upgrades?month=2026-10"))


def test_a_school_without_tests_is_in_the_list_and_the_sum_as_by_contract(sqlite_world: World) -> None:
    none = {"down_median": None, "rtt_median": None, "availability": None, "tests": 0}
    unmeasured = (
        SMALL | none | {"contract": "not-enough", "target": "not-enough", "cause": "unknown", "more_vnd": 90_000}
    )
    store(sqlite_world, {OWN: GOOD, SIBLING: SMALL, STRANGER: unmeasured})
    page = get(sqlite_world, f"/plan/upgrades?month={MONTH}")
    assert page.count("by contract, not measured") == 2, "its line, and the sum of all such"
    assert "210,000" in page
    assert "90,000" in page


def test_one_test_is_no_rank_and_no_part_of_a_providers_median(sqlite_world: World) -> None:
    lucky = GOOD | {
        "contract": "not-enough",
        "target": "not-enough",
        "cause": "unknown",
        "down_median": 1e6,
        "tests": 1,
    }
    store(sqlite_world, {OWN: GOOD, SIBLING: lucky, STRANGER: BROKEN})
    with sqlite_world.session() as session:
        asked, all_of = read.Asked(month=MONTH), Scope(is_all=True)
        ranked = read.rows(session, read.ordered(read.statement(all_of, asked), read.FIRST))
        assert [row.code for row in ranked] == [STRANGER, OWN, SIBLING]
        group = next(group for group in read.groups_now(session, all_of, asked, "provider") if group.key == "VNPT")
        assert (group.schools, group.shares) == (3, 2)
        assert group.share == pytest.approx(0.68)


def test_everything_can_be_taken_away_with_its_sum_and_is_recorded(filled: World) -> None:
    lines = table(filled.as_admin("GET", "/plan/upgrades/export/csv").text)
    assert lines[0][0] == "Month"
    assert [line[1] for line in lines[1:]] == [SIBLING, ""]
    assert lines[-1][lines[0].index("More a month (VND)")] == "120000"
    plan = table(filled.as_admin("GET", "/plan/export/csv").text)
    assert ["29001", "Phường Cao Lãnh", "2"] in [line[:3] for line in plan]
    book = load_workbook(io.BytesIO(filled.as_admin("GET", "/plan/ranking/export/xlsx?contract=not-met").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == [STRANGER]
    with filled.session() as session:
        assert len(session.exec(select(Audit).where(Audit.action == "export")).all()) == 3
    assert SIBLING not in filled.call(OFFICER, "GET", f"/plan/ranking/export/csv?commune={THERE}").text


def test_a_ranking_of_providers_or_communes_is_taken_away_as_it_is_shown(filled: World) -> None:
    page = get(filled, "/plan/ranking?by=provider")
    assert re.search(r'href="/plan/ranking/export/csv\?[^"]*by=provider', page), "the page's own link asks for the same"
    lines = table(filled.as_admin("GET", "/plan/ranking/export/csv?by=provider&sort=-met").text)
    assert lines[0][:4] == ["Month", "Code", "Name", "Schools"]
    page_rows = {line[2]: line[3:6] for line in lines[1:]}
    assert page_rows["VNPT"] == ["2", "1", "1"]
    assert len(lines) == len({SMALL["provider"], GOOD["provider"], BROKEN["provider"]}) + 1
    communes = table(filled.as_admin("GET", "/plan/ranking/export/csv?by=commune").text)
    assert {line[1] for line in communes[1:]} == {HERE, THERE}
    officers = table(filled.call(OFFICER, "GET", "/plan/ranking/export/csv?by=commune").text)
    assert {line[1] for line in officers[1:]} == {HERE}


def test_a_sample_is_called_a_sample_in_lists_and_files(filled: World) -> None:
    with filled.session() as session:
        school = session.exec(select(School).where(School.code == SIBLING)).one()
        school.is_sample = True
        session.add(school)
        session.commit()
    page = get(filled, "/plan/upgrades")
    assert "DỮ LIỆU MẪU / SAMPLE DATA" in page
    assert "sample" in shown(page)
    lines = table(filled.as_admin("GET", "/plan/upgrades/export/csv").text)
    assert lines[1][lines[0].index("Sample data")] == "yes"


def test_the_map_knows_speed_and_contract_of_each_school(filled: World) -> None:
    features = filled.as_admin("GET", "/map.json").json()["schools"]["features"]
    found = {one["properties"]["code"]: one["properties"] for one in features}
    assert {code: (one["speed"], one["contract"]) for code, one in found.items()} == {
        OWN: ("well", "met"), SIBLING: ("fair", "met"), STRANGER: ("fair", "not-met"),
    }  # fmt: skip


def test_the_rules_are_changed_on_their_page_and_the_month_is_marked(filled: World) -> None:
    page = get(filled, "/settings/plan")
    assert "The figures of this edition were not seen" in shown(page)
    form = {"contract": "province-contract", "target": "province-target", "speed_share": "90", "per_school": "30",
            "per_pupil": "100", "rtt": "40", "min_tests": "4", "version": value(page, "version")}  # fmt: skip
    assert done(post(filled, "/settings/plan", form)) == "/settings/plan"
    page = get(filled, "/settings/plan")
    assert (value(page, "speed_share"), value(page, "per_school"), value(page, "rtt")) == ("90", "30", "40")
    with filled.session() as session:
        assert all(row.is_stale for row in session.exec(select(SchoolMonth)).all())
        setting = session.get(Setting, "plan.rules")
        assert setting is not None
        assert setting.value["province-contract"]["speed_share"] == 0.9
    for wrong, field in (
        ({"speed_share": "nhiều"}, "speed_share"),
        ({"speed_share": "180"}, "speed_share"),
        ({"availability": "40"}, "availability"),
        ({"min_days": "0"}, "min_days"),
        ({"per_school": "0", "per_pupil": "0"}, "per_school"),
    ):
        answer = post(filled, "/settings/plan", {**form, "version": "", **wrong})
        assert answer.status_code == 422, wrong
        assert field in errors(answer.text), wrong
    assert post(filled, "/settings/plan", {"contract": "qcvn34-2022"}).status_code == 422
    assert post(filled, "/settings/plan", {**form, "version": '"1"'}).status_code == 412


def test_a_schools_contract_says_why_in_words_with_its_numbers(filled: World) -> None:
    text = shown(get(filled, f"/schools/{STRANGER}"))
    assert "The line does not give the rate that was promised" not in text, "there are no facts yet: nothing is claimed"
    judge(filled)
    text = shown(get(filled, f"/schools/{OWN}"))
    assert "There are too few valid tests by wire to conclude anything." in text
    assert "needs 10 more tests, on 5 more days" in text
    assert "Judged by QCVN 34 (2019 edition)" in text


@pytest.mark.parametrize(
    ("excluded", "planned", "said", "unsaid"),
    [
        (7_200, 7_200, "2 hours of planned work is left out.", "as the contract says"),
        (
            7_200,
            3_600,
            "Maintenance of 1 hour is left out, as the contract says. 1 hour of planned work is left out.",
            "",
        ),
        (0, 0, "Judged by", "is left out"),
    ],
)
def test_what_was_left_out_of_a_schools_month_is_said(
    filled: World, excluded: int, planned: int, said: str, unsaid: str
) -> None:
    judge(filled)
    with filled.session() as session:
        row = session.get_one(SchoolMonth, (MONTH, session.exec(select(School.id).where(School.code == OWN)).one()))
        row.facts = row.facts | {"time": row.facts["time"] | {"excluded": excluded}, "planned": planned}
        session.add(row)
        session.commit()
    text = shown(get(filled, f"/schools/{OWN}"))
    assert said in text
    assert not unsaid or unsaid not in text


@pytest.mark.parametrize("what", ["availability", "latency", "loss"])
def test_weeks_have_a_table_that_says_what_the_picture_says(sqlite_world: World, what: str) -> None:
    with sqlite_world.session() as session:
        from controller.tables import Hour

        school = session.exec(select(School).where(School.code == OWN)).one()
        made = {"name": "rtt_seconds", "labels": {"target": "domestic:vnix"}, "at": NOON - 7200, "seconds": 3600.0}
        made |= {"count": 60, "lost": 15, "median": 0.042, "p95": 0.05}
        session.add(Hour(school_id=key_of(school), hour_at=int(NOON) - 7200, windows=[made]))
        session.commit()
    page = get(sqlite_world, f"/schools/{OWN}/weeks?what={what}")
    said = {"availability": "100.0 %", "latency": "42.0 ms", "loss": "25.0 %"}[what]
    assert page.replace("\N{NO-BREAK SPACE}", " ").count(said) >= 2, "in the picture's title and in the table"
    assert "Nothing was measured" in shown(get(sqlite_world, f"/schools/{OWN}/weeks?back=3"))
    assert f"/schools/{OWN}/weeks/export/csv" in page
    lines = table(sqlite_world.as_admin("GET", f"/schools/{OWN}/weeks/export/csv").text)
    assert [line[2:] for line in lines[1:] if line[2] != "0"] == [["3600", "100.0", "42.0", "25.0"]]
    assert next(line[3:] for line in lines[1:] if line[2] == "0") == ["", "", ""], "no data is no figure"
    for odd in ("back=-1", "what=all", "back=999"):
        answer = sqlite_world.call(ADMIN, "GET", f"/schools/{OWN}/weeks?{odd}", headers=PAGE)
        assert answer.status_code == 422
