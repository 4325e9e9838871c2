"""What offices write in a cell, and what it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from inventory.registry.cells import KINDS, BadCell
from inventory.registry.words import SHOWN
from tests.unit.registry.files import GOOD, HEAD, csv_bytes, one_school, only_issue, parsed, xlsx_bytes


def value(kind: str, cell: Any) -> Any:
    return KINDS[kind](cell)


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("count", "1.234", 1234),
        ("count", "1,234", 1234),
        ("count", "1 234", 1234),
        ("count", "1.234.567", None),  # more than anyone has
        ("count", "450", 450),
        ("count", 450.0, 450),
        ("count", "12,5", None),
        ("count", "khoảng 500", None),
        ("count", "-3", None),
        ("count", "nan", None),
        ("count", "1e400", None),
        ("speed", "100", 100e6),
        ("speed", 100, 100e6),
        ("speed", "100 Mbps", 100e6),
        ("speed", "100Mb/s", 100e6),
        ("speed", "100 Mbit/s", 100e6),
        ("speed", "1 Gbps", 1e9),
        ("speed", "1,5 Gbps", 1.5e9),
        ("speed", "300M", 300e6),
        ("speed", "100 MB/s", None),
        ("speed", "100/50", None),
        ("speed", "0", None),
        ("price", "350.000", 350_000),
        ("price", "350.000 đ/tháng", 350_000),
        ("price", "350,000 VND", 350_000),
        ("price", "350k", 350_000),
        ("price", "1,2 triệu", 1_200_000),
        ("price", "rẻ", None),
        ("phone", 2773851234.0, "02773851234"),
        ("phone", 912345678, "0912345678"),
        ("phone", "912345678", "0912345678"),
        ("phone", 84912345678, "+84912345678"),
        ("phone", "0277 385 1234", "0277 385 1234"),
        ("phone", "ĐT: 0277.385.1234", "0277.385.1234"),
        ("phone", "0277385123, 0912345678", None),
        ("phone", "gọi anh Ba", None),
        ("level", "Mầm non", "preschool"),
        ("level", "TIỂU HỌC", "primary"),
        ("level", "trung hoc co so", "lower-secondary"),
        ("level", "Cấp 3", "upper-secondary"),
        ("level", "TH & THCS", "mixed"),
        ("level", "primary", "primary"),
        ("level", "đại học", None),
        ("medium", "Cáp quang (FTTH)", None),
        ("medium", "Cáp quang", "fibre"),
        ("medium", "4G", "mobile"),
        ("flag", "x", True),
        ("flag", "Không", False),
        ("flag", True, True),
        ("flag", "có lẽ", None),
        ("code", 82001.0, "82001"),
        ("code", "82 001", "82001"),
        ("code", "mã số 5!", None),
        ("lat", "10,4569", 10.4569),
        ("lat", 105.6, None),
        ("lon", 10.4, None),
        ("lon", "105.6325", 105.6325),
        ("shifts", "2 ca", 2),
        ("shifts", 4, None),
        ("email", "hoa@truong.edu.vn", "hoa@truong.edu.vn"),
        ("email", "hoa tại truong", None),
        ("name", "Trường\n  Tiểu   học\u200b A", "Trường Tiểu học A"),
        ("name", "#REF!", None),
        ("name", "Tr­êng TiÓu häc", None),
        ("name", "x" * 201, None),
        ("text", "Ðường số 1", "Đường số 1"),
        ("text", "'=1+1", "=1+1"),
    ],
)
def test_a_cell_becomes_the_value_that_was_meant_or_is_refused(kind: str, cell: Any, expected: Any) -> None:
    if expected is not None:
        assert value(kind, cell) == expected
        return
    with pytest.raises(BadCell) as raised:
        value(kind, cell)
    assert raised.value.said.vi
    assert raised.value.said.en


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_every_word_that_people_are_shown_is_understood(kind: str) -> None:
    for key, texts in SHOWN[kind].items():
        expected: object = key == "yes" if kind == "flag" else key
        assert [value(kind, text) for text in (key, *texts)] == [expected] * 3


@pytest.mark.parametrize(
    "written", ["30061", "Đốc Binh Kiều", "xã Đốc Binh Kiều", "doc binh kieu", "X. Đốc Binh Kiều", "ĐỐC BINH KIỀU"]
)
def test_a_commune_is_found_by_code_or_name_however_it_is_written(written: str) -> None:
    found = parsed(csv_bytes(HEAD, ("82001", "A", written)))
    assert [one.values["commune"] for one in found.records["schools"]] == ["30061"]


def test_two_communes_that_differ_in_accents_alone_are_told_apart_by_them() -> None:
    found = parsed(
        csv_bytes(HEAD, ("1", "A", "Mỹ Thọ"), ("2", "B", "Mỹ Tho"), ("3", "C", "Xã Mỹ Thọ"), ("4", "D", "P. Mỹ Tho"))
    )
    assert [one.values["commune"] for one in found.records["schools"]] == ["30076", "28261", "30076", "28261"]


def test_an_ambiguous_commune_lists_the_choices() -> None:
    issue = only_issue(parsed(csv_bytes(HEAD, ("1", "A", "my tho"))))
    assert issue.code == "ambiguous"
    assert "Phường Mỹ Tho (28261)" in issue.vi
    assert "Xã Mỹ Thọ (30076)" in issue.en
    issue = only_issue(parsed(csv_bytes(HEAD, ("1", "A", "Tân Phước"))))
    assert "28321" in issue.vi
    assert "28327" in issue.vi


def test_an_unknown_commune_is_told_by_row_column_and_value() -> None:
    issue = only_issue(parsed(csv_bytes(HEAD, GOOD, ("82002", "B", "Xã Không Có"))))
    assert (issue.code, issue.row, issue.column, issue.value) == ("no-commune", 3, "Xã/phường", "Xã Không Có")


def test_a_code_that_comes_twice_names_the_first_row() -> None:
    issue = only_issue(parsed(csv_bytes(HEAD, GOOD, ("82002", "B", "29869"), GOOD)))
    assert (issue.code, issue.row) == ("duplicate", 4)
    assert "2" in issue.vi


def test_every_wrong_cell_of_a_row_is_told_at_once() -> None:
    found = one_school(**{"Số học sinh": "nhiều", "Vĩ độ": "bắc", "Cấp học": "đại học"})
    assert {one.column for one in found.issues.listed} == {"Số học sinh", "Vĩ độ", "Cấp học"}
    assert {one.row for one in found.issues.listed} == {2}
    assert found.records["schools"] == []


def test_an_empty_cell_says_nothing_and_a_dash_takes_away() -> None:
    found = one_school(**{"Địa chỉ": "-", "Số học sinh": "-", "Số giáo viên": ""})
    values = found.records["schools"][0].values
    assert (values["address"], values["pupils"]) == ("", None)
    assert "teachers" not in values


def test_a_name_cannot_be_taken_away() -> None:
    issue = only_issue(parsed(csv_bytes(HEAD, ("82001", "-", "29869"))))
    assert (issue.code, issue.column) == ("cannot-empty", "Tên trường")


def test_scopes_of_accounts_are_read_as_province_commune_or_school() -> None:
    head = ["Tên đăng nhập", "Vai trò", "Phạm vi"]
    rows = [
        ["hoa.nguyen", "Cán bộ xã", "Mỹ Thọ"],
        ["ba.tran", "Vận hành", "toàn tỉnh"],
        ["tu.le", "Nhà trường", "82001"],
        ["sau.vo", "Kỹ thuật", "30061"],
        ["bay.do", "", ""],
        ["tam.ha", "Cán bộ xã", ""],
    ]
    found = parsed(xlsx_bytes({"Tài khoản": [head, *rows]}), "a.xlsx")
    scopes = [(one.values.get("scope_kind"), one.values.get("scope_id")) for one in found.records["users"]]
    assert scopes == [("commune", "30076"), ("province", ""), ("school", "82001"), ("commune", "30061"), (None, None)]
    assert only_issue(found).row == 7
