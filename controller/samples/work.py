"""Loading and removing in the background: asked for by a row in ``setting``, done by one process, seen by all.

The claim stands in ``lease`` and is renewed with each step. A process that dies half-way leaves one that runs out: the
work then counts as failed, and removing cleans up.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from controller.bulk import insert_rows, replacing
from controller.db import begin_write
from controller.leases import claim
from controller.samples.load import SCHOOLS, load
from controller.samples.remove import count, remove
from controller.services import Services
from controller.store import table_of
from controller.tables import Lease, Setting

KEY = "samples.work"
LEASE = "samples"
LEASE_SECONDS = 60.0
BUSY = ("loading", "removing")
log = logging.getLogger("truongnet.samples")


class SamplesBusy(Exception):
    """They are being loaded or removed already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    state: str  # "absent", "loading", "present", "removing", "failed" (some may be left: remove them)
    done: int = 0
    total: int = 0
    schools: int = 0  # that are there now


def state(engine: Engine, now: float) -> Work:
    """How it stands; ``now`` by the controller's clock."""
    schools = count(engine)
    with engine.connect() as connection:
        value = _read(connection, now)
    name = value.get("state", "")
    if name in BUSY:
        return Work(state=name, done=value["done"], total=value["total"], schools=schools)
    if name == "failed":
        return Work(state="failed", schools=schools)
    return Work(state="present" if schools else "absent", schools=schools)


def ask_to_load(engine: Engine, by: str, now: float, *, days: int = 30, schools: int = SCHOOLS) -> None:
    """Raises SamplesBusy. Whether there are some already is for the caller to ask first."""
    _ask(engine, now, {"state": "loading", "total": schools, "days": days, "by": by})


def ask_to_remove(engine: Engine, by: str, now: float) -> None:
    """Raises SamplesBusy."""
    _ask(engine, now, {"state": "removing", "total": count(engine), "by": by})


def _ask(engine: Engine, now: float, wanted: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        begin_write(connection)
        if _read(connection, now).get("state") in BUSY:
            raise SamplesBusy
        _write(connection, {**wanted, "done": 0, "begun": False}, now)


class Worker:
    """Does what was asked for, in a thread of its own; ``tick`` looks whether there is something."""

    def __init__(self, services: Services) -> None:
        self.services, self.holder = services, secrets.token_hex(8)

    def tick(self, now: float) -> threading.Thread | None:
        """Take up what nobody has taken up yet."""
        engine = self.services.engine
        with engine.connect() as connection:
            wanted = _read(connection, now)
        if wanted.get("state") not in BUSY or wanted["begun"]:
            return None
        with engine.begin() as connection:
            if not claim(connection, LEASE, self.holder, now, LEASE_SECONDS):
                return None
            _write(connection, {**wanted, "begun": True}, now)
        thread = threading.Thread(target=self._run, args=(wanted,), name="samples", daemon=True)
        thread.start()
        return thread

    def _run(self, wanted: Mapping[str, Any]) -> None:
        services = self.services
        ended, begun = "failed", time.monotonic()
        try:
            self._work(wanted)
            ended = "done"
            log.info("samples: %s took %.1f s", wanted["state"], time.monotonic() - begun)
        except Exception:
            # The one broad catch of this thread: whatever it was, the page must learn that it is over.
            log.exception("samples: %s failed", wanted["state"])
        try:
            with services.engine.begin() as connection:
                _write(connection, {"state": ended}, services.clock())
                connection.execute(update(table_of(Lease)).where(table_of(Lease).c.name == LEASE).values(until=0.0))
        except SQLAlchemyError:
            log.exception("samples: the end cannot be written down; the lease will run out")
        services.changes.publish(None, "registry")

    def _work(self, wanted: Mapping[str, Any]) -> None:
        services = self.services

        def step(done: int, total: int) -> None:
            now = services.clock()
            with services.engine.begin() as connection:
                claim(connection, LEASE, self.holder, now, LEASE_SECONDS)
                _write(connection, {**wanted, "begun": True, "done": done, "total": total}, now)
            services.changes.publish(None, "registry")

        if wanted["state"] == "removing":
            remove(services.engine, by=wanted["by"], progress=step)
            return
        load(
            services.engine,
            days=wanted["days"],
            schools=wanted["total"],
            now=services.clock(),
            zone=services.settings.zone,
            province_code=services.settings.province_code,
            by=wanted["by"],
            progress=step,
        )


def _write(connection: Connection, value: Mapping[str, Any], now: float) -> None:
    columns = ("key", "value", "updated_at")
    row = {"key": KEY, "value": dict(value), "updated_at": now}
    insert_rows(connection, table_of(Setting), columns, [row], replacing(["key"], columns[1:]))


def _read(connection: Connection, now: float) -> Mapping[str, Any]:
    """What was said last; work that was begun and whose claim has run out has failed."""
    setting, lease = table_of(Setting), table_of(Lease)
    value = connection.scalar(select(setting.c.value).where(setting.c.key == KEY)) or {}
    if value.get("state") in BUSY and value["begun"]:
        until = connection.scalar(select(lease.c.until).where(lease.c.name == LEASE))
        if (until or 0.0) <= now:
            return {"state": "failed"}
    found: Mapping[str, Any] = value
    return found
