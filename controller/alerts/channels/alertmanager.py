"""Alertmanager's API v2 (``POST /api/v2/alerts``): told again and again while an alert lasts, and once when it ended.

What makes an alert one alert there is its labels, so they stay as they were when it was first raised; what changes
(how many schools, the cause) stands in the annotations. ``endsAt`` lies ``HOLD`` ahead: a controller that is away for
that long lets its alerts end, and the rules of Prometheus say that the controller is down.
"""

from __future__ import annotations

import datetime as dt

import orjson

from controller.alerts import texts
from controller.alerts.alert import Alert
from controller.alerts.order import Order
from controller.alerts.post import outcome_of, post
from controller.alerts.retry import Outcome

REPEAT = 60.0
HOLD = 1_800.0
NAMES = {
    "outage": "TruongNetOutage",
    "degraded": "TruongNetDegraded",
    "province": "TruongNetProvince",
    "rogue-dhcp": "TruongNetRogueDhcp",
}


def labels_of(alert: Alert) -> dict[str, str]:
    """Of an alert as it is first raised."""
    labels = {"alertname": NAMES[alert.kind], "alert_key": alert.key, "severity": alert.severity, "source": "truongnet"}
    if len(alert.schools) == 1 == alert.school_count:
        labels["school"] = alert.schools[0]
    if len(alert.communes) == 1:
        labels["commune"] = alert.communes[0]
    return labels


def tell(order: Order) -> Outcome:
    url = f"{order.address.rstrip('/')}/api/v2/alerts"
    headers = {"Authorization": f"Bearer {order.secret}"} if order.secret else {}
    return outcome_of(post(url, orjson.dumps([body(order)]), headers))


def body(order: Order) -> dict[str, object]:
    alert = order.alert
    ends = alert.ended_at if alert.ended_at is not None else order.place.now + HOLD
    return {
        "labels": dict(order.labels),
        "annotations": {
            "summary": alert.title.vi,
            "summary_en": alert.title.en,
            "description": texts.page(order),
            "schools": str(alert.school_count),
        },
        "startsAt": _stamp(alert.started_at),
        "endsAt": _stamp(max(ends, alert.started_at + 1.0)),
        "generatorURL": f"{order.place.base_url}{alert.path}",
    }


def _stamp(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds")
