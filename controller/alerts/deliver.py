"""One try to tell one receiver one thing: what the outbox does, and what "send a test" shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.alerts.alert import Alert, Both
from controller.alerts.channels import CHANNELS
from controller.alerts.channels.alertmanager import labels_of
from controller.alerts.mailserver import MailServer
from controller.alerts.order import Order, Phase, Place
from controller.alerts.retry import Outcome
from controller.alerts.routing import addressed
from controller.alerts.secrets import PURPOSE, hide, unseal
from controller.services import Services
from controller.web import i18n
from controller.web.formats import Format


def place_of(services: Services) -> Place:
    settings, now = services.settings, services.clock()
    vi, en = (Format(i18n.Translate(lang, i18n.load()), settings.zone, now) for lang in ("vi", "en"))
    return Place(base_url=settings.base_url, province=settings.province_name, vi=vi, en=en, now=now)


def tell(
    services: Services,
    route: Mapping[str, Any],
    mail: MailServer | None,
    alert: Alert,
    *,
    phase: Phase,
    labels: Mapping[str, str],
    order_id: str,
) -> Outcome:
    """``route``: a row of ``alert_route``. Whatever the receiver gives back, no secret stands in the outcome."""
    secret = unseal(services.keys.secret(PURPOSE), route["secret"])
    order = Order(
        id=order_id,
        address=route["address"],
        secret=secret,
        template=route["template"],
        phase=phase,
        alert=addressed(route, alert),
        labels=labels,
        place=place_of(services),
        mail=mail,
    )
    return hide(CHANNELS[route["channel"]](order), secret, mail.password if mail else "")


def tell_test(services: Services, route: Mapping[str, Any], mail: MailServer | None) -> Outcome:
    """A message that says it is a test. At Alertmanager it is over as it begins, so that nobody is woken by it."""
    now = services.clock()
    alert = Alert(
        key="test",
        kind="outage",
        severity="info",
        started_at=now,
        ended_at=now + 1.0,
        title=Both("Tin gửi thử từ TruongNet, không phải sự cố", "A test from TruongNet, not an incident"),
        facts=(Both("Nếu bạn đọc được tin này thì kênh báo hoạt động.", "If you read this, the channel works."),),
        path="/settings/alerts",
    )
    labels = {**labels_of(alert), "alertname": "TruongNetTest"}
    return tell(services, route, mail, alert, phase="test", labels=labels, order_id=f"test-{int(now)}")
