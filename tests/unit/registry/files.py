"""Small files as offices send them, made by the tests themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from inventory.communes import CommuneRecord, Communes
from inventory.registry import tables
from inventory.registry.issues import Issue
from inventory.registry.parse import Parsed, parse

COMMUNES = Communes(
    CommuneRecord(code=code, name=name, kind=name.split()[0].lower(), province_code="82")
    for code, name in (
        ("29869", "Phường Cao Lãnh"),
        ("30076", "Xã Mỹ Thọ"),
        ("28261", "Phường Mỹ Tho"),
        ("30061", "Xã Đốc Binh Kiều"),
        ("28321", "Xã Tân Phước 1"),
        ("28327", "Xã Tân Phước 2"),
    )
)
HEAD = ("Mã trường", "Tên trường", "Xã/phường")
GOOD = ("82001", "Trường THCS Đốc Binh Kiều", "Đốc Binh Kiều")


def csv_bytes(*rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def xlsx_bytes(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def parsed(data: bytes, filename: str = "truong.csv") -> Parsed:
    return parse(tables.read(data, filename), COMMUNES)


def one_school(**cells: str) -> Parsed:
    """A good school with more columns, as CSV."""
    head, row = [*HEAD, *cells], [*GOOD, *cells.values()]
    return parsed(csv_bytes(head, row, delimiter="\t"))


def only_issue(found: Parsed) -> Issue:
    assert found.issues.count == 1, found.issues.listed
    return found.issues.listed[0]
