"""The one writer: takes parcels from a bounded queue and commits many boxes' batches together.

A commit to disk costs milliseconds however many rows it carries, so everything that waits goes into one transaction,
and each box's answer leaves after that commit. A box has at most one parcel in the queue, so a flood from one box takes
one place, not all. A herd of boxes after an outage waits as bytes in front of the readers, not as parcels.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson
from psycopg.errors import TransactionRollback
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlmodel import Session

from controller import epochs
from controller.admit import Outcome, Terms, admit
from controller.beats import Beats
from controller.changes import Changes
from controller.config import Settings
from controller.db import begin_write
from controller.epochs import CurrentEpoch
from controller.exchange import Parcel
from controller.intake import Arrived, Intake, Ticket, deliver
from controller.pki import Keys
from controller.records import Rows, Source
from controller.refusal import Refusal
from controller.store import load_boxes, update_boxes, write
from controller.tell import Measuring, StoredSettings, box_settings, stored_settings

MAX_QUEUE = 1_024  # parcels; when it is full the readers wait, and what waits for them is bytes only
MAX_GROUP_BYTES = 8 * 1024 * 1024
MAX_GROUP = 256
MAX_SEEN = 10_000

log = logging.getLogger("truongnet.ingest")


@dataclass(slots=True)
class Counters:
    """Rising counts since start, for /metrics."""

    exchanges: int = 0
    batches: int = 0
    items_rejected: int = 0
    refused: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    failed_commits: int = 0
    busy: int = 0


class Ingest:
    def __init__(
        self,
        *,
        engine: Engine,
        keys: Keys,
        settings: Settings,
        beats: Beats,
        changes: Changes,
        clock: Callable[[], float],
    ) -> None:
        self.counters = Counters()
        self._engine, self._keys, self._settings = engine, keys, settings
        self._beats, self._changes, self._clock = beats, changes, clock
        self._measuring = Measuring(settings, keys.measure_key)
        self._queue: queue.Queue[tuple[Parcel, Ticket] | None] = queue.Queue(MAX_QUEUE)
        self._waiting: set[str] = set()  # boxes with a parcel in the queue or being written
        self._unreadable: set[str] = set()
        self._intake = Intake(self._enqueue)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._epoch: CurrentEpoch | None = None

    @property
    def waiting(self) -> int:
        return self._intake.waiting + self._queue.qsize()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()
        self._intake.start()

    def stop(self) -> None:
        """Write what waits, then end."""
        self._intake.stop()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(30)
            self._thread = None

    def epoch(self) -> CurrentEpoch:
        """The current epoch with its proof; it cannot change under a running controller."""
        if self._epoch is None:
            with Session(self._engine) as session:
                self._epoch = epochs.proven(self._keys, epochs.start(session, self._clock()))
                session.commit()
        return self._epoch

    def receive(self, arrived: Arrived) -> None:
        """Take one exchange as it came; its ticket is answered after the commit. Raises Refusal without room."""
        try:
            self._intake.put(arrived)
        except Refusal:
            self.counters.busy += 1
            raise

    def _enqueue(self, parcel: Parcel, ticket: Ticket) -> None:
        with self._lock:
            if parcel.agent in self._waiting:
                raise Refusal("slow-down", "an exchange of this box is being worked on", 1)
            self._waiting.add(parcel.agent)
        self._queue.put((parcel, ticket))

    def _run(self) -> None:
        is_open = True
        while is_open:
            group: list[tuple[Parcel, Ticket]] = []
            size = 0
            entry = self._queue.get()
            while entry is not None:
                group.append(entry)
                size += sum(len(line.envelope) for line in entry[0].lines)
                if len(group) >= MAX_GROUP or size >= MAX_GROUP_BYTES:
                    break
                try:
                    entry = self._queue.get_nowait()
                except queue.Empty:
                    break
            is_open = entry is not None
            if group:
                self._serve(group)

    def _serve(self, group: Sequence[tuple[Parcel, Ticket]]) -> None:
        try:
            outcomes = self.commit([parcel for parcel, _ in group])
        except Exception:
            # The one broad catch of this loop: whatever went wrong, the boxes keep their batches and come again.
            log.exception("commit failed")
            self.counters.failed_commits += 1
            outcomes = [None] * len(group)
        with self._lock:
            self._waiting.difference_update(parcel.agent for parcel, _ in group)
        deliver((ticket, self._answer(outcome)) for (_, ticket), outcome in zip(group, outcomes, strict=True))

    def _answer(self, outcome: Outcome | None) -> bytes | Refusal:
        if outcome is None:
            return Refusal("busy", "the database cannot be written at the moment", 30)
        if outcome.refusal is not None:
            self.counters.refused += 1
            return outcome.refusal
        return orjson.dumps(outcome.reply)

    def commit(self, parcels: Sequence[Parcel]) -> list[Outcome | None]:
        """Write a group; when the data of one parcel is what the database refuses, each goes alone."""
        for is_last in (False, False, True):
            try:
                return list(self._transaction(parcels))
            except OperationalError as error:
                if is_last or not isinstance(error.orig, TransactionRollback):
                    raise  # the disk is full, the database is gone: the boxes come again
            except (DBAPIError, StatementError, ValueError, TypeError):
                break
        return self._one_by_one(parcels)

    def _one_by_one(self, parcels: Sequence[Parcel]) -> list[Outcome | None]:
        if len(parcels) == 1:
            return [self._set_aside(parcels[0])]
        log.warning("a group of %d was refused by the database; each goes alone", len(parcels))
        return [outcome for parcel in parcels for outcome in self.commit([parcel])]

    def _set_aside(self, parcel: Parcel) -> Outcome | None:
        """The last resort for data that the database refuses: keep the envelopes, set every item aside."""
        log.error("the database refuses what %s sent; it is set aside", parcel.agent)
        return self._transaction([parcel], set_aside=True)[0]

    def _transaction(self, parcels: Sequence[Parcel], set_aside: bool = False) -> list[Outcome]:
        epoch, began = self.epoch(), time.perf_counter()
        with self._engine.begin() as connection:
            begin_write(connection)
            now = self._clock()
            boxes = load_boxes(connection, [parcel.agent for parcel in parcels])
            terms = self._terms(now, epoch)
            outcomes = [self._admit(parcel, boxes.get(parcel.agent), terms) for parcel in parcels]
            rows = Rows()
            for outcome in outcomes:
                if set_aside:
                    _set_items_aside(outcome, boxes[outcome.parcel.agent]["school_id"], now)
                rows.join(outcome.rows)
            incomplete = write(connection, rows, now, self._settings.zone)
            stored = stored_settings(connection)
            for outcome in outcomes:
                if outcome.reply is not None:
                    box = boxes[outcome.parcel.agent]
                    self._tell(outcome, box, stored, now, outcome.parcel.agent in incomplete)
            update_boxes(connection, {outcome.parcel.agent: outcome.update for outcome in outcomes})
        self.counters.commit_seconds += time.perf_counter() - began
        self._after_commit(outcomes, rows, now)
        return outcomes

    def _terms(self, now: float, epoch: CurrentEpoch) -> Terms:
        return Terms(
            now=now,
            epoch=epoch,
            key=self._keys.secret("box-tokens"),
            roots=self._keys.roots_pem,
            roots_digest=self._keys.roots_digest,
            beat_every=self._settings.beat_every,
            exchange_every=self._settings.exchange_every,
            hour_days=self._settings.hour_retention_days,
            day_days=self._settings.day_retention_days,
        )

    def _admit(self, parcel: Parcel, box: dict[str, object] | None, terms: Terms) -> Outcome:
        if box is None:
            return Outcome(parcel, {}, Rows(), Refusal("unknown-agent", "this box is not known here"))
        if len(self._unreadable) > MAX_SEEN:
            self._unreadable.clear()
        return admit(parcel, box, terms, self._unreadable)

    def _tell(
        self, outcome: Outcome, box: dict[str, object], stored: StoredSettings, now: float, incomplete: bool
    ) -> None:
        assert outcome.reply is not None  # noqa: S101 - the caller looked
        told = box_settings(box, stored)
        token = self._measuring.turn(box, now)
        if token is not None:
            outcome.update["measure_at"] = now
        outcome.reply = replace(
            outcome.reply,
            settings=told if told.revision != outcome.parcel.head.settings_revision else None,
            measure=token,
            full_inventory=incomplete,
        )

    def _after_commit(self, outcomes: Sequence[Outcome], rows: Rows, now: float) -> None:
        self.counters.commits += 1
        self.counters.items_rejected += len(rows.rejected)
        for outcome in outcomes:
            self._unreadable.update(line.digest for line in outcome.parcel.unreadable)
            if outcome.reply is not None:
                self.counters.exchanges += 1
                self.counters.batches += outcome.accepted
                self._beats.seen(outcome.parcel.agent, now)
        for school_id, kind in rows.changed:
            self._changes.publish(school_id, kind)


def _set_items_aside(outcome: Outcome, school_id: object, now: float) -> None:
    """Keep the sealed batches, and one row each in Rejected instead of what they hold."""
    rows = Rows(sealed=outcome.rows.sealed)
    source = Source(
        agent=outcome.parcel.agent,
        school_id=int(str(school_id)),
        now=now,
        oldest_window=0.0,
        oldest_record=0.0,
    )
    for row in outcome.rows.sealed:
        rows.reject(source, row["seq"], None, "store-failed", "the database refused the content", "")
    outcome.rows = rows
