"""Work that comes back: statuses by the controller's clock, beats written down, days rolled up, old rows removed.

One thread a process. Work that only one process should do is claimed by a conditional UPDATE of its row in ``lease``.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from controller import retention, status
from controller.alerts.work import Alerts
from controller.assets import kpi
from controller.assets.feed import feed
from controller.incidents import task as incidents
from controller.incidents.uplink import EVERY as UPLINK_EVERY
from controller.incidents.uplink import Uplink
from controller.leases import claim
from controller.migrations import partitions
from controller.plan import rollup
from controller.samples.work import Worker
from controller.services import Services
from controller.web.read import map_kept
from monitoring.status import silent_after

PAUSE = 1.0
log = logging.getLogger("truongnet.background")


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    every: float  # seconds
    work: Callable[[float], None]
    is_shared: bool = True  # one process does it for all
    share: float = 1.0  # of the time at most: a country's schools take longer, and pages must be answered meanwhile


class Background:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.holder = secrets.token_hex(8)
        self.listening_since = services.clock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last: dict[str, float] = {}
        self._took: dict[str, float] = {}  # seconds, the last time
        self.samples = Worker(services)
        self.alerts = Alerts(services)
        self.uplink = Uplink(services)
        self.tasks: tuple[Task, ...] = (
            Task("beats", min(60.0, services.settings.beat_every * 2), self._flush_beats, is_shared=False),
            Task("status", min(5.0, services.settings.beat_every), self._refresh_status, share=0.1),
            Task("uplink", UPLINK_EVERY, self.uplink.tick),
            Task("incidents", min(10.0, services.settings.beat_every), self._follow_incidents),
            Task("late-days", 60.0, self._roll_up_late),
            Task("today", 1_800.0, self._roll_up_today),
            Task("plan", 20.0, self._roll_up_months),
            Task("plan-history", 3_600.0, self._roll_up_history),
            Task("map", map_kept.EVERY, lambda now: map_kept.renew(services, now)),
            Task("partitions", 21_600.0, self._make_partitions),
            Task("retention", 3_600.0, self._remove_old),
            Task("assets", 20.0, self._feed_assets),
            Task("rooms", 30.0, self._count_rooms),
            Task("samples", 2.0, self._work_on_samples, is_shared=False),
            Task("alerts", min(5.0, services.settings.beat_every), self.alerts.look),
            Task("alerts-send", 1.0, self.alerts.tell, is_shared=False),
            Task("digest", 20.0, self.alerts.digest),
            Task("alerts-forget", 3_600.0, self.alerts.forget),
        )
        for task in self.tasks:
            services.pulse.known(task.name)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)
        self.alerts.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.tick(self.services.clock())
            self._stop.wait(PAUSE)

    def tick(self, now: float) -> None:
        """Do what is due."""
        for task in self.tasks:
            last = self._last.get(task.name)
            if last is not None and 0 <= now - last < self._every(task):
                continue
            self._last[task.name], began = now, time.monotonic()
            try:
                if not task.is_shared or self._claim(task, now):
                    task.work(now)
            except Exception:
                # The one broad catch of this loop: one task's trouble never stops the others; it comes again.
                self.services.pulse.failed(task.name)
                log.exception("background task %s failed", task.name)
            self._took[task.name] = time.monotonic() - began

    def _every(self, task: Task) -> float:
        return max(task.every, self._took.get(task.name, 0.0) / task.share)

    def _claim(self, task: Task, now: float) -> bool:
        with self.services.engine.begin() as connection:
            return claim(connection, task.name, self.holder, now, self._every(task) * 3)

    def _flush_beats(self, _now: float) -> None:
        self.services.beats.flush(self.services.engine)

    def _refresh_status(self, now: float) -> None:
        services = self.services
        with services.engine.begin() as connection:
            changed = status.refresh(
                connection,
                now=now,
                beat_every=services.settings.beat_every,
                zone=services.settings.zone,
                heard=services.beats.last(),
                listening_since=self.listening_since,
            )
        for school_id in changed:
            services.changes.publish(school_id, "status")

    def _follow_incidents(self, now: float) -> None:
        if now - self.listening_since >= silent_after(self.services.settings.beat_every):
            incidents.tick(self.services, now)

    def _roll_up_late(self, now: float) -> None:
        retention.roll_up_days(self.services.engine, self.services.settings, now, with_today=False)

    def _roll_up_today(self, now: float) -> None:
        retention.roll_up_days(self.services.engine, self.services.settings, now)

    def _roll_up_months(self, now: float) -> None:
        if rollup.roll_up(self.services.engine, self.services.settings.zone, now):
            self.services.changes.publish(None, "plan")

    def _roll_up_history(self, now: float) -> None:
        rollup.roll_up_history(self.services.engine, self.services.settings.zone, now)

    def _make_partitions(self, now: float) -> None:
        with self.services.engine.begin() as connection:
            partitions.make_ahead(connection, now)

    def _work_on_samples(self, now: float) -> None:
        self.samples.tick(now)

    def _feed_assets(self, now: float) -> None:
        if feed(self.services.engine, now):
            self.services.changes.publish(None, "assets")

    def _count_rooms(self, now: float) -> None:
        if kpi.count_up(self.services.engine, self.services.settings.zone, now):
            self.services.changes.publish(None, "plan")

    def _remove_old(self, now: float) -> None:
        removed = retention.remove_old(self.services.engine, self.services.settings, now)
        if any(removed.values()):
            log.info("removed old rows: %s", removed)
