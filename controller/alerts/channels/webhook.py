"""A webhook of our own shape, signed so that the receiver knows who speaks and that nothing was replayed.

``X-TruongNet-Signature: v1=<hex>`` is HMAC-SHA256 with the route's secret over ``<timestamp>.<body>``; the timestamp
(Unix seconds) is ``X-TruongNet-Timestamp``, and ``X-TruongNet-Delivery`` stays the same over repetitions.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson

from controller.alerts import texts
from controller.alerts.order import Order
from controller.alerts.post import outcome_of, post
from controller.alerts.retry import Outcome

VERSION = 1


def tell(order: Order) -> Outcome:
    body = orjson.dumps(message(order))
    return outcome_of(post(order.address, body, headers(order, body)))


def headers(order: Order, body: bytes) -> dict[str, str]:
    stamp = str(int(order.place.now))
    made = {"X-TruongNet-Delivery": order.id, "X-TruongNet-Timestamp": stamp}
    if order.secret:
        made["X-TruongNet-Signature"] = f"v1={signature(order.secret, stamp, body)}"
    return made


def signature(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def message(order: Order) -> dict[str, Any]:
    """Times are Unix seconds; texts come in both languages."""
    alert = order.alert
    return {
        "version": VERSION,
        "delivery": order.id,
        "phase": order.phase,  # "firing", "ended", "test"
        "key": alert.key,
        "kind": alert.kind,
        "severity": alert.severity,
        "started_at": alert.started_at,
        "ended_at": alert.ended_at,
        "title": alert.title._asdict(),
        "facts": [fact._asdict() for fact in alert.facts],
        "advice": [one._asdict() for one in alert.advice],
        "schools": list(alert.schools),
        "school_count": alert.school_count,
        "communes": list(alert.communes),
        "text": texts.page(order),
        "url": f"{order.place.base_url}{alert.path}",
        "province": order.place.province,
    }
