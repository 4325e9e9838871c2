"""``truongnet import FILE`` and ``truongnet export FILE``: the same as the pages, at the server itself."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from controller.commands.common import CommandError
from controller.registry.actor import Actor
from controller.registry.communes import fill_communes
from controller.registry.exporting import write_xlsx, write_zip
from controller.registry.importing import apply
from inventory.registry.columns import SHEETS
from inventory.registry.issues import Issue
from inventory.registry.tables import MAX_BYTES

SHOWN = 50


def import_file(engine: Engine, path: Path, province_code: str = "82") -> int:
    """Import ``path``; 0 when all of it is written, 1 when nothing is. Raises CommandError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"không đọc được {path} / cannot read {path}: {error.strerror}") from None
    fill_communes(engine, province_code)
    applied = apply(engine, Actor.console(), data, path.name, time.time())
    names = {sheet.name: f"{sheet.vi} / {sheet.en}" for sheet in SHEETS}
    for name, counts in applied.preview.counts.items():
        print(f"{names[name]}: mới/new {counts.new}, đổi/changed {counts.changed}, giữ nguyên/same {counts.same}")
    for issue in applied.preview.issues[:SHOWN]:
        print(_said(issue))
    more = applied.preview.issue_count - min(SHOWN, len(applied.preview.issues))
    if more > 0:
        print(f"… và {more} lỗi nữa / and {more} more")
    if not applied.is_done:
        print("Không ghi gì / nothing was written")
        return 1
    for login, password in applied.passwords:
        print(f"{login}  {password}")
    return 0


def export_file(engine: Engine, path: Path, zone: ZoneInfo = ZoneInfo("Asia/Ho_Chi_Minh")) -> int:  # noqa: B008
    """Export to ``path``: ``.xlsx`` the registry, ``.zip`` everything as CSV. Raises CommandError."""
    if path.suffix.lower() not in (".xlsx", ".zip"):
        raise CommandError("tên tệp phải kết thúc bằng .xlsx hoặc .zip / the file's name must end in .xlsx or .zip")
    try:
        with Session(engine) as session, path.open("wb") as file:
            if path.suffix.lower() == ".xlsx":
                write_xlsx(session, Actor.console(), file)
            else:
                write_zip(session, Actor.console(), file, zone)
    except OSError as error:
        raise CommandError(f"không ghi được {path} / cannot write {path}: {error.strerror}") from None
    print(path)
    return 0


def _said(issue: Issue) -> str:
    where = f"{issue.sheet}!{issue.row} «{issue.column}»: " if issue.row else ""
    value = f" [{issue.value}]" if issue.value else ""
    return f"{where}{issue.vi} / {issue.en}{value}"
