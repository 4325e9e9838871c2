"""The table of schools: what is found, in which order, and what is taken away as a file."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from controller.scope import key_of
from controller.tables import Audit, Latest, Link, School
from inventory.fold import school_search
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, STRANGER, THERE, Person, World
from tests.integration.web.test_overview_page import be, get, make_demo, text_of

OFFICER = Person("commune-officer", "commune", HERE)


def found(world: World, query: str, person: Person = ADMIN) -> list[str]:
    """The codes in the table, in order."""
    return re.findall(
        r'<th scope="row" class="cell-main"><a href="/schools/([^"]+)"', get(world, f"/schools{query}", person)
    )


def rename(world: World, code: str, name: str) -> None:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        school.name, school.search = name, school_search(name, code)
        session.add(school)
        session.commit()


def test_all_schools_of_ones_part_of_the_province_are_there(world: World) -> None:
    assert set(found(world, "")) == {OWN, SIBLING, STRANGER}
    assert set(found(world, "", OFFICER)) == {OWN, SIBLING}


@pytest.mark.parametrize(
    "typed",
    ["Hồng Ngự", "hong ngu", "HONG NGU", "ngu hong", unicodedata.normalize("NFD", "Hồng Ngự"), "hồng", "sung-sib"],
)
def test_a_school_is_found_with_and_without_accents(world: World, typed: str) -> None:
    rename(world, SIBLING, "Trường Tiểu học Hồng Ngự")
    assert found(world, f"?q={typed}") == [SIBLING]


def test_what_matches_nothing_says_so_and_leads_back(sqlite_world: World) -> None:
    page = get(sqlite_world, "/schools?q=khong-co")
    assert "No school matches" in text_of(page)
    assert 'href="/schools"' in page


def test_filters_narrow_down_together(world: World) -> None:
    be(world, OWN, "down", 1.0)
    be(world, STRANGER, "down", 1.0)
    assert set(found(world, "?status=down")) == {OWN, STRANGER}
    assert found(world, f"?status=down&commune={THERE}") == [STRANGER]
    assert found(world, f"?provider=VNPT {SIBLING}") == [SIBLING]
    assert found(world, "?level=preschool") == []
    assert set(found(world, "?status=up&status=down")) == {OWN, SIBLING, STRANGER}
    assert set(found(world, "?status=nonsense&sort=nonsense&page=99999")) == {OWN, SIBLING, STRANGER}


def test_the_worst_comes_first_and_each_column_sorts_both_ways(world: World) -> None:
    be(world, STRANGER, "down", 5.0)
    be(world, SIBLING, "silent", 5.0)
    assert found(world, "") == [STRANGER, SIBLING, OWN]
    for column in ("name", "code", "commune", "level", "pupils", "status", "since", "down", "up", "rtt", "loss"):
        assert len(found(world, f"?sort={column}")) == len(found(world, f"?sort=-{column}")) == 3
    assert found(world, "?sort=code") == sorted([OWN, SIBLING, STRANGER])
    assert found(world, "?sort=-code") == sorted([OWN, SIBLING, STRANGER], reverse=True)


def test_pages_hold_fifty_each_once(world: World) -> None:
    with world.session() as session:
        for number in range(120):
            session.add(School(code=f"P-{number:03}", name="Trường", search="truong", commune_code=HERE))
        session.commit()
    pages = [found(world, f"?page={number}") for number in (1, 2, 3)]
    assert [len(one) for one in pages] == [50, 50, 23]
    assert len({code for one in pages for code in one}) == 123
    assert found(world, "?page=4") == pages[2], "past the end is the last page"


def test_two_lines_make_one_row(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        session.add(Link(school_id=key_of(school), name="2", provider="Viettel", is_primary=True))
        session.commit()
    assert found(sqlite_world, f"?q={OWN}") == [OWN]


def test_a_figure_of_loopback_is_named_as_such(sqlite_world: World) -> None:
    make_demo(sqlite_world, speed_scope="loopback")
    assert "chỉ trong máy này" in get(sqlite_world, "/schools") or "this machine only" in get(sqlite_world, "/schools")


def test_the_table_is_exported_as_it_was_asked_for(world: World) -> None:
    be(world, OWN, "down", 1_795_000_000.0, "internet")
    answer = world.call(ADMIN, "GET", "/schools/export/csv?status=down")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    assert [row[0] for row in rows[1:]] == [OWN]
    assert rows[0][0] == "School code"
    assert rows[1][4] == "Down"
    sheet = load_workbook(io.BytesIO(world.call(ADMIN, "GET", "/schools/export/xlsx").content)).worksheets[0]
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == {OWN, SIBLING, STRANGER}
    with world.session() as session:
        noted = session.exec(select(Audit).where(Audit.action == "export")).all()
    assert [row.object for row in noted] == ["file:truongnet-schools.csv", "file:truongnet-schools.xlsx"]


def test_no_cell_of_an_export_runs_as_a_formula(sqlite_world: World) -> None:
    rename(sqlite_world, OWN, '=HYPERLINK("http://x","y")\x01')
    answer = sqlite_world.call(ADMIN, "GET", f"/schools/export/csv?q={OWN}")
    (row,) = list(csv.reader(io.StringIO(answer.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))[1:]
    assert row[1].startswith("'=")
    book = load_workbook(io.BytesIO(sqlite_world.call(ADMIN, "GET", f"/schools/export/xlsx?q={OWN}").content))
    cell = book.worksheets[0]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')


def test_a_commune_officer_takes_away_the_own_commune_and_a_school_nothing(sqlite_world: World) -> None:
    answer = sqlite_world.call(OFFICER, "GET", "/schools/export/csv")
    assert OWN in answer.text
    assert STRANGER not in answer.text
    assert sqlite_world.call(Person("school", "school", OWN), "GET", "/schools/export/csv").status_code == 403


def test_a_school_never_heard_of_has_no_box_and_no_figure(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        session.delete(session.get(Latest, school.id))
        session.commit()
    assert found(sqlite_world, "?status=no-box") == [OWN]
    assert "No box yet" in text_of(get(sqlite_world, f"/schools?q={OWN}"))
