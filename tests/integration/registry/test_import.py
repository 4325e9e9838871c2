"""Preview first, then all of it or nothing; the same file twice changes nothing; nobody reaches beyond his part."""

from __future__ import annotations

from sqlmodel import select

from controller.tables import Audit, Contact, Link, RoleGrant, Room, School, User
from tests.integration.api.world import ADMIN, HERE, OWN, STRANGER, Person, World
from tests.integration.registry.calls import HEAD, NEW, book, counts, done, everything, preview, run, schools_csv

ALL = (School, Link, Room, Contact, User, RoleGrant)
OFFICER = Person("operator", "commune", HERE)


def test_a_preview_counts_and_writes_nothing(world: World) -> None:
    world.as_admin("GET", "/api/v1/me")
    before = everything(world, *ALL)
    made = preview(world, schools_csv(NEW, (OWN, "Trường đổi tên", "Cao Lãnh", "300")))
    assert counts(made) == {"schools": (1, 1, 0)}
    assert made["is_good"]
    assert [(one["label"].split()[0], one["is_new"]) for one in made["changes"]] == [("82901", True), (OWN, False)]
    assert everything(world, *ALL) == before


def test_an_import_writes_and_the_same_file_again_changes_nothing(world: World) -> None:
    data = schools_csv(NEW, (OWN, "Trường đổi tên", "Cao Lãnh", "300"))
    assert counts(done(world, data)["preview"]) == {"schools": (1, 1, 0)}
    with world.session() as session:
        new = session.exec(select(School).where(School.code == "82901")).one()
        old = session.exec(select(School).where(School.code == OWN)).one()
    assert (new.name, new.level, new.commune_code, new.pupils) == ("Trường Tiểu học Sen Hồng", "primary", "29002", 1234)
    assert (old.name, old.pupils, old.search) == ("Trường đổi tên", 300, f"truong doi ten {OWN.lower()}")
    before = everything(world, *ALL)
    assert counts(done(world, data)["preview"]) == {"schools": (0, 0, 2)}
    assert everything(world, *ALL) == before


def test_what_a_file_does_not_say_stays(world: World) -> None:
    done(world, schools_csv((OWN, "Trường A", "Cao Lãnh", "300")))
    done(world, schools_csv((OWN, "Trường B", "Cao Lãnh", "")))
    with world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
    assert (school.name, school.pupils) == ("Trường B", 300)


def test_one_wrong_cell_stops_all_of_it(world: World) -> None:
    world.as_admin("GET", "/api/v1/me")
    before = everything(world, *ALL)
    answer = run(world, schools_csv(NEW, ("82902", "Trường Y", "Xã Không Có", "5")))
    assert answer.status_code == 422
    assert answer.json()["code"] == "import-refused"
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("truong!3 Xã/phường", "no-commune")]
    assert everything(world, *ALL) == before


def test_all_sheets_of_a_workbook_come_in_together(world: World) -> None:
    data = book(
        schools=[HEAD, NEW],
        links=[
            ("Mã trường", "Nhà mạng", "Tốc độ", "Giá cước"),
            ("82901", "VNPT", "1 Gbps", "350.000"),
            (OWN, "Viettel", 300, ""),
        ],
        rooms=[("Mã trường", "Mã phòng", "Loại phòng"), ("82901", "A1", "Phòng tin học"), (OWN, "A101", "Thư viện")],
        contacts=[("Mã trường", "Họ tên", "SĐT"), ("82901", "Phụ trách CNTT", 2773851234)],
        users=[("Tên đăng nhập", "Vai trò", "Phạm vi"), ("sen.hong", "Nhà trường", "82901")],
    )
    made = done(world, data)
    assert counts(made["preview"]) == {
        "schools": (1, 0, 0),
        "links": (1, 1, 0),
        "rooms": (1, 1, 0),
        "contacts": (1, 0, 0),
        "users": (1, 0, 0),
    }
    with world.session() as session:
        new = session.exec(select(School).where(School.code == "82901")).one()
        link = session.exec(select(Link).where(Link.school_id == new.id)).one()
        room = session.exec(select(Room).where(Room.school_id == new.id)).one()
        contact = session.exec(select(Contact).where(Contact.school_id == new.id)).one()
        user = session.exec(select(User).where(User.login == "sen.hong")).one()
        grant = session.exec(select(RoleGrant).where(RoleGrant.user_id == user.id)).one()
    assert (link.name, link.provider, link.down_bps, link.price_vnd, link.is_primary) == (
        "1",
        "VNPT",
        1e9,
        350_000,
        True,
    )
    assert (room.code, room.kind) == ("A1", "computer-room")
    assert contact.phone == "02773851234"
    assert (grant.role, grant.scope_kind, grant.scope_id) == ("school", "school", "82901")
    assert user.must_change_password
    [password] = made["passwords"]
    answer = world.call(None, "POST", "/api/v1/login", json={"login": "sen.hong", "password": password["password"]})
    assert answer.status_code == 200
    assert counts(done(world, data)["preview"])["users"] == (0, 0, 1)
    assert done(world, data)["passwords"] == []


def test_an_officer_imports_only_into_his_own_commune(world: World) -> None:
    good = schools_csv(("82901", "Trường X", "Cao Lãnh", "5"), (OWN, "Trường A", "Cao Lãnh", "300"))
    assert counts(done(world, good, OFFICER)["preview"]) == {"schools": (1, 1, 0)}
    foreign = (
        schools_csv(("82902", "Trường Y", "Mỹ Thọ", "5")),
        schools_csv((STRANGER, "Trường của người khác", "Mỹ Thọ", "5")),
        schools_csv((STRANGER, "Trường kéo về", "Cao Lãnh", "5")),
        schools_csv((OWN, "Trường đẩy đi", "Mỹ Thọ", "5")),
        book(rooms=[("Mã trường", "Mã phòng"), (STRANGER, "A1")]),
        book(links=[("Mã trường", "Nhà mạng"), (STRANGER, "VNPT")]),
        book(contacts=[("Mã trường", "Họ tên"), (STRANGER, "Ai đó")]),
        book(users=[("Tên đăng nhập", "Vai trò"), ("toi.la", "Quản trị tỉnh")]),
    )
    before = everything(world, *ALL)
    for data in foreign:
        answer = run(world, data, OFFICER)
        assert answer.status_code == 422, answer.text
        assert "Đốc Binh Kiều" not in answer.text
    assert everything(world, *ALL) == before


def test_an_operator_of_the_province_imports_no_accounts(world: World) -> None:
    operator = Person("operator", "province")
    data = book(users=[("Tên đăng nhập", "Vai trò"), ("toi.la", "Quản trị tỉnh")])
    answer = run(world, data, operator)
    assert [one["code"] for one in answer.json()["errors"]] == ["forbidden"]


def test_a_role_over_the_wrong_kind_of_place_is_refused(world: World) -> None:
    data = book(users=[("Tên đăng nhập", "Vai trò", "Phạm vi"), ("toi.la", "Quản trị tỉnh", "Mỹ Thọ")])
    assert [one["code"] for one in run(world, data).json()["errors"]] == ["cannot-grant"]


def test_a_part_of_a_school_that_nobody_knows_is_told_by_its_row(world: World) -> None:
    data = book(rooms=[("Mã trường", "Mã phòng"), (OWN, "B1"), ("99999", "B1")])
    made = preview(world, data)
    assert [(one["sheet"], one["row"], one["code"]) for one in made["issues"]] == [("Phòng", 3, "no-school")]


def test_a_school_with_a_wrong_cell_is_blamed_once_and_not_with_all_that_hangs_on_it(world: World) -> None:
    data = book(
        schools=[HEAD, ("82901", "Trường X", "Xã Không Có", 5)],
        rooms=[("Mã trường", "Mã phòng"), ("82901", "A1"), ("82901", "A2")],
        users=[("Tên đăng nhập", "Vai trò", "Phạm vi"), ("sen.hong", "Nhà trường", "82901")],
    )
    assert [(one["sheet"], one["code"]) for one in preview(world, data)["issues"]] == [("Trường", "no-commune")]


def test_an_import_is_in_the_audit_by_school_and_as_a_whole(world: World) -> None:
    done(world, schools_csv(NEW, (OWN, "Trường đổi tên", "Cao Lãnh", "300")))
    with world.session() as session:
        rows = [row for row in session.exec(select(Audit).order_by(Audit.id)) if "import" in row.action]  # type: ignore[arg-type]
    assert [(row.actor, row.action, row.object) for row in rows][:2] == [
        (ADMIN.login, "school.import", "school:82901"),
        (ADMIN.login, "school.import", f"school:{OWN}"),
    ]
    assert rows[-1].action == "import.apply"
    assert rows[-1].detail["counts"] == {"schools": [1, 1, 0]}
    assert world.as_admin("GET", "/api/v1/audit/verify").json()["broken"] is None


def test_a_pdf_called_xlsx_is_answered_and_not_a_failure(world: World) -> None:
    made = preview(world, b"%PDF-1.7 ...", filename="truong.xlsx")
    assert [one["code"] for one in made["issues"]] == ["pdf"]
    assert run(world, b"%PDF-1.7 ...").status_code == 422


def test_a_workbook_with_a_cell_at_the_far_corner_ends_the_reader_and_not_the_controller(world: World) -> None:
    made = preview(world, book(schools=[HEAD, NEW], rooms=[]), filename="a.xlsx")
    assert made["is_good"]
    far = far_cell()
    made = preview(world, far, filename="a.xlsx")
    assert made["issues"][0]["code"] in ("too-much", "too-many-rows")
    assert world.call(None, "GET", "/healthz").status_code == 200


def far_cell() -> bytes:
    """Two cells, as far apart as a sheet goes: read as a whole it would be 17 thousand million cells."""
    import io

    from openpyxl import Workbook

    workbook = Workbook()
    page = workbook.active
    assert page is not None
    page.title = "Trường"
    page["A1"] = "Mã trường"
    page.cell(row=1_048_576, column=16_384, value="x")
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_a_hundred_thousand_rows_come_in_and_one_more_is_refused_in_words(sqlite_world: World) -> None:
    rows = [(OWN, f"P{number}") for number in range(100_000)]
    text = "\r\n".join(f"{code},{room}" for code, room in rows)
    data = ("Mã trường,Mã phòng\r\n" + text).encode()
    assert counts(done(sqlite_world, data)["preview"]) == {"rooms": (100_000, 0, 0)}
    made = preview(sqlite_world, data + f"\r\n{OWN},Q1".encode())
    assert [one["code"] for one in made["issues"]] == ["too-many-rows"]


def test_more_than_ten_megabytes_are_refused(sqlite_world: World) -> None:
    assert run(sqlite_world, b"x" * (10 * 1024 * 1024 + 2048)).status_code == 413
