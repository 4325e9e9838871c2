"""Writes the registry as XLSX: the template to fill in, and exports, which can be imported again as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from inventory.registry.columns import SHEETS, Column, Sheet
from inventory.registry.guide import GUIDE
from inventory.registry.words import SHOWN

LISTS = "Danh mục"
GUIDE_NAME = "Hướng dẫn"
LAST_ROW = 20_000  # as far as the drop-downs reach
AS_TEXT = ("code", "phone", "link-name", "login", "text", "name", "commune", "scope", "email")
_HEAD = PatternFill("solid", fgColor="1F6F78")
_MUST = PatternFill("solid", fgColor="B3541E")
_WHITE = Font(bold=True, color="FFFFFF")


def write(
    file: IO[bytes],
    tables: Iterable[tuple[Sheet, Iterable[Sequence[Any]]]],
    communes: Sequence[str],
    others: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]] = (),
    *,
    with_guide: bool = False,
) -> None:
    """``tables``: rows in the order of each sheet's columns; ``others``: more sheets (name, headings, rows)."""
    book = Workbook(write_only=True)
    if with_guide:
        _guide(book)
    lists = _lists(communes)
    for sheet, rows in tables:
        page = book.create_sheet(sheet.vi)
        page.freeze_panes = "A2"
        for at, column in enumerate(sheet.columns, 1):
            page.column_dimensions[get_column_letter(at)].width = _width(column)
        for validation in _validations(sheet, lists):
            page.data_validations.append(validation)
        page.append([_heading(page, column.vi, is_must=column.required) for column in sheet.columns])
        kinds = [column.kind for column in sheet.columns]
        for row in rows:
            page.append([_cell(page, value, kind) for value, kind in zip(row, kinds, strict=True)])
    for name, headings, rows in others:
        page = book.create_sheet(name)
        page.freeze_panes = "A2"
        page.append([_heading(page, heading) for heading in headings])
        for row in rows:
            page.append([_cell(page, value, "text") for value in row])
    page = book.create_sheet(LISTS)
    for number in range(max(len(values) for values in lists.values()) + 1):
        page.append([_list_cell(page, name, values, number) for name, values in lists.items()])
    book.save(file)


def template(file: IO[bytes], communes: Sequence[str]) -> None:
    """The empty form, with an explanation and drop-downs."""
    write(file, [(sheet, ()) for sheet in SHEETS], communes, with_guide=True)


def _lists(communes: Sequence[str]) -> dict[str, list[str]]:
    words = {name: [vi for vi, _ in choices.values()] for name, choices in SHOWN.items()}
    return {"commune": list(communes) or ["-"], **words}


def _validations(sheet: Sheet, lists: dict[str, list[str]]) -> Iterable[DataValidation]:
    names = list(lists)
    for at, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(at)
        where = f"{letter}2:{letter}{LAST_ROW}"
        if column.kind in lists:
            source = get_column_letter(names.index(column.kind) + 1)
            formula = f"'{LISTS}'!${source}$2:${source}${len(lists[column.kind]) + 1}"
            made = DataValidation(type="list", formula1=formula, allow_blank=True, sqref=where)
            made.errorStyle = "warning"  # other spellings are understood too; the import says what is not
        elif column.kind in ("count", "price"):
            made = DataValidation(
                type="whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True, sqref=where
            )
        elif column.kind == "shifts":
            made = DataValidation(type="list", formula1='"1,2,3"', allow_blank=True, sqref=where)
        else:
            continue
        made.showErrorMessage = True
        made.errorTitle, made.error = column.vi, "Hãy chọn trong danh sách, hoặc ghi số / choose from the list"
        if column.help_vi:
            made.showInputMessage = True
            made.promptTitle, made.prompt = column.vi[:32], f"{column.help_vi} / {column.help_en}"[:255]
        yield made


def _heading(page: Any, text: str, *, is_must: bool = False) -> Any:
    cell = WriteOnlyCell(page, value=f"{text} *" if is_must else text)
    cell.font, cell.fill = _WHITE, _MUST if is_must else _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _cell(page: Any, value: Any, kind: str) -> Any:
    """Text is text whatever it begins with: neither openpyxl nor a spreadsheet may take it for a formula."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        value = SHOWN["flag"]["yes" if value else "no"][0]
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in "=+-@\t\r\n"
        if kind in AS_TEXT:
            cell.number_format = "@"
    return cell


def _list_cell(page: Any, name: str, values: Sequence[str], number: int) -> Any:
    if number == 0:
        return _heading(page, name)
    return values[number - 1] if number <= len(values) else None


def _width(column: Column) -> int:
    return {"name": 40, "text": 26, "commune": 24, "email": 28, "scope": 24}.get(column.kind, 16)


def _guide(book: Workbook) -> None:
    page = book.create_sheet(GUIDE_NAME)
    page.column_dimensions["A"].width = 26
    page.column_dimensions["B"].width = page.column_dimensions["C"].width = 70
    page.append([_heading(page, text) for text in ("", "Tiếng Việt", "English")])
    for title, vi, en in GUIDE:
        page.append([_wrapped(page, title, bold=True), _wrapped(page, vi), _wrapped(page, en)])
    for sheet in SHEETS:
        page.append([_wrapped(page, f"{sheet.vi} / {sheet.en}", bold=True), None, None])
        for column in sheet.columns:
            star = " *" if column.required else ""
            vi, en = column.help_vi or column.vi, f"{column.en}: {column.help_en}" if column.help_en else column.en
            page.append([_wrapped(page, f"   {column.vi}{star}"), _wrapped(page, vi), _wrapped(page, en)])


def _wrapped(page: Any, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=bold)
    return cell
