"""What is exported can be imported again unchanged, runs nowhere as a formula, shows nobody more than he may see."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from controller.tables import Audit, Contact, Device, Link, Measurement, RoleGrant, Room, School, SchoolMonth, User
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, STRANGER, Person, World
from tests.integration.registry.calls import HEAD, counts, done, everything, schools_csv, table
from tests.unit.registry.files import csv_bytes

ALL = (School, Link, Room, Contact, User, RoleGrant)
OFFICER = Person("commune-officer", "commune", HERE)
AUDITOR = Person("auditor", "province")
EVIL = ("=HYPERLINK(A1)", "+1+1", "-1+1", "@SUM(A1)", "x;=1+1")


def xlsx(world: World, person: Person = ADMIN) -> bytes:
    answer = world.call(person, "GET", "/api/v1/exports/registry.xlsx")
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def archive(world: World, person: Person = ADMIN) -> dict[str, list[list[str]]]:
    answer = world.call(person, "GET", "/api/v1/exports/everything.zip")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        return {name: table(opened.read(name).decode()) for name in opened.namelist()}


def csv_of(world: World, name: str, person: Person = ADMIN) -> list[list[str]]:
    answer = world.call(person, "GET", f"/api/v1/exports/{name}.csv")
    assert answer.status_code == 200, answer.text
    return table(answer.text)


def test_the_exported_workbook_imports_again_and_changes_nothing(world: World) -> None:
    world.as_admin("GET", "/api/v1/me")
    before = everything(world, *ALL)
    made = done(world, xlsx(world))
    assert all((new, changed) == (0, 0) for new, changed, _ in counts(made["preview"]).values())
    assert counts(made["preview"])["schools"] == (0, 0, 3)
    assert set(counts(made["preview"])) == {"schools", "links", "rooms", "contacts", "users"}
    assert everything(world, *ALL) == before


@pytest.mark.parametrize("name", ["schools", "links", "rooms", "contacts"])
def test_an_exported_csv_imports_again_and_changes_nothing(sqlite_world: World, name: str) -> None:
    done(sqlite_world, schools_csv((OWN, "=1+1", "Cao Lãnh", "300")))
    answer = sqlite_world.as_admin("GET", f"/api/v1/exports/{name}.csv")
    assert counts(done(sqlite_world, answer.content)["preview"]) == {name: (0, 0, 3)}


def test_cells_that_begin_a_formula_come_out_harmless_everywhere(world: World) -> None:
    rows = [(f"E{number}", text, "Cao Lãnh", "") for number, text in enumerate(EVIL)]
    done(world, csv_bytes(HEAD, *rows, delimiter="\t"))
    with world.session() as session:
        stored = {row.name for row in session.exec(select(School)).all()}
        device = session.exec(select(Device)).first()
        assert device is not None
        device.name = EVIL[0]
        session.add(device)
        session.commit()
    assert set(EVIL) <= stored, "what people wrote is kept as they wrote it"
    for name, lines in archive(world).items():
        for cell in (cell for line in lines for cell in line):
            assert not cell.startswith(("=", "+", "@", "\t")), f"{name}: {cell}"
            assert ";=" not in cell, f"{name}: {cell}"
            assert not cell.startswith("-1+1"), f"{name}: {cell}"
    listed = world.as_admin("GET", "/api/v1/measurements.csv").text
    assert "'=SEN-OWN" in listed
    opened = load_workbook(io.BytesIO(xlsx(world)))
    cells: list[Any] = [cell for page in opened for row in page.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert {cell.value for cell in cells if cell.quotePrefix} >= set(EVIL[:4])


def test_negative_numbers_stay_numbers(world: World) -> None:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        school.lat, school.lon = -10.5, 105.5
        session.add(school)
        session.commit()
    lines = csv_of(world, "schools")
    at = lines[0].index("Vĩ độ")
    assert [line[at] for line in lines if line[0] == OWN] == ["-10.5"]


def test_everyone_exports_his_own_part_alone(world: World) -> None:
    for name, lines in archive(world, OFFICER).items():
        text = "\n".join(",".join(line) for line in lines)
        assert STRANGER not in text, name
    assert {line[0] for line in csv_of(world, "schools", OFFICER)[1:]} == {OWN, SIBLING}
    opened = load_workbook(io.BytesIO(xlsx(world, OFFICER)))
    assert "Tài khoản" not in opened.sheetnames
    assert {row[0].value for row in opened["Liên hệ"].iter_rows(min_row=2)} == {OWN, SIBLING}


def test_an_auditor_exports_no_people_to_call(world: World) -> None:
    assert "contacts.csv" not in archive(world, AUDITOR)
    assert "Liên hệ" not in load_workbook(io.BytesIO(xlsx(world, AUDITOR))).sheetnames
    assert world.call(AUDITOR, "GET", "/api/v1/exports/contacts.csv").status_code == 403
    assert world.call(OFFICER, "GET", "/api/v1/exports/users.csv").status_code == 403


def test_everything_holds_every_table(world: World) -> None:
    with world.session() as session:  # a month that was judged
        school = session.exec(select(School).where(School.code == OWN)).one()
        session.add(SchoolMonth(month="2026-10", school_id=school.id or 0, contract="not-met", provider="VNPT"))
        session.commit()
    names = {"schools", "links", "rooms", "contacts", "users", "status", "boxes", "devices", "days", "events"}
    names |= {"measurements", "incidents", "months", "assets"}
    found = archive(world)
    assert set(found) == {f"{name}.csv" for name in names}
    for name in names:
        assert len(found[f"{name}.csv"]) > 1, f"{name} is empty"
        assert csv_of(world, name) == found[f"{name}.csv"] or name == "users"


def test_measurements_come_out_with_why_they_are_not_valid(world: World) -> None:
    with world.session() as session:
        row = session.exec(select(Measurement).where(Measurement.probe == "speed")).first()
        assert row is not None
        facts = {"mode": "short", "validity": ["wifi", "cross-traffic"], "remarks": ["others-unseen"]}
        row.is_valid, row.body, number = False, {"facts": facts}, row.id
        session.add(row)
        session.commit()
        count = len(session.exec(select(Measurement).where(col(Measurement.probe).in_(("speed", "second")))).all())
    lines = csv_of(world, "measurements")
    assert len(lines) == count + 1
    at = {name: lines[0].index(name) for name in ("Mức đo", "Hợp lệ", "Lý do không hợp lệ", "Ghi chú")}
    (line,) = [line for line in lines if line[at["Mức đo"]] == "short"]
    assert [line[at[name]] for name in at] == ["short", "no", "wifi; cross-traffic", "others-unseen"], number


def test_incidents_tell_their_school_cause_and_times(world: World) -> None:
    lines = csv_of(world, "incidents", OFFICER)
    assert {line[0] for line in lines[1:]} == {OWN, SIBLING}
    line = dict(zip(lines[0], lines[1], strict=True))
    assert (line["Trạng thái"], line["Nguyên nhân tạm thời"]) == ("open", "power")
    assert line["Từ lúc"].startswith("20"), "a moment in the province's time"
    assert line["Đến lúc"] == ""


def test_an_export_is_in_the_audit(world: World) -> None:
    xlsx(world)
    with world.session() as session:
        rows = session.exec(select(Audit).where(Audit.action == "export")).all()
    assert [(row.actor, row.object) for row in rows] == [(ADMIN.login, "file:registry.xlsx")]


def test_the_template_explains_itself_and_offers_the_communes(world: World) -> None:
    answer = world.as_admin("GET", "/api/v1/imports/template.xlsx")
    opened = load_workbook(io.BytesIO(answer.content))
    assert opened.sheetnames[:2] == ["Hướng dẫn", "Trường"]
    headings = [cell.value for cell in opened["Trường"][1]]
    assert headings[:4] == ["Mã trường *", "Tên trường *", "Cấp học", "Xã/phường *"]
    lists = [one.formula1 for one in opened["Trường"].data_validations.dataValidation]
    assert "'Danh mục'!$A$2:$A$3" in lists
    assert {cell.value for cell in opened["Danh mục"]["A"] if cell.value} == {"commune", "Phường Cao Lãnh", "Xã Mỹ Thọ"}
    made = done(world, answer.content)
    assert all(count == (0, 0, 0) for count in counts(made["preview"]).values())
