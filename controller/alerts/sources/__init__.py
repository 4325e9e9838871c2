"""What can be wrong: each source says what is wrong now. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import Connection

from controller.alerts.alert import Alert
from controller.alerts.sources import incidents, rogue_dhcp


class Source(Protocol):
    """Everything that is wrong now, and which of ``known`` (keys that are firing) are over, with when and why."""

    def __call__(self, connection: Connection, known: Collection[str], now: float) -> list[Alert]: ...


SOURCES: tuple[Source, ...] = (incidents.read, rogue_dhcp.read)


def read_all(connection: Connection, known: Collection[str], now: float) -> list[Alert]:
    return [alert for source in SOURCES for alert in source(connection, known, now)]
