"""What the pages of an import show: a file checked or written by controller.registry, as data that can be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlmodel import Session

from controller.api.imports import import_now
from controller.people.principal import Caller
from controller.registry import Actor, Preview, preview
from controller.services import Services

SHEETS = ("schools", "links", "rooms", "contacts", "users")
UPLOAD = "upload"
ISSUE_COLUMNS = {
    "vi": ("Bảng", "Dòng", "Cột", "Giá trị", "Lỗi"),
    "en": ("Sheet", "Row", "Column", "Value", "What is wrong"),
}
MAX_LISTED = 200  # issues on the page; all of them are in the CSV


def check(services: Services, who: Caller, file: Path, filename: str) -> Mapping[str, Any]:
    """What the file would change; nothing is written."""
    with Session(services.engine) as session:
        found = preview(session, Actor.importing(who), file.read_bytes(), filename)
    return plain(found) | {"is_done": False, "passwords": []}


def write(services: Services, who: Caller, file: Path, filename: str) -> Mapping[str, Any]:
    """All of it or nothing."""
    made = import_now(services, who, file.read_bytes(), filename)
    if made.is_done:
        file.unlink(missing_ok=True)  # it holds personal data and is not needed any more
    return plain(made.preview) | {"is_done": made.is_done, "passwords": [list(pair) for pair in made.passwords]}


def plain(found: Preview) -> dict[str, Any]:
    return {
        "counts": [{"sheet": name, **asdict(found.counts[name])} for name in SHEETS if name in found.counts],
        "changes": [asdict(change) for change in found.changes],
        "issues": [asdict(issue) for issue in found.issues],
        "issue_count": found.issue_count,
        "total": found.total,
    }


def issue_rows(issues: Sequence[Mapping[str, Any]], lang: str) -> Iterator[Sequence[Any]]:
    for issue in issues:
        yield issue["sheet"], issue["row"] or "", issue["column"], issue["value"], issue[lang]
