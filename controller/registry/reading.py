"""A registry file read by a child process with bounds of its own (inventory/registry/__main__.py)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from sqlmodel import Session, col, select

from controller.tables import Commune
from inventory.registry.issues import Issue
from inventory.registry.parse import Record

SECONDS = 90.0
MAX_FILENAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says; ``error`` when it could not be read at all."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    count: int = 0  # of all issues, listed or not
    error: Issue | None = None


def communes_of(session: Session) -> list[list[str]]:
    """The communes as the child is told them."""
    rows = session.exec(select(Commune).order_by(col(Commune.code)))
    return [[row.code, row.name, row.kind, row.province_code] for row in rows]


def read(data: bytes, filename: str, communes: Sequence[Sequence[str]]) -> Reading:
    """Never raises for what is in the file."""
    head = orjson.dumps({"filename": _harmless_name(filename), "communes": communes})
    try:
        child = subprocess.run(
            [sys.executable, "-m", "inventory.registry"],
            input=head + b"\n" + data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except subprocess.TimeoutExpired:
        return Reading(error=_too_much())
    if child.returncode != 0:
        return Reading(error=_too_much())
    said = orjson.loads(child.stdout)
    if "error" in said:
        return Reading(error=Issue(**said["error"]))
    return Reading(
        records={name: [Record(**one) for one in records] for name, records in said["records"].items()},
        issues=[Issue(**one) for one in said["issues"]],
        count=said["count"],
    )


def _harmless_name(filename: str) -> str:
    name = "".join(letter for letter in Path(filename).name if letter.isprintable())
    return name[-MAX_FILENAME:]


def _too_much() -> Issue:
    """The child ran out of the memory or time that it may have."""
    return Issue(
        code="too-much",
        vi="Tệp quá nặng để đọc. Hãy chỉ giữ các bảng cần nhập, xóa định dạng thừa, rồi lưu lại.",
        en="The file is too heavy to be read. Keep only the tables to be imported, clear formats, and save it again.",
    )
