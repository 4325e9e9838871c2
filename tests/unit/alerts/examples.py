"""An alert to try things on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from controller.alerts.alert import Alert, Both
from controller.alerts.channels.alertmanager import labels_of
from controller.alerts.order import Order, Place
from controller.web import i18n
from controller.web.formats import Format

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = 1_795_496_400.0  # 24 November 2026, 12:00 in Viet Nam
ALERT = Alert(
    key="incident:17",
    kind="outage",
    severity="warning",
    started_at=NOON,
    title=Both("Mất mạng: Trường THCS Gáo Giồng", "Offline: Trường THCS Gáo Giồng"),
    facts=(Both("Nguyên nhân: mất điện", "Cause: no power"),),
    advice=(Both("Gọi trường.", "Call the school."),),
    schools=("82002",),
    school_count=1,
    communes=("29001",),
    path="/incidents/17",
)


def alert(**changes: Any) -> Alert:
    return replace(ALERT, **changes)


def place(now: float = NOON + 600) -> Place:
    vi, en = (Format(i18n.Translate(lang, i18n.load()), ZONE, now) for lang in ("vi", "en"))
    return Place(base_url="https://mang.example.vn", province="Tỉnh Đồng Tháp", vi=vi, en=en, now=now)


def order(**changes: Any) -> Order:
    one = changes.get("alert", ALERT)
    made = Order(
        id="7",
        address="https://example.vn/",
        secret="",
        template="",
        phase="firing",
        alert=one,
        labels=labels_of(one),
        place=place(),
        mail=None,
    )
    return replace(made, **changes)
