"""A file's bytes as tables of cells, within bounds: XLSX, XLS and ODS by calamine, CSV by the standard library."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from inventory.registry.columns import SHEETS, columns_of
from inventory.registry.decode import decode
from inventory.registry.issues import FileError

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_ROWS = 100_000  # of all sheets together
MAX_COLUMNS = 200
MAX_SHEETS = 50
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
DELIMITERS = (";", ",", "\t")
LOOK = 20  # rows from the top among which the headings are

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``rows`` as they stand in the file; ``rows[0]`` is row ``first`` of the spreadsheet, counted from 1."""

    name: str
    rows: list[list[Any]]
    first: int = 1


def read(data: bytes, filename: str) -> list[Table]:
    """All sheets of a file. Raises FileError."""
    if not data.strip():
        raise FileError("empty", "Tệp trống.", "The file is empty.")
    if len(data) > MAX_BYTES:
        raise FileError("too-large", "Tệp lớn hơn 10 MB; hãy chia nhỏ.", "The file is larger than 10 MB; split it.")
    if data.startswith(b"%PDF"):
        raise FileError(
            "pdf",
            "Đây là tệp PDF, dù tên tệp ghi khác. Hãy gửi tệp Excel hoặc CSV gốc.",
            "This is a PDF, whatever its name says. Send the Excel or CSV file that it was made from.",
        )
    if data.startswith((b"PK\x03\x04", OLE)):
        return _workbook(data)
    if data.startswith(
        (b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"<!DOCTYPE", b"<html")
    ):
        raise _not_a_table()
    return [_csv(decode(data), PurePath(filename).stem)]


def _not_a_table() -> FileError:
    return FileError(
        "not-a-table",
        "Tệp này không phải bảng tính. Hãy gửi tệp XLSX hoặc CSV.",
        "This file is no spreadsheet. Send XLSX or CSV.",
    )


def _workbook(data: bytes) -> list[Table]:
    if data.startswith(b"PK"):
        check_zip(data)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
            if len(names) > MAX_SHEETS:
                raise _too_many()
            tables, total = [], 0
            for name in names:
                sheet = book.get_sheet_by_name(name)
                first = sheet.start[0] + 1 if sheet.start else 1
                if sheet.width > MAX_COLUMNS:
                    raise _too_many()
                rows = [list(row) for row in sheet.to_python(skip_empty_area=True, nrows=MAX_ROWS + LOOK + 1)]
                total += sum(1 for row in rows if any(cell not in ("", None) for cell in row))
                if total > MAX_ROWS + LOOK:
                    raise _too_many()
                tables.append(Table(name=name, rows=rows, first=first))
            return tables
    except PasswordError:
        raise FileError(
            "password",
            "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.",
            "The file has a password. Take it off and send it again.",
        ) from None
    except (CalamineError, OSError, ValueError) as error:
        raise FileError(
            "broken",
            f"Không mở được tệp ({error}). Hãy mở trong Excel rồi lưu lại thành XLSX.",
            f"The file cannot be opened ({error}). Open it in Excel and save it as XLSX again.",
        ) from None


def check_zip(data: bytes) -> None:
    """What the archive unpacks to is counted, not believed. Raises FileError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if "[Content_Types].xml" in names and not any(name.startswith("xl/") for name in names):
                raise _not_a_table()  # a Word or PowerPoint file
            left = min(MAX_UNPACKED, max(len(data) * MAX_RATIO, 1024 * 1024))
            if len(members) > 2_000 or sum(member.file_size for member in members) > left:
                raise _bomb()
            for member in members:
                with archive.open(member) as stream:
                    while chunk := stream.read(1024 * 1024):
                        left -= len(chunk)
                        if left < 0:
                            raise _bomb()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise FileError(
            "broken",
            f"Tệp bị hỏng ({type(error).__name__}). Hãy mở trong Excel rồi lưu lại thành XLSX.",
            f"The file is damaged ({type(error).__name__}). Open it in Excel and save it as XLSX again.",
        ) from None


def _bomb() -> FileError:
    return FileError(
        "unpacks-too-large",
        "Tệp giải nén ra quá lớn. Hãy chỉ giữ các bảng cần nhập rồi lưu lại.",
        "The file unpacks to too much. Keep only the tables to be imported and save it again.",
    )


def _too_many() -> FileError:
    return FileError(
        "too-many-rows",
        f"Quá nhiều dữ liệu: nhiều nhất {MAX_ROWS:,} dòng, {MAX_COLUMNS} cột. Hãy chia thành nhiều tệp.".replace(
            ",", ".", 1
        ),
        f"Too much data: at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns. Split it into several files.",
    )


def _csv(text: str, name: str) -> Table:
    text = text.removeprefix("\ufeff")
    first = 1
    if text[:4].casefold() == "sep=":  # Excel's own line that names the delimiter
        text, first = text.partition("\n")[2], 2
    delimiter = _delimiter(text)
    rows: list[list[Any]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(row) > MAX_COLUMNS or len(rows) > MAX_ROWS + LOOK:
                raise _too_many()
            rows.append([*row])
    except csv.Error:
        raise FileError(
            "broken",
            "Tệp CSV bị hỏng: dấu nháy kép không đóng. Hãy lưu lại từ Excel.",
            "The CSV is broken: a quotation mark that is not closed. Save it from Excel again.",
        ) from None
    return Table(name=name, rows=rows, first=first)


def _delimiter(text: str) -> str:
    """The one by which most headings are recognised."""
    head = io.StringIO(text[:20_000], newline="").read()
    best, most = ",", -1
    for delimiter in DELIMITERS:
        try:
            rows = [
                row
                for _, row in zip(
                    range(LOOK), csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), strict=False
                )
            ]
        except csv.Error:
            continue
        known = max((len(columns_of(sheet, row)) for row in rows for sheet in SHEETS), default=0)
        if known > most:
            best, most = delimiter, known
    return best
