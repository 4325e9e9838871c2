"""Items as rows of the spool, and the thinning that keeps the spool within its limit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from agent.clock import stamp
from agent.encode import encode, to_json
from agent.wire import Stamp, Thinned

SEQS_PER_REPORT = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """An item on its way into the table ``record``."""

    thin: bool
    kind: str
    at: str  # a wire.Stamp as JSON
    body: bytes


def stamp_text(at: Stamp) -> str:
    return to_json(asdict(at)).decode()


def insert(database: sqlite3.Connection, rows: Iterable[Row]) -> None:
    database.executemany(
        "INSERT INTO record (thin, kind, at, size, body) VALUES (?, ?, ?, ?, ?)",
        [(row.thin, row.kind, row.at, len(row.body), row.body) for row in rows],
    )


def report(reason: str, records: int, ends: tuple[str, str] | None, seqs: list[int]) -> list[Row]:
    """What was dropped, as items that are never dropped themselves."""
    now = stamp()
    rows = []
    for start in range(0, max(len(seqs), 1), SEQS_PER_REPORT):
        thinned = Thinned(
            at=now,
            reason=reason,
            records=records if start == 0 else 0,
            oldest=Stamp(**json.loads(ends[0])) if ends else None,
            newest=Stamp(**json.loads(ends[1])) if ends else None,
            seqs=seqs[start : start + SEQS_PER_REPORT],
        )
        rows.append(Row(False, "thinned", stamp_text(now), encode("thinned", thinned)[0]))
    return rows


def never_coming(database: sqlite3.Connection, reason: str, seqs: list[int]) -> None:
    """Drop these batches, or what is left of them, and report that they will never arrive."""
    database.executemany("DELETE FROM batch WHERE seq = ?", [(seq,) for seq in seqs])
    database.executemany("INSERT OR IGNORE INTO gone VALUES (?)", [(seq,) for seq in seqs])
    insert(database, report(reason, 0, None, seqs))


def thin(database: sqlite3.Connection, limit: int) -> None:
    """Within ``limit`` bytes again: first what was acknowledged, then what may be thinned, oldest first, reported."""
    excess = database.execute("SELECT value FROM meta WHERE key = 'bytes'").fetchone()[0] - limit
    if excess <= 0:
        return
    excess += limit // 10  # some room at once, so that the reports are few
    for seq, size in database.execute("SELECT seq, size FROM batch WHERE acked IS NOT NULL ORDER BY seq").fetchall():
        if excess <= 0:
            return
        database.execute("DELETE FROM batch WHERE seq = ?", (seq,))
        excess -= size
    ends: tuple[str, str] | None = None
    records = 0
    dropped: dict[str, list[int]] = {"batch": [], "record": []}
    for table, key, query in (
        (
            "batch",
            "seq",
            "SELECT seq, size, records, oldest, newest FROM batch WHERE thin AND acked IS NULL ORDER BY seq",
        ),
        ("record", "id", "SELECT id, size, 1, at, at FROM record WHERE thin ORDER BY id"),
    ):
        for number, size, count, oldest, newest in database.execute(query).fetchall():
            if excess <= 0:
                break
            database.execute(f"DELETE FROM {table} WHERE {key} = ?", (number,))  # noqa: S608 - our own names
            dropped[table].append(number)
            excess -= size
            records += count
            ends = (ends[0] if ends else oldest, newest)
    if records:
        database.executemany("INSERT OR IGNORE INTO gone VALUES (?)", [(seq,) for seq in dropped["batch"]])
        insert(database, report("spool-full", records, ends, dropped["batch"]))
