"""From bytes to parcels beside the event loop, in two threads: checking a signature is half of the work and lets go of
the interpreter's lock, so it runs while the writer writes.

Only here is it known which box speaks, so only here are its limits kept: nobody else can use up its allowance.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.wire import MAX_EXCHANGE_BYTES
from controller import exchange
from controller.exchange import Parcel
from controller.limits import Buckets
from controller.refusal import Refusal

READERS = 2
MAX_QUEUE = 100_000  # every box of the country may come at once; the bytes they bring are bounded before
log = logging.getLogger("truongnet.intake")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who waits for the answer: a future of an event loop."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bytes]


Answer = tuple[Ticket, bytes | Refusal]


def deliver(answers: Iterable[Answer]) -> None:
    """Answer many at once from any thread: one wake-up of each event loop, not one an answer."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Answer]] = {}
    for answer in answers:
        by_loop.setdefault(answer[0].loop, []).append(answer)
    for loop, some in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, some)


def _settle(answers: Iterable[Answer]) -> None:
    for ticket, answer in answers:
        if ticket.future.done():
            continue  # the box has hung up; it will ask again
        if isinstance(answer, Refusal):
            ticket.future.set_exception(answer)
        else:
            ticket.future.set_result(answer)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A body whose head names ``agent``, not yet proven."""

    agent: str
    public_key: bytes
    body: bytes
    at: float
    ticket: Ticket


class Intake:
    def __init__(self, hand_on: Callable[[Parcel, Ticket], None]) -> None:
        self._hand_on = hand_on
        self._queue: queue.Queue[Arrived | None] = queue.Queue(MAX_QUEUE)
        self._calls = Buckets(rate=5.0, burst=60.0)  # exchanges of one box
        self._bytes = Buckets(rate=1_000_000.0, burst=4.0 * MAX_EXCHANGE_BYTES)  # and what they carry
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def start(self) -> None:
        for number in range(READERS):
            thread = threading.Thread(target=self._run, name=f"intake-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(30)
        self._threads.clear()

    def put(self, arrived: Arrived) -> None:
        """From an event loop; never waits. Raises Refusal when there is no room."""
        try:
            self._queue.put_nowait(arrived)
        except queue.Full:
            raise Refusal("busy", "more arrives than can be read; come again", 5) from None

    def _run(self) -> None:
        while (arrived := self._queue.get()) is not None:
            try:
                self._read(arrived)
            except Refusal as refusal:
                deliver([(arrived.ticket, refusal)])
            except Exception:
                # The one broad catch of this loop: a defect in reading must not stop the boxes that come after.
                log.exception("an exchange could not be read")
                deliver([(arrived.ticket, Refusal("busy", "the exchange could not be read", 300))])

    def _read(self, arrived: Arrived) -> None:
        parcel = exchange.read(arrived.body, arrived.agent, arrived.public_key, arrived.at)
        with self._lock:
            wait = max(
                self._calls.wait(arrived.agent, arrived.at),
                self._bytes.wait(arrived.agent, arrived.at, len(arrived.body)),
            )
        if wait:
            raise Refusal("slow-down", "this box sends too much", wait)
        self._hand_on(parcel, arrived.ticket)
