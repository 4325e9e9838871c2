"""A registry file read by a child process with bounds of its own (inventory/registry/__main__.py)."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import orjson
from sqlmodel import Session, col, select

from controller.tables import Commune
from inventory.registry.issues import Issue
from inventory.registry.parse import Record

SECONDS = 90.0
AT_ONCE = 2
MAX_FILENAME = 120
log = logging.getLogger("truongnet.registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says; ``error`` when it could not be read at all."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    count: int = 0  # of all issues, listed or not
    spoiled: frozenset[str] = frozenset()  # schools with a wrong cell
    error: Issue | None = None


def communes_of(session: Session) -> list[list[str]]:
    """The communes as the child is told them."""
    rows = session.exec(select(Commune).order_by(col(Commune.code)))
    return [[row.code, row.name, row.kind, row.province_code] for row in rows]


@cache
def slots() -> threading.BoundedSemaphore:
    """So many files are read at once, whoever sends them: each may take a gigabyte."""
    return threading.BoundedSemaphore(AT_ONCE)


def read(data: bytes, filename: str, communes: Sequence[Sequence[str]]) -> Reading:
    """Never raises for what is in the file."""
    head = orjson.dumps({"filename": _harmless_name(filename), "communes": communes})
    if not slots().acquire(timeout=SECONDS):
        return Reading(error=_busy())
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
    finally:
        slots().release()
    if child.returncode != 0:
        # The last line names the error (MemoryError, a signal), never a cell.
        last = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("a registry file ended its reader", extra={"code": child.returncode, "error": last[:80]})
        return Reading(error=_too_much())
    said = orjson.loads(child.stdout)
    if "error" in said:
        return Reading(error=Issue(**said["error"]))
    return Reading(
        records={name: [Record(**one) for one in records] for name, records in said["records"].items()},
        issues=[Issue(**one) for one in said["issues"]],
        count=said["count"],
        spoiled=frozenset(said["spoiled"]),
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


def _busy() -> Issue:
    return Issue(
        code="busy",
        vi="Máy chủ đang đọc các tệp khác. Hãy thử lại sau ít phút.",
        en="The server is reading other files. Try again in a few minutes.",
    )
