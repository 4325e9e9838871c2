"""A look into the spool of a box, running or not, without disturbing it."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.encode import to_json
from agent.say import Speaker

LATEST_BATCHES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    at: float  # the box's wall clock, Unix seconds
    body: Any
    seq: int | None = None  # of its batch, once sealed
    acknowledged: bool = False


def latest(directory: Path, number: int) -> list[Entry]:
    """The newest entries, oldest first. Raises sqlite3.Error, PermissionError."""
    path = directory / "spool.sqlite"
    if not path.exists():
        return []
    path.open("rb").close()  # a PermissionError says more than SQLite's "unable to open"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as database:
        found: list[Entry] = []
        for entry in _newest_first(database):
            if len(found) >= number:
                break
            found.append(entry)
    return found[::-1]


def _newest_first(database: sqlite3.Connection) -> Iterator[Entry]:
    for at, body in database.execute("SELECT at, body FROM record ORDER BY id DESC").fetchall():
        item = json.loads(body)
        yield Entry(item["kind"], json.loads(at)["wall"], item["body"])
    for (seq,) in database.execute("SELECT seq FROM batch ORDER BY seq DESC LIMIT ?", (LATEST_BATCHES,)).fetchall():
        newest, acked, envelope = database.execute(
            "SELECT newest, acked, envelope FROM batch WHERE seq = ?", (seq,)
        ).fetchone()
        document = json.loads(gzip.decompress(b64decode(json.loads(envelope)["payload"])))
        for item in reversed(document["items"]):
            yield Entry(item["kind"], json.loads(newest)["wall"], item["body"], seq, acked is not None)


def summary(entry: Entry) -> str:
    """One line about the body."""
    body = entry.body
    if entry.kind == "windows" and isinstance(body, list):
        return ", ".join(
            f"{each['labels'].get('target', each['name'])} {each['count']}/{each['lost']}" for each in body
        )
    if not isinstance(body, dict):
        return ""
    if entry.kind == "result":
        return " ".join(filter(None, (body["probe"], body["outcome"], body["reason"], body["detail"])))
    if entry.kind == "state":
        return f"{body['subject']}: {body['before']} → {body['after']} {body['detail']}"
    if entry.kind == "raw":
        return f"{body['subject']}: {len(body['samples'])}"
    if entry.kind == "inventory":
        return ("= " if body["full"] else "± ") + ", ".join(
            [*body["sections"], *(f"-{name}" for name in body["removed"])]
        )
    return f"{body.get('reason', '')} {body.get('records', '')}"


def show(directory: Path, number: int, say: Speaker, *, as_json: bool) -> int:
    """Print the newest entries."""
    try:
        entries = latest(directory, number)
    except sqlite3.Error as error:
        print(say("status.disk", why=error))
        return 1
    if not entries:
        print(say("journal.empty"))
    for entry in entries:
        if as_json:
            print(to_json(asdict(entry)).decode())
            continue
        key = "journal.open" if entry.seq is None else "journal.acked" if entry.acknowledged else "journal.sealed"
        when = datetime.fromtimestamp(entry.at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        print(f"{when}  {entry.kind:9} {summary(entry)[:90]}  [{say(key, seq=entry.seq)}]")
    return 0
