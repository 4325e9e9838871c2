"""What the background does for alerts: look, tell, write the morning's page, forget what is old."""

from __future__ import annotations

from controller.alerts import digest_mail, outbox, raising
from controller.alerts.deliver import place_of
from controller.alerts.sender import Sender
from controller.alerts.sources import read_all
from controller.db import begin_write
from controller.services import Services

KEEP_ALERTS = 400 * 86_400.0
KEEP_DELIVERIES = 30 * 86_400.0  # longer than any page of a day, so that a day is never told twice


class Alerts:
    def __init__(self, services: Services) -> None:
        self._services = services
        self.sender = Sender(services)

    def look(self, now: float) -> None:
        """For one process at a time."""
        with self._services.engine.begin() as connection:
            begin_write(connection)
            known = raising.firing(connection)
            raising.reconcile(connection, read_all(connection, set(known), now), now)

    def tell(self, now: float) -> None:
        self.sender.tick(now)

    def digest(self, now: float) -> None:
        with self._services.engine.begin() as connection:
            begin_write(connection)
            digest_mail.prepare(connection, place_of(self._services), now)

    def forget(self, now: float) -> None:
        with self._services.engine.begin() as connection:
            raising.remove_old(connection, now - KEEP_ALERTS)
            outbox.remove_old(connection, now - KEEP_DELIVERIES)

    def stop(self) -> None:
        self.sender.stop()
