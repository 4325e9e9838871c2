"""Which files can be read, and what is said of those that cannot."""

from __future__ import annotations

import codecs
import unicodedata

import pytest

from inventory.registry import tables
from inventory.registry.issues import FileError
from tests.unit.registry.files import GOOD, HEAD, csv_bytes, parsed, xlsx_bytes, zip_bytes


def codes(data: bytes, filename: str = "truong.csv") -> list[tuple[str, str, str]]:
    found = parsed(data, filename)
    assert found.issues.count == 0, found.issues.listed
    return [(one.values["code"], one.values["name"], one.values["commune"]) for one in found.records["schools"]]


def refused(data: bytes, filename: str = "truong.xlsx") -> str:
    with pytest.raises(FileError) as raised:
        parsed(data, filename)
    assert raised.value.issue.vi
    assert raised.value.issue.en
    return raised.value.issue.code


READ = [("82001", "Trường THCS Đốc Binh Kiều", "30061")]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_csv_of_every_unicode_kind_and_delimiter_reads_the_same(encoding: str, delimiter: str) -> None:
    assert codes(csv_bytes(HEAD, GOOD, encoding=encoding, delimiter=delimiter)) == READ


def test_windows_1258_with_its_loose_accents_is_read_as_composed_text() -> None:
    text = ";".join(HEAD) + "\r\n" + ";".join(GOOD) + "\r\n"
    loose = unicodedata.normalize("NFD", text)
    for base in "ăâêôơưĂÂÊÔƠƯ":  # letters that windows-1258 has composed
        loose = loose.replace(unicodedata.normalize("NFD", base), base)
    assert codes(loose.encode("cp1258")) == READ


def test_decomposed_vietnamese_is_the_same_as_composed() -> None:
    rows = [[unicodedata.normalize("NFD", cell) for cell in row] for row in (HEAD, GOOD)]
    assert codes(csv_bytes(*rows)) == READ


def test_the_line_that_names_the_delimiter_is_no_row() -> None:
    assert codes(b"sep=;\r\n" + csv_bytes(HEAD, GOOD, delimiter=";")) == READ


def test_a_tcvn3_file_is_named_and_not_guessed() -> None:
    # "Trường Tiểu học Phường" as the old font encoding TCVN3 has it
    assert (
        refused(b"M\xb7 tr\xad\xeang,T\xaan tr\xad\xeang,X\xb7\r\n1,Tr\xad\xeang Ti\xd3u h\xe4c,P\r\n", "a.csv")
        == "old-font"
    )


def test_a_vni_file_is_named_and_not_guessed() -> None:
    assert refused("Maõ tröôøng,Teân tröôøng,Xaõ\r\n1,Tröôøng Tieåu hoïc,P\r\n".encode("cp1252"), "a.csv") == "old-font"


def test_utf_8_that_was_read_as_something_else_before_is_found_in_its_cell() -> None:
    broken = "Trường Tiểu học".encode().decode("cp1252", "replace")
    found = parsed(csv_bytes(HEAD, ("82001", broken, "Cao Lãnh")))
    assert [(one.code, one.row, one.column) for one in found.issues.listed] == [("old-font", 2, "Tên trường")]


def test_a_workbook_is_read_by_its_headings_wherever_they_stand() -> None:
    rows: list[list[object]] = [
        ["UBND TỈNH ĐỒNG THÁP"],
        ["DANH SÁCH TRƯỜNG HỌC"],
        [],
        ["STT", *HEAD],
        ["(1)", "(2)", "(3)", "(4)"],
        [1, *GOOD],
    ]
    assert codes(xlsx_bytes({"Sheet1": rows})) == READ


def test_headings_without_accents_and_in_english_are_known() -> None:
    assert codes(csv_bytes(("MA TRUONG", "ten truong", "Xa phuong"), GOOD)) == READ
    assert codes(csv_bytes(("School code *", "School name", "Commune"), GOOD)) == READ


def test_a_row_of_totals_is_no_school() -> None:
    assert codes(csv_bytes((*HEAD, "Số học sinh"), (*GOOD, "450"), ("", "Tổng cộng", "", "450"))) == READ


def test_a_pdf_that_is_called_xlsx_is_called_a_pdf() -> None:
    assert refused(b"%PDF-1.7\n...") == "pdf"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not-a-table"),
        (b"PK\x03\x04 and then nothing", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken"),
        (b"a,b\x00c\r\n1,2,3\r\n", "not-text"),
        (b"one,two\r\n1,2\r\n", "no-headings"),
        (b"\xff\xfea", "encoding"),
        (b'"never closed,' + b"x" * 200_000, "broken"),
    ],
)
def test_what_is_no_registry_is_refused_in_words(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_word_document_is_no_spreadsheet() -> None:
    document = zip_bytes({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})
    assert refused(document) == "not-a-table"


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_read() -> None:
    bomb = zip_bytes({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": bytes(60 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert refused(bomb) == "unpacks-too-large"


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(zip_bytes({"xl/workbook.xml": bytes(60 * 1024 * 1024)}))
    size = (60 * 1024 * 1024).to_bytes(4, "little")
    assert bomb.count(size) == 2
    assert refused(bytes(bomb).replace(size, (100).to_bytes(4, "little"))) in ("broken", "unpacks-too-large")


def test_a_file_above_ten_megabytes_is_refused() -> None:
    assert refused(codecs.BOM_UTF8 + b"x" * tables.MAX_BYTES, "a.csv") == "too-large"


def test_more_rows_than_the_bound_are_refused_and_the_bound_itself_is_not() -> None:
    head = csv_bytes(HEAD) + b"\r\n"
    rows = [f"S{number},Tr,29869".encode() for number in range(tables.MAX_ROWS + 1)]
    assert len(parsed(head + b"\r\n".join(rows[:-1])).records["schools"]) == tables.MAX_ROWS
    assert refused(head + b"\r\n".join(rows), "a.csv") == "too-many-rows"


def test_a_missing_column_is_named_with_its_sheet_and_row() -> None:
    found = parsed(xlsx_bytes({"Trường": [["Mã trường", "Tên trường"], ["82001", "A"]]}), "a.xlsx")
    assert [(one.code, one.sheet, one.row, one.column) for one in found.issues.listed] == [
        ("missing-column", "Trường", 1, "Xã/phường")
    ]
