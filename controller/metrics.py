"""``/metrics`` in Prometheus' text format: the province, the newest figures of each school, and this service itself.

Each application has its own registry. The province's figures are read from the database when asked, at most once in
``FRESH`` seconds. Schools that are samples or the demonstration enter nothing here, and a loopback result is no line's
speed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from controller.metrics_house import HouseFigures
from controller.services import Services
from controller.tables import Agent, Latest, School
from controller.version import VERSION
from monitoring.status import STATUSES

FRESH = 10.0
FIGURES = ("status", "status_since", "down_bps", "up_bps", "speed_scope", "rtt", "loss_ratio")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
AGENT_STATES = ("pending", "accepted", "refused", "quarantined", "retired")


class Metrics:
    """The registry of one application."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "truongnet_http_request_seconds",
            "Time to answer, by route",
            ["route", "method"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "truongnet_http_requests",
            "Answers, by route and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.registry.register(ServiceFigures(services))
        self.registry.register(ProvinceFigures(services))
        self.registry.register(HouseFigures(services))

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        known = method if method in METHODS else "other"
        self._seconds.labels(route, known).observe(seconds)
        self._answers.labels(route, known, f"{status // 100}xx").inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)


class ServiceFigures(Collector):
    """Counters of the ingest and the beats, as they stand in this process."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        ingest, beats = self._services.ingest, self._services.beats
        info = GaugeMetricFamily("truongnet_build_info", "The version that runs", labels=["version"])
        info.add_metric([VERSION], 1.0)
        yield info
        counted = {
            "exchanges": (ingest.counters.exchanges, "Exchanges that were committed"),
            "batches": (ingest.counters.batches, "Sealed batches that were committed"),
            "items_rejected": (ingest.counters.items_rejected, "Items that were set aside"),
            "exchanges_refused": (ingest.counters.refused, "Exchanges that were refused"),
            "commits": (ingest.counters.commits, "Commits of the ingest"),
            "commit_seconds": (ingest.counters.commit_seconds, "Time that those commits took, all together"),
            "commits_failed": (ingest.counters.failed_commits, "Commits that failed; the boxes send again"),
            "exchanges_busy": (ingest.counters.busy, "Exchanges that were told to come later"),
            "beats": (beats.counters.taken, "Beats that were answered"),
            "beats_refused": (beats.counters.refused, "Beats with a token that is not good"),
        }
        for name, (value, text) in counted.items():
            yield CounterMetricFamily(f"truongnet_{name}", text, value=value)
        yield GaugeMetricFamily("truongnet_ingest_waiting", "Exchanges that wait to be written", value=ingest.waiting)


class ProvinceFigures(Collector):
    """Figures from the database; the newest answer is kept for ``FRESH`` seconds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._kept: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            now = self._services.clock()
            if self._kept is None or not 0 <= now - self._kept[0] < FRESH:
                with Session(self._services.engine) as session:
                    self._kept = (now, [*_province(session), *_schools(session, now)])
            metrics = self._kept[1]
        yield from metrics


def _province(session: Session) -> Iterator[Metric]:
    real = (col(School.is_sample).is_(False), col(School.is_demo).is_(False))
    status = func.coalesce(Latest.status, "no-box")
    counts = session.exec(
        select(status, func.count())
        .select_from(School)
        .join(Latest, col(Latest.school_id) == School.id, isouter=True)
        .where(*real)
        .group_by(status)
    )
    by_status = dict(iter(counts))
    schools = GaugeMetricFamily("truongnet_schools", "Schools by status", labels=["status"])
    for name in STATUSES:
        schools.add_metric([name], by_status.get(name, 0))
    yield schools
    states = session.exec(
        select(Agent.state, func.count())
        .join(School, col(School.id) == Agent.school_id)
        .where(*real)
        .group_by(Agent.state)
    )
    by_state = dict(iter(states))
    boxes = GaugeMetricFamily("truongnet_boxes", "Boxes by state", labels=["state"])
    for name in AGENT_STATES:
        boxes.add_metric([name], by_state.get(name, 0))
    yield boxes


Value = Callable[[Latest, float], float | None]


def _speed(latest: Latest, value: float | None) -> float | None:
    return value if latest.speed_scope != "loopback" else None


def _schools(session: Session, now: float) -> Iterator[Metric]:
    values: dict[str, tuple[str, Value]] = {
        "up": ("1 when up or degraded", lambda one, _: float(one.status in ("up", "degraded"))),
        "status_seconds": (
            "How long the status has lasted",
            lambda one, at: at - one.status_since if one.status_since else None,
        ),
        "down_bps": ("Newest measured speed down", lambda one, _: _speed(one, one.down_bps)),
        "up_bps": ("Newest measured speed up", lambda one, _: _speed(one, one.up_bps)),
        "rtt_seconds": ("Median round trip to the Internet", lambda one, _: one.rtt),
        "loss_ratio": ("Lost probes", lambda one, _: one.loss_ratio),
    }
    # not the windows and states: they are large, and nothing here needs them
    columns: list[Any] = [getattr(Latest, name) for name in FIGURES]
    rows = session.exec(
        select(School.code, School.commune_code, Latest)
        .join(Latest, col(Latest.school_id) == School.id)
        .where(col(School.is_sample).is_(False), col(School.is_demo).is_(False), Latest.status != "no-box")
        .options(load_only(*columns))
        .order_by(School.code)
    ).all()
    for name, (text, value) in values.items():
        family = GaugeMetricFamily(f"truongnet_school_{name}", text, labels=["school", "commune"])
        for code, commune, latest in rows:
            figure = value(latest, now)
            if figure is not None:
                family.add_metric([code, commune], figure)
        yield family
