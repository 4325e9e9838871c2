"""Loading and removing in the background, one at a time, with progress that every process can read.

The progress stands in ``setting``, the claim in ``lease``. A process that dies half-way leaves a lease that runs out:
the work then counts as failed, and removing cleans up.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from controller.background import claim
from controller.bulk import insert_rows, replacing
from controller.samples.load import SCHOOLS, Progress, load
from controller.samples.remove import count, remove
from controller.services import Services
from controller.store import table_of
from controller.tables import Lease, Setting

KEY = "samples.work"
LEASE = "samples"
LEASE_SECONDS = 60.0  # renewed with each step
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
    schools, (running, value) = count(engine), _read(engine, now)
    name = str(value.get("state", ""))
    if name in ("loading", "removing"):
        if running:
            return Work(state=name, done=int(value["done"]), total=int(value["total"]), schools=schools)
        name = "failed"
    if name == "failed":
        return Work(state="failed", schools=schools)
    return Work(state="present" if schools else "absent", schools=schools)


def start_load(services: Services, by: str, *, days: int = 30, schools: int = SCHOOLS) -> threading.Thread:
    """Begin to load. Raises SamplesBusy; SamplesError("present") shows as the state "present" without any work."""
    settings = services.settings

    def work(progress: Progress) -> None:
        load(
            services.engine,
            days=days,
            schools=schools,
            now=services.clock(),
            zone=settings.zone,
            province_code=settings.province_code,
            by=by,
            progress=progress,
        )

    return _start(services, "loading", schools, work)


def start_remove(services: Services, by: str) -> threading.Thread:
    """Begin to remove all of it. Raises SamplesBusy."""
    return _start(services, "removing", count(services.engine), lambda progress: _remove(services.engine, by, progress))


def _remove(engine: Engine, by: str, progress: Progress) -> None:
    remove(engine, by=by, progress=progress)


def _start(services: Services, name: str, total: int, work: Callable[[Progress], None]) -> threading.Thread:
    engine, clock, holder = services.engine, services.clock, secrets.token_hex(8)
    with engine.begin() as connection:
        if not claim(connection, LEASE, holder, clock(), LEASE_SECONDS):
            raise SamplesBusy
        _write(connection, {"state": name, "done": 0, "total": total}, clock())

    def step(done: int, total: int) -> None:
        with engine.begin() as connection:
            claim(connection, LEASE, holder, clock(), LEASE_SECONDS)
            _write(connection, {"state": name, "done": done, "total": total}, clock())
        services.changes.publish(None, "registry")

    def run() -> None:
        ended: Mapping[str, Any] = {"state": "failed"}
        begun = time.monotonic()
        try:
            work(step)
            ended = {"state": "done"}
            log.info("samples: %s took %.1f s", name, time.monotonic() - begun)
        except Exception:
            # The one broad catch of this thread: whatever it was, the page must learn that it is over.
            log.exception("samples: %s failed", name)
        try:
            with engine.begin() as connection:
                _write(connection, ended, clock())
                connection.execute(update(table_of(Lease)).where(table_of(Lease).c.name == LEASE).values(until=0.0))
        except SQLAlchemyError:
            log.exception("samples: the end cannot be written down; the lease will run out")
        services.changes.publish(None, "registry")

    thread = threading.Thread(target=run, name="samples", daemon=True)
    thread.start()
    return thread


def forget(engine: Engine) -> None:
    """Take away what was said of the last work; for a failure that someone has read."""
    with engine.begin() as connection:
        connection.execute(delete(table_of(Setting)).where(table_of(Setting).c.key == KEY))


def _write(connection: Connection, value: Mapping[str, Any], now: float) -> None:
    columns = ("key", "value", "updated_at")
    row = {"key": KEY, "value": dict(value), "updated_at": now}
    insert_rows(connection, table_of(Setting), columns, [row], replacing(["key"], columns[1:]))


def _read(engine: Engine, now: float) -> tuple[bool, Mapping[str, Any]]:
    """Whether the work that was begun is still claimed, and what it said last."""
    setting, lease = table_of(Setting), table_of(Lease)
    with engine.connect() as connection:
        value = connection.scalar(select(setting.c.value).where(setting.c.key == KEY))
        until = connection.scalar(select(lease.c.until).where(lease.c.name == LEASE))
    return (until or 0.0) > now, value or {}
