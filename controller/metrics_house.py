"""What the rules about TruongNet's own services need: disk, backup, epoch, background, boxes in trouble, alerts.

Read from the database, so that every replica says the same; kept for ``FRESH`` seconds.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, case, func, select

from controller import our_side
from controller.pulse import BACKUP, TOKEN
from controller.services import Services
from controller.store import table_of
from controller.tables import (
    Agent,
    AlertDelivery,
    AlertRoute,
    ApiToken,
    Epoch,
    Incident,
    Lease,
    RaisedAlert,
    School,
    Setting,
)

FRESH = 10.0
SKEWED = 60.0  # seconds between a box's clock and ours
NEARLY_FULL = 0.8  # of a box's spool
SEVERITIES = ("info", "warning", "critical")
INCIDENTS = ("school", "area", "provider", "province")
UPLINKS = ("ok", "down", "unknown")
DELIVERIES = ("waiting", "lasting", "failed", "dropped")


class HouseFigures(Collector):
    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._kept: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._disk()
        yield from self._failures()
        with self._lock:
            now = self._services.clock()
            if self._kept is None or not 0 <= now - self._kept[0] < FRESH:
                with self._services.engine.connect() as connection:
                    self._kept = (now, list(_figures(connection, now)))
            metrics = self._kept[1]
        yield from metrics

    def _disk(self) -> Iterator[Metric]:
        usage = shutil.disk_usage(self._services.settings.data_dir)
        yield GaugeMetricFamily("truongnet_disk_free_bytes", "Room where the data lies", value=usage.free)
        yield GaugeMetricFamily("truongnet_disk_size_bytes", "Size of that disk", value=usage.total)

    def _failures(self) -> Iterator[Metric]:
        failures = CounterMetricFamily(
            "truongnet_background_failures", "Failures of background tasks, in this process", labels=["task"]
        )
        for task, count in sorted(self._services.pulse.failures().items()):
            failures.add_metric([task], count)
        yield failures


def _figures(connection: Connection, now: float) -> Iterator[Metric]:
    yield from _house(connection)
    yield _uplink(connection, now)
    yield from _boxes(connection)
    yield from _incidents(connection)
    yield from _alerts(connection, now)


def _house(connection: Connection) -> Iterator[Metric]:
    epoch, setting, lease = table_of(Epoch), table_of(Setting), table_of(Lease)
    newest = connection.execute(select(epoch.c.number, epoch.c.since).order_by(epoch.c.number.desc()).limit(1)).first()
    if newest is not None:
        yield GaugeMetricFamily("truongnet_epoch", "Number of this database's life", value=newest[0])
        yield GaugeMetricFamily("truongnet_epoch_started_seconds", "When it began, Unix seconds", value=newest[1])
    backup = connection.execute(select(setting.c.value).where(setting.c.key == BACKUP)).scalar()
    if isinstance(backup, dict):
        text = "When the newest backup was done, Unix seconds"
        yield GaugeMetricFamily("truongnet_backup_done_seconds", text, value=float(backup.get("at") or 0.0))
        yield GaugeMetricFamily("truongnet_backup_bytes", "Its size", value=float(backup.get("bytes") or 0.0))
    token = table_of(ApiToken)
    good = (token.c.name == TOKEN, token.c.revoked_at.is_(None))
    ends = connection.execute(select(func.max(token.c.expires_at)).where(*good)).scalar()
    if ends is not None:
        text = "When the newest of Prometheus' own tokens ends, Unix seconds"
        yield GaugeMetricFamily("truongnet_monitoring_token_ends_seconds", text, value=ends)
    runs = GaugeMetricFamily(
        "truongnet_background_last_run_seconds", "When a shared task was last begun, Unix seconds", labels=["task"]
    )
    known = lease.c.name.not_like("%:%"), lease.c.name != "", lease.c.last_run_at.is_not(None)
    for name, at in connection.execute(select(lease.c.name, lease.c.last_run_at).where(*known).order_by(lease.c.name)):
        runs.add_metric([name], at)
    yield runs


def _uplink(connection: Connection, now: float) -> Metric:
    text = "The province's own line: 1 for what it is; unknown: nobody could tell lately"
    found = GaugeMetricFamily("truongnet_uplink_state", text, labels=["state"])
    state = our_side.uplink(connection, now).state
    for name in UPLINKS:
        found.add_metric([name], name == state)
    return found


def _boxes(connection: Connection) -> Iterator[Metric]:
    agent, school = table_of(Agent), table_of(School)
    skewed = func.abs(agent.c.clock_skew) > SKEWED
    full = agent.c.spool_bytes > NEARLY_FULL * agent.c.spool_limit
    query = (
        select(
            func.count(case((skewed, 1))),
            func.count(case((full, 1))),
            func.coalesce(func.sum(agent.c.spool_unacknowledged), 0),
        )
        .select_from(agent.join(school, school.c.id == agent.c.school_id))
        .where(agent.c.state == "accepted", school.c.is_sample.is_(False), school.c.is_demo.is_(False))
    )
    clocks, spools, batches = connection.execute(query).one()
    yield GaugeMetricFamily("truongnet_boxes_clock_skewed", "Boxes whose clock is a minute off or more", value=clocks)
    yield GaugeMetricFamily("truongnet_boxes_spool_nearly_full", "Boxes whose spool is four fifths full", value=spools)
    yield GaugeMetricFamily(
        "truongnet_boxes_batches_waiting", "Batches on boxes that we do not have yet", value=int(batches)
    )


def _incidents(connection: Connection) -> Iterator[Metric]:
    table = table_of(Incident)
    query = select(table.c.kind, func.count()).where(table.c.state == "open", table.c.is_sample.is_(False))
    counted = {row[0]: row[1] for row in connection.execute(query.group_by(table.c.kind))}
    incidents = GaugeMetricFamily("truongnet_incidents_open", "Incidents that go on", labels=["kind"])
    for kind in INCIDENTS:
        incidents.add_metric([kind], counted.get(kind, 0))
    yield incidents


def _alerts(connection: Connection, now: float) -> Iterator[Metric]:
    raised, delivery, route = table_of(RaisedAlert), table_of(AlertDelivery), table_of(AlertRoute)
    firing = select(raised.c.severity, func.count()).where(raised.c.state == "firing").group_by(raised.c.severity)
    by_severity = {row[0]: row[1] for row in connection.execute(firing)}
    alerts = GaugeMetricFamily("truongnet_alerts_firing", "Alerts that are raised", labels=["severity"])
    for name in SEVERITIES:
        alerts.add_metric([name], by_severity.get(name, 0))
    yield alerts
    states = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    by_state = {row[0]: row[1] for row in connection.execute(states)}
    deliveries = GaugeMetricFamily("truongnet_alert_deliveries", "Rows of the outbox", labels=["state"])
    for name in DELIVERIES:
        deliveries.add_metric([name], by_state.get(name, 0))
    yield deliveries
    oldest = connection.execute(select(func.min(delivery.c.created_at)).where(delivery.c.state == "waiting")).scalar()
    text = "How long the oldest waits to be told"
    yield GaugeMetricFamily("truongnet_alert_oldest_waiting_seconds", text, value=now - oldest if oldest else 0.0)
    failing = GaugeMetricFamily("truongnet_alert_route_failures", "Failures in a row, by receiver", labels=["route"])
    query = select(route.c.id, route.c.failures).where(route.c.is_active).order_by(route.c.id)
    for number, count in connection.execute(query):
        failing.add_metric([str(number)], count)
    yield failing
