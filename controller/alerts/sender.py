"""Works the outbox off: one receiver at a time in one process at a time, a few receivers side by side.

A receiver that hangs holds a thread for as long as a try may last and then is spared for a while; it never holds up the
others, nor the background thread. A lease in the database keeps the order when there are several controllers.
"""

from __future__ import annotations

import logging
import secrets as random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select, update

from controller.alerts import mailserver, outbox
from controller.alerts.alert import from_data
from controller.alerts.deliver import place_of, tell
from controller.alerts.digest_mail import tell as tell_digest
from controller.alerts.retry import Outcome
from controller.alerts.secrets import PURPOSE
from controller.leases import claim
from controller.services import Services
from controller.store import table_of
from controller.tables import AlertRoute, Lease

THREADS = 4
TURN = 30.0  # seconds that one receiver is worked for before others have their turn
LEASE = TURN + 60.0  # a turn and its last try end well within it
log = logging.getLogger("truongnet.alerts")
Row = Mapping[str, Any]


class Sender:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._key = services.keys.secret(PURPOSE)
        self._holder = random.token_hex(8)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="alerts")
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._is_stopping = False

    def tick(self, now: float) -> None:
        """Hand every receiver that something is due for to a thread."""
        with self._services.engine.connect() as connection:
            due = outbox.due_routes(connection, now)
        for route_id in due:
            with self._lock:
                if route_id in self._busy or self._is_stopping:
                    continue
                self._busy.add(route_id)
            self._pool.submit(self._turn, route_id)

    def stop(self) -> None:
        """What is being told is told to its end; the rest waits in its rows."""
        with self._lock:
            self._is_stopping = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wait(self) -> None:
        """Until nothing is under way; for tests and for a calm end."""
        while True:
            with self._lock:
                if not self._busy:
                    return
            time.sleep(0.01)

    def _turn(self, route_id: int) -> None:
        try:
            self.work(route_id)
        except Exception:
            # The one broad catch of this loop: the rows are as they were, and the next tick tries again.
            log.exception("alerts of route %s", route_id)
        finally:
            with self._lock:
                self._busy.discard(route_id)

    def work(self, route_id: int) -> int:
        """One turn for one receiver; how many things it was told."""
        engine, clock, lease = self._services.engine, self._services.clock, f"alert-route:{route_id}"
        with engine.begin() as connection:
            if not claim(connection, lease, self._holder, clock(), LEASE):
                return 0
        told, ends = 0, time.monotonic() + TURN
        try:
            while not self._is_stopping and time.monotonic() < ends:
                outcome = self._next(route_id)
                if outcome is None:
                    break
                told += outcome.ok
        finally:
            with engine.begin() as connection:
                mine = (table_of(Lease).c.name == lease, table_of(Lease).c.holder == self._holder)
                connection.execute(update(table_of(Lease)).where(*mine).values(until=0.0))
        return told

    def _next(self, route_id: int) -> Outcome | None:
        """One try; None when nothing is due or the receiver is to be spared."""
        engine, table = self._services.engine, table_of(AlertRoute)
        now = self._services.clock()
        with engine.connect() as connection:
            route = connection.execute(select(table).where(table.c.id == route_id)).mappings().first()
            if route is None or not route["is_active"] or route["retry_at"] > now:
                return None
            delivery = outbox.next_due(connection, route_id, now)
            mail = mailserver.read(connection, self._key) if route["channel"] == "email" else None
        if delivery is None:
            return None
        outcome = self._try(dict(route), delivery, mail)
        with engine.begin() as connection:
            outbox.record(connection, dict(route), delivery, outcome, self._services.clock())
        level = logging.INFO if outcome.ok else logging.WARNING
        log.log(level, "%s %s to route %s: %s", delivery["subject"], delivery["phase"], route_id, outcome.said)
        return outcome

    def _try(self, route: Row, delivery: Row, mail: mailserver.MailServer | None) -> Outcome:
        if delivery["phase"] == "digest":
            return tell_digest(route["address"], delivery, mail, place_of(self._services))
        alert, labels = from_data(delivery["body"]["alert"]), delivery["body"]["labels"]
        order_id = f"{delivery['route_id']}-{delivery['id']}-{int(delivery['created_at'])}"
        return tell(self._services, route, mail, alert, phase=delivery["phase"], labels=labels, order_id=order_id)
