"""The spool: what the box has to say is on its disk before it is sent, and stays until long after it was taken.

Items go in one by one (``put``), are gathered into sealed batches with rising numbers (``seal``), sent from the lowest
unacknowledged on (``pending``), and kept seven days after their acknowledgement, so that a controller restored from
yesterday's backup gets back what it lost (``acknowledge``). The limit holds by dropping what may be thinned, oldest
first; every drop is itself reported. A full disk never stops the box: items wait in bounded memory.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.clock import stamp
from agent.encode import encode, to_json
from agent.rows import Row, insert, never_coming, report, stamp_text, thin
from agent.seal import BadSeal, seal, unseal
from agent.slots import Slots
from agent.store import Store
from agent.wire import (
    BATCH_TYPE,
    MAX_BATCH_BYTES,
    MAX_BATCH_ITEMS,
    MAX_BATCH_JSON_BYTES,
    WIRE_VERSION,
    ItemKind,
    SpoolState,
    Stamp,
)

KEPT_AFTER_ACK = 7 * 86_400.0  # seconds, by the controller's clock
WAITING_LIMIT = 4 * 1024 * 1024  # bytes of items in memory while the disk refuses them
BATCH_JSON_AIM = MAX_BATCH_JSON_BYTES // 2
THIN_KINDS: frozenset[ItemKind] = frozenset({"windows"})
# What names the school's machines goes into batches of its own: an evidence file about the line cites whole batches.
DEVICES = (
    b'{"kind":"inventory"',
    b'{"kind":"result","body":{"probe":"lan"',
    b'{"kind":"result","body":{"probe":"host"',
)


@dataclass(frozen=True, slots=True)
class Sealed:
    seq: int
    envelope: bytes


class Spool:
    """Safe to use from several threads. Nothing raises for the disk's sake, see ``trouble``."""

    def __init__(self, directory: Path, limit: int, *, max_pages: int | None = None) -> None:
        """The spool in ``directory``. Raises OSError when not even the few bytes of ``seq.slots`` can be made there."""
        self.limit = limit
        self._lock = threading.RLock()
        self._waiting: deque[Row] = deque()
        self._waiting_bytes = 0
        self._lost: tuple[str, str] | None = None  # stamps of the first and last item that did not even fit the memory
        self._lost_count = 0
        self._store = Store(directory / "spool.sqlite", max_pages)
        # Beside the database, so that a number is never used twice even when the database is lost.
        self._reserved = Slots(directory / "seq.slots")
        self._next = 0  # not known before the database was open once

    def close(self) -> None:
        with self._lock:
            self.flush()
            self._store.close()
            self._reserved.close()

    @property
    def next_seq(self) -> int:
        """The number of the next batch."""
        if not self._next and self._store.ready():
            self._next = max(
                self._store.number("SELECT value FROM meta WHERE key = 'next_seq'"),
                self._store.number("SELECT max(seq) + 1 FROM batch"),
                self._reserved_to + 1,
            )
        return self._next or self._reserved_to + 1

    @property
    def _reserved_to(self) -> int:
        return int(self._reserved.value.get("reserved", 0))

    @property
    def trouble(self) -> str:
        """What the disk said last; empty while all works."""
        return self._store.trouble

    @property
    def was_damaged(self) -> bool:
        return self._store.damaged

    # -- in -----------------------------------------------------------------------------------------------------------

    def put(self, kind: ItemKind, body: Any, at: Stamp | None = None) -> None:
        """Keep one item: on disk when this returns, or in memory while the disk is full (see ``trouble``)."""
        when = stamp_text(at or stamp())
        with self._lock:
            for piece in encode(kind, body):
                self._waiting.append(Row(kind in THIN_KINDS, kind, when, piece))
                self._waiting_bytes += len(piece)
            if not self.flush():
                self._bound_memory()

    def flush(self) -> bool:
        """Bring what waits in memory to the disk. True when nothing waits any more."""

        def work(database: sqlite3.Connection) -> bool:
            insert(database, self._waiting)
            if self._lost_count:
                insert(database, report("disk-full", self._lost_count, self._lost, []))
            thin(database, self.limit)
            return True

        with self._lock:
            if self._waiting or self._lost_count:
                if self._store.transact(work) is None:
                    return False
                self._waiting.clear()
                self._waiting_bytes, self._lost_count, self._lost = 0, 0, None
            return True

    def _bound_memory(self) -> None:
        """Drop from memory what may be thinned, then the oldest of all; to be reported when the disk works again."""
        for only_thin in (True, False):
            kept: deque[Row] = deque()
            for row in self._waiting:
                if self._waiting_bytes <= WAITING_LIMIT or (only_thin and not row.thin):
                    kept.append(row)
                    continue
                self._waiting_bytes -= len(row.body)
                self._lost_count += 1
                self._lost = (self._lost[0] if self._lost else row.at, row.at)
            self._waiting = kept

    # -- sealing ------------------------------------------------------------------------------------------------------

    def seal(self, agent: str, key: Ed25519PrivateKey) -> int:
        """Gather all items into sealed batches. Returns how many were made; items that the disk refuses stay."""
        made = 0
        with self._lock:
            self.flush()
            for thinnable in (0, 1):
                while self._seal_one(thinnable, agent, key):
                    made += 1
            if made:
                self._store.transact(lambda database: thin(database, self.limit))
        return made

    def _seal_one(self, thinnable: int, agent: str, key: Ed25519PrivateKey) -> bool:
        rows = self._gather(thinnable)
        if not rows:
            return False
        seq = self.next_seq
        while True:
            document = batch_document(agent, seq, [body for _id, _at, body in rows])
            envelope = seal(BATCH_TYPE, document, key)
            if len(envelope) <= MAX_BATCH_BYTES or len(rows) == 1:
                break
            rows = rows[: len(rows) // 2]

        def work(database: sqlite3.Connection) -> bool:
            if self._reserved_to < seq:
                self._reserved.write({"reserved": seq})
            database.execute(
                "INSERT INTO batch (seq, thin, records, oldest, newest, size, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (seq, thinnable, len(rows), rows[0][1], rows[-1][1], len(envelope), envelope),
            )
            database.executemany("DELETE FROM record WHERE id = ?", [(row[0],) for row in rows])
            database.execute("UPDATE meta SET value = ? WHERE key = 'next_seq'", (seq + 1,))
            return True

        if self._store.transact(work) is None:
            return False
        self._next = seq + 1
        return True

    def _gather(self, thinnable: int) -> list[tuple[int, str, bytes]]:
        """The oldest items of one class that fit one batch; all of them name devices, or none does."""
        chosen: list[tuple[int, str, bytes]] = []
        total = 0
        sizes = self._store.read(
            "SELECT id, size FROM record WHERE thin = ? ORDER BY id LIMIT ?", (thinnable, MAX_BATCH_ITEMS)
        )
        for number, size in sizes:
            if chosen and total + size + 1 > BATCH_JSON_AIM:
                break
            rows = self._store.read("SELECT id, at, body FROM record WHERE id = ?", (number,))
            if not chosen or (rows and names_devices(rows[0][2]) == names_devices(chosen[0][2])):
                total += size + 1
                chosen += rows
        return chosen

    def reseal(self, key: Ed25519PrivateKey, *, next_seq: int = 0, kept_too: bool = False) -> None:
        """Take batches apart again, to be sealed with higher numbers (at least ``next_seq``) or for another agent id.

        ``kept_too``: also those that were acknowledged already.
        """
        public = key.public_key().public_bytes_raw()
        which = "" if kept_too else "WHERE acked IS NULL"

        def work(database: sqlite3.Connection) -> bool:
            query = f"SELECT seq, thin, oldest, envelope FROM batch {which} ORDER BY seq"  # noqa: S608 - our own names
            for seq, thinnable, oldest, envelope in database.execute(query).fetchall():
                try:
                    items = json.loads(unseal(envelope, BATCH_TYPE, public))["items"]
                except BadSeal:
                    items = []
                insert(database, [Row(bool(thinnable), item["kind"], oldest, to_json(item)) for item in items])
                never_coming(database, "resealed" if items else "spool-damaged", [seq])
            if next_seq - 1 > self._reserved_to:
                self._reserved.write({"reserved": next_seq - 1})
            return True

        with self._lock:
            if self._store.transact(work):
                self._next = max(self.next_seq, next_seq)

    # -- out ----------------------------------------------------------------------------------------------------------

    def pending(self, first: int, max_bytes: int) -> list[Sealed]:
        """Unacknowledged batches from number ``first`` on, in order: as many as fit ``max_bytes``, at least one, but at
        most 500 (the controller reads 512 of one exchange)."""
        chosen: list[int] = []
        with self._lock:
            for seq, size in self._store.read(
                "SELECT seq, size FROM batch WHERE acked IS NULL AND NOT held AND seq >= ? ORDER BY seq LIMIT 500",
                (first,),
            ):
                max_bytes -= size + 1
                if chosen and max_bytes < 0:
                    break
                chosen.append(seq)
            found = (self._store.read("SELECT seq, envelope FROM batch WHERE seq = ?", (seq,)) for seq in chosen)
            return [Sealed(*rows[0]) for rows in found if rows]

    def acknowledge(self, next_seq: int, now: float, *, may_rewind: bool = False) -> bool:
        """The controller holds all below ``next_seq``; ``now`` is its time. Lower than before counts only with
        ``may_rewind``: then all from there on is to be sent again. What can never come is reported as such.
        False when the disk did not take it."""

        def work(database: sqlite3.Connection) -> bool:
            known = database.execute("SELECT value FROM meta WHERE key = 'acked_next'").fetchone()[0]
            first = next_seq if may_rewind else max(next_seq, known)
            database.execute("UPDATE meta SET value = ? WHERE key = 'acked_next'", (first,))
            database.execute("UPDATE batch SET acked = ? WHERE seq < ? AND acked IS NULL AND NOT held", (now, first))
            database.execute("DELETE FROM gone WHERE seq < ?", (first,))
            if may_rewind:
                database.execute("UPDATE batch SET acked = NULL WHERE seq >= ?", (first,))
            database.execute("DELETE FROM batch WHERE acked < ?", (now - KEPT_AFTER_ACK,))
            here = database.execute("SELECT seq FROM batch WHERE seq >= ? UNION SELECT seq FROM gone", (first,))
            missing = sorted(set(range(first, self.next_seq)) - {row[0] for row in here})
            if missing:
                never_coming(database, "gone", missing)
            return True

        with self._lock:
            taken = self._store.transact(work) is not None
            self._store.read("PRAGMA incremental_vacuum(256)")
            return taken

    def discard_damaged(self, seq: int) -> None:
        """A batch whose seal no longer fits (the disk spoiled it) would block all others: drop and report it."""
        with self._lock:
            self._store.transact(lambda database: never_coming(database, "spool-damaged", [seq]))

    def hold(self, seq: int) -> None:
        """A batch that the way to the controller refuses even alone: keep it here for a person, let the others pass."""

        def work(database: sqlite3.Connection) -> None:
            database.execute("UPDATE batch SET held = 1 WHERE seq = ?", (seq,))
            database.execute("INSERT OR IGNORE INTO gone VALUES (?)", (seq,))
            insert(database, report("too-large", 0, None, [seq]))

        with self._lock:
            self._store.transact(work)

    def state(self) -> SpoolState:
        with self._lock:
            first = self._store.read(
                "SELECT oldest FROM batch WHERE acked IS NULL ORDER BY seq LIMIT 1"
            ) or self._store.read("SELECT at FROM record ORDER BY id LIMIT 1")
            return SpoolState(
                bytes=self._store.number("SELECT value FROM meta WHERE key = 'bytes'") + self._waiting_bytes,
                limit=self.limit,
                unacknowledged=self._store.number("SELECT count(*) FROM batch WHERE acked IS NULL"),
                oldest=Stamp(**json.loads(first[0][0])) if first else None,
            )


def names_devices(item: bytes) -> bool:
    """Whether an item, as JSON of ours, is about the machines of the school and not about its line."""
    return item.startswith(DEVICES) or (item.startswith(b'{"kind":"state"') and b'"subject":"lan:' in item[:300])


def batch_document(agent: str, seq: int, items: list[bytes]) -> bytes:
    """The JSON of a wire.Batch around items that are JSON already."""
    head = to_json({"v": WIRE_VERSION, "agent": agent, "seq": seq, "sealed": asdict(stamp())})
    return head[:-1] + b',"items":[' + b",".join(items) + b"]}"
