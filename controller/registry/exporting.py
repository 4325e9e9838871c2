"""Exports: the registry as XLSX or CSV, and everything as one archive of CSVs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from controller.registry import others
from controller.registry.actor import Actor
from controller.registry.rows import commune_names, is_allowed, rows
from inventory.registry import book
from inventory.registry.columns import SHEETS
from inventory.registry.harmless import harmless

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # by which Excel knows UTF-8


def write_template(session: Session, file: IO[bytes]) -> None:
    book.template(file, list(commune_names(session).values()))


def write_xlsx(session: Session, actor: Actor, file: IO[bytes]) -> None:
    """The registry's sheets, which can be imported again."""
    sheets = [sheet for sheet in SHEETS if is_allowed(actor, sheet.name)]
    tables = [(sheet, rows(session, actor, sheet)) for sheet in sheets]
    book.write(file, tables, list(commune_names(session).values()), with_guide=True)


def write_zip(session: Session, actor: Actor, file: IO[bytes], zone: ZoneInfo) -> None:
    """Everything that the person may see, each table as a CSV."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, headings, found in tables_of(session, actor, zone):
            with archive.open(f"{name}.csv", "w", force_zip64=True) as stream:
                for chunk in csv_lines(headings, found):
                    stream.write(chunk.encode())


def tables_of(
    session: Session, actor: Actor, zone: ZoneInfo
) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
    """(name, headings, rows) of everything that the person may see."""
    for sheet in SHEETS:
        if is_allowed(actor, sheet.name):
            yield sheet.name, [column.vi for column in sheet.columns], rows(session, actor, sheet)
    for export in others.EXPORTS:
        scope = actor.schools if actor.caller is None else actor.caller.scope_of(export.permission)
        if not scope.is_empty:
            yield export.name, export.headings, others.rows(session, scope, export, zone)


def csv_lines(headings: Sequence[str], found: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV in pieces, with the mark in front."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(MARK)
    writer.writerow(headings)
    for number, row in enumerate(found, 1):
        writer.writerow([harmless(value) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
