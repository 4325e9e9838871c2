"""A table as an XLSX file. Text stays text, whatever it begins with: nothing in it runs as a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from fastapi.responses import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from controller.api.csv_answer import XLSX, file_answer

WIDTH = 22  # characters of a column


def xlsx_answer(name: str, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """One sheet. ``rows`` are bounded by the caller."""

    def write(file: IO[bytes]) -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for number in range(1, len(heads) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = WIDTH
        sheet.append([_cell(sheet, text, bold=True) for text in heads])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
        book.save(file)

    return file_answer(f"{name}.xlsx", XLSX, write)


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in "=+-@\t\r\n"
    if bold:
        cell.font = Font(bold=True)
    return cell
