"""The page of the audit log: who did what, filtered, exported, and its chain checked."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlmodel import Session

from controller import audit
from controller.web.read.audit import DEEDS
from tests.integration.api.test_audit_chain import guards_off
from tests.integration.api.world import HERE, NOON, OWN, STRANGER, Person, World
from tests.integration.web.forms import get, shown

EVENING = NOON + 6 * 3600  # 18:00 in Viet Nam


@pytest.fixture
def log(world: World) -> World:
    with world.session() as session:
        _tell(session)
    return world


def _tell(session: Session) -> None:
    audit.record(session, "hoa", "school.update", f"school:{OWN}", 1, now=EVENING, fields=["pupils"])
    audit.record(session, "minh", "login", "user:minh", outcome="failed", now=EVENING + 60)
    session.commit()


@pytest.mark.parametrize(
    ("filter", "found", "missed"),
    [
        ("actor=hoa", "fields pupils", "user:minh"),
        ("actor=HOA", "fields pupils", "user:minh"),
        ("action=login", "user:minh", "fields pupils"),
        ("action=school", "fields pupils", "user:minh"),
        (f"object=school:{OWN}", "fields pupils", "user:minh"),
        ("object=minh", "user:minh", "fields pupils"),
        ("since=2026-11-24T18:01", "user:minh", "fields pupils"),
        ("since=2026-11-24T17:59&until=2026-11-24T18:01", "fields pupils", "user:minh"),
    ],
)
def test_rows_are_found_by_who_what_object_and_local_time(log: World, filter: str, found: str, missed: str) -> None:
    page = shown(get(log, f"/audit?{filter}"))
    assert found in page
    assert missed not in page


def test_a_filter_that_means_nothing_is_named_and_left_out(log: World) -> None:
    page = shown(get(log, "/audit?actor=a%20b&since=yesterday&object=%00"))
    assert "Not understood: actor, object, since" in page
    assert "user:minh" in page


def test_deeds_have_words_and_a_failed_one_says_so(log: World) -> None:
    page = shown(get(log, "/audit"))
    assert "Changed a school school.update" in page
    assert "Signed in login failed" in page
    assert "Trường THCS" in page


def test_every_deed_of_this_province_has_a_word(log: World) -> None:
    with log.session() as session:
        said = {row[0] for row in session.execute(text("SELECT DISTINCT action FROM audit"))}
    assert said <= set(DEEDS)


def test_the_export_holds_the_rows_of_the_filter(log: World) -> None:
    page = get(log, "/audit?actor=hoa&since=2026-11-24T17:59")
    moment = dt.datetime(2026, 11, 24, 10, 59, tzinfo=dt.UTC).timestamp()
    assert f'href="/api/v1/audit.csv?actor=hoa&amp;since={moment}"' in page
    lines = log.as_admin("GET", f"/api/v1/audit.csv?actor=hoa&since={moment}").text.splitlines()
    assert len(lines) == 2
    assert f"school:{OWN}" in lines[1]


def test_an_exported_cell_is_no_formula(log: World) -> None:
    with log.session() as session:
        audit.record(session, "=1+1", "login", "@x", now=EVENING)
        session.commit()
    cells = [cell for line in log.as_admin("GET", "/api/v1/audit.csv").text.splitlines() for cell in line.split(",")]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_whole_chain_is_said_to_be_whole_and_a_broken_one_where_it_breaks(log: World) -> None:
    assert "The chain is whole. 5 rows follow from one another" in shown(get(log, "/audit/verify"))
    with log.session() as session:
        guards_off(session)
        session.execute(text("UPDATE audit SET actor = 'someone-else' WHERE id = 4"))
        session.commit()
    page = get(log, "/audit/verify")
    assert "The chain breaks at row 4." in shown(page)
    assert "The first 3 rows are whole." in shown(page)
    assert 'role="alert"' in page


def test_over_a_part_of_the_province_only_its_schools_show_and_nothing_is_verified(log: World) -> None:
    auditor = Person("auditor", "commune", HERE)
    page = get(log, "/audit", auditor)
    assert OWN in page
    assert STRANGER not in page
    assert "user:minh" not in page
    assert "/audit/verify" not in page


def test_the_log_goes_page_by_page_newest_first(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        for number in range(60):
            audit.record(session, "hoa", "login", f"user:p{number:02}", now=NOON + number)
        session.commit()
    assert "user:p59" in get(sqlite_world, "/audit?actor=hoa")
    second = get(sqlite_world, "/audit?actor=hoa&page=2")
    assert "user:p09" in second
    assert "user:p10" not in second
