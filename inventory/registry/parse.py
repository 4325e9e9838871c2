"""Tables as records of the registry, each cell checked; what is wrong is told by sheet, row and column. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inventory.communes import CommuneError, Communes
from inventory.registry.cells import EMPTY, KINDS, BadCell, as_text, bad
from inventory.registry.columns import SHEETS, Column, Sheet, columns_of, sheet_named
from inventory.registry.issues import FileError, Issue, Issues, Said, shortened
from inventory.registry.tables import LOOK, MAX_ROWS, Table
from inventory.registry.words import PROVINCE, plain

_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
_TOTALS = ("tong", "tong cong", "cong", "total", "tong so")
_NUMBERED = re.compile(r"^\(?\d{1,2}\)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One good row. ``values`` has what the file says; a cell left empty says nothing."""

    tab: str  # the sheet's name in the file
    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class Parsed:
    records: dict[str, list[Record]] = field(default_factory=dict)  # by name of the sheet
    issues: Issues = field(default_factory=Issues)
    spoiled: set[str] = field(default_factory=set)  # schools with a wrong cell: what hangs on them is not blamed too


@dataclass(frozen=True, slots=True)
class _Found:
    table: Table
    sheet: Sheet
    at: int  # index of the row of headings
    columns: dict[int, Column]


def parse(tables: Sequence[Table], communes: Communes) -> Parsed:
    """Raises FileError when no table is one of ours."""
    found = _ours(tables)
    if not found:
        raise FileError(
            "no-headings",
            "Không nhận ra bảng nào: cần dòng tiêu đề như «Mã trường», «Tên trường», «Xã/phường». Hãy dùng tệp mẫu.",
            "No table is recognised: headings such as «Mã trường», «Tên trường» are missing. Use the template.",
        )
    if sum(len(one.table.rows) - one.at - 1 for one in found) > MAX_ROWS:
        raise FileError(
            "too-many-rows",
            f"Quá nhiều dòng: nhiều nhất {MAX_ROWS}. Hãy chia thành nhiều tệp.",
            f"Too many rows: at most {MAX_ROWS}. Split it into several files.",
        )
    parsed = Parsed()
    seen: dict[str, dict[tuple[Any, ...], tuple[str, int]]] = {}
    for one in found:
        _Reader(one, communes, parsed, seen.setdefault(one.sheet.name, {})).read()
    return parsed


def _recognise(table: Table) -> _Found | None:
    """Which sheet this is and where its headings are. Its name counts, unless the headings fit another one better."""
    named = sheet_named(table.name)
    best = _best(table, SHEETS, least=2)
    if named is None:
        return best
    own = _best(table, (named,), least=1)
    if own is not None and best is not None and _is_whole(best) and len(best.columns) > len(own.columns):
        return best
    return own or best


def _best(table: Table, sheets: Sequence[Sheet], least: int) -> _Found | None:
    """The row and the sheet that know most of each other; one with all that it needs comes first."""
    best: _Found | None = None
    for at, row in enumerate(table.rows[:LOOK]):
        for sheet in sheets:
            one = _Found(table, sheet, at, columns_of(sheet, row))
            if len(one.columns) < least:
                continue
            if best is None or (_is_whole(one), len(one.columns)) > (_is_whole(best), len(best.columns)):
                best = one
    return best


def _is_whole(found: _Found) -> bool:
    return all(column in found.columns.values() for column in found.sheet.columns if column.required)


def _ours(tables: Sequence[Table]) -> list[_Found]:
    """The tables to be read. One that is neither named like a sheet nor has all it needs is something else, unless
    there is nothing better."""
    found = [one for table in tables if (one := _recognise(table)) is not None]
    good = [one for one in found if _is_whole(one) or sheet_named(one.table.name) is not None]
    return good or found


class _Reader:
    """Reads the rows of one table."""

    def __init__(
        self, found: _Found, communes: Communes, parsed: Parsed, seen: dict[tuple[Any, ...], tuple[str, int]]
    ) -> None:
        self.found, self.communes, self.parsed, self.seen = found, communes, parsed, seen
        self.sheet, self.table = found.sheet, found.table
        headings = found.table.rows[found.at]
        self.headings = {column.name: shortened(headings[at]) for at, column in found.columns.items()}

    def read(self) -> None:
        missing = [
            column for column in self.sheet.columns if column.required and column not in self.found.columns.values()
        ]
        for column in missing:
            said = Said(
                "missing-column", f"thiếu cột «{column.vi}»", f"the column «{column.vi}» ({column.en}) is missing"
            )
            self._issue(self._number(self.found.at), column.vi, said, "")
        if missing:
            return
        records = self.parsed.records.setdefault(self.sheet.name, [])
        for at in range(self.found.at + 1, len(self.table.rows)):
            cells = self.table.rows[at]
            if self._says_nothing(at, cells):
                continue
            values = self._row(self._number(at), cells)
            if values is not None and self._is_first(self._number(at), values):
                records.append(Record(tab=self.table.name, row=self._number(at), values=values))

    def _number(self, at: int) -> int:
        return self.table.first + at

    def _says_nothing(self, at: int, cells: Sequence[Any]) -> bool:
        """Empty rows, a row of totals, and the row (1) (2) (3) that stands under headings."""
        texts = [plain(str(cell)) for cell in cells if cell not in ("", None)]
        if not any(texts):
            return True
        if texts[0] in _TOTALS and any(self._blank(cells, column) for column in self.sheet.columns if column.required):
            return True
        raw = [str(cell).removesuffix(".0").strip() for cell in cells if cell not in ("", None)]
        under = at == self.found.at + 1 and len(raw) > 2
        return under and all(_NUMBERED.match(one) for one in raw) and raw[0].strip("()") in ("0", "1")

    def _blank(self, cells: Sequence[Any], column: Column) -> bool:
        return all(
            at >= len(cells) or cells[at] in ("", None) for at, one in self.found.columns.items() if one is column
        )

    def _row(self, number: int, cells: Sequence[Any]) -> dict[str, Any] | None:
        """The row's values; None when something in it cannot be taken."""
        values: dict[str, Any] = {}
        is_good = True
        for at, column in self.found.columns.items():
            cell = cells[at] if at < len(cells) else None
            try:
                text = "" if cell is None else as_text(cell)
                if not text:
                    if column.required:
                        raise bad("required", "không được để trống", "cannot be empty")
                    continue
                values[column.name] = self._value(column, cell, text)
            except BadCell as error:
                self._issue(number, self.headings[column.name], error.said, cell)
                is_good = False
        if is_good and self.sheet.name == "users":
            is_good = self._scope(number, values)
        if not is_good and self.sheet.name == "schools" and "code" in values:
            self.parsed.spoiled.add(values["code"])
        return values if is_good else None

    def _value(self, column: Column, cell: Any, text: str) -> Any:
        if text in ("-", "–", "—"):
            if column.kind not in EMPTY:
                raise bad("cannot-empty", "ô này không xóa trắng được", "this cannot be emptied")
            return EMPTY[column.kind]
        value = KINDS[column.kind](cell)
        return self._commune(value) if column.kind == "commune" else value

    def _commune(self, text: str) -> str:
        try:
            return self.communes.find(text).code
        except CommuneError as error:
            choices = ", ".join(f"{one.name} ({one.code})" for one in error.choices[:5])
            if choices:
                raise bad("ambiguous", f"chưa rõ xã nào: {choices}?", f"which commune is meant: {choices}?") from None
            raise bad(
                "no-commune",
                "tỉnh không có xã, phường này (theo tên sau sáp nhập 2025)",
                "the province has no such commune (names are those after the merger of 2025)",
            ) from None

    def _scope(self, number: int, values: dict[str, Any]) -> bool:
        """What part of the tree a role is over: ``scope_kind`` and ``scope_id`` instead of ``scope``."""
        text, role = str(values.pop("scope", "")), values.get("role")
        if role is None:
            if not text:
                return True
            said = Said("no-role", "có phạm vi thì phải có vai trò", "a scope needs a role")
        elif not text or plain(text) in PROVINCE:
            if role not in ("commune-officer", "school"):
                values |= {"scope_kind": "province", "scope_id": ""}
                return True
            said = Said("required", "vai trò này cần một xã hoặc một trường", "this role needs a commune or a school")
        else:
            try:
                if role == "school":
                    raise BadCell(Said("school", "", ""))
                values |= {"scope_kind": "commune", "scope_id": self._commune(text)}
                return True
            except BadCell as error:
                code = text.replace(" ", "")
                if role != "commune-officer" and _CODE.match(code) and error.said.code != "ambiguous":
                    values |= {"scope_kind": "school", "scope_id": code}
                    return True
                said = error.said
                if said.code == "school":
                    said = Said("code", "phải là mã trường", "must be a school's code")
        self._issue(number, self.headings.get("scope", self.sheet.column("scope").vi), said, text)
        return False

    def _is_first(self, number: int, values: dict[str, Any]) -> bool:
        key = self._key(values)
        if key not in self.seen:
            self.seen[key] = (self.table.name, number)
            return True
        tab, row = self.seen[key]
        where = f"{row}" if tab == self.table.name else f"{tab}!{row}"
        said = Said("duplicate", f"trùng với dòng {where}", f"the same as row {where}")
        shown = " ".join(str(part) for part in key if part)
        self._issue(
            number, self.headings.get(self.sheet.key[-1], self.headings[next(iter(self.headings))]), said, shown
        )
        return False

    def _key(self, values: dict[str, Any]) -> tuple[Any, ...]:
        if self.sheet.name == "users":
            return (values["login"], values.get("role"), values.get("scope_kind"), values.get("scope_id"))
        if self.sheet.name == "links":
            return (values["school"], values.get("name", "1"))
        return tuple(values[name] for name in self.sheet.key)

    def _issue(self, number: int, column: str, said: Said, value: Any) -> None:
        self.parsed.issues.add(
            Issue(
                code=said.code,
                vi=said.vi,
                en=said.en,
                sheet=self.table.name,
                row=number,
                column=column,
                value=shortened("" if value is None else value),
            )
        )
