"""E-mail: one message to the route's addresses, threaded by the alert, with a Message-ID that stays."""

from __future__ import annotations

import email.utils
import hashlib
from email.message import EmailMessage
from urllib.parse import urlsplit

from controller.alerts import texts
from controller.alerts.order import Order
from controller.alerts.retry import Outcome
from controller.alerts.smtp import send

NOT_SET_UP = "chưa đặt máy chủ thư ở Cài đặt → Cảnh báo / no mail server is set up under Settings → Alerts"


def tell(order: Order) -> Outcome:
    if order.mail is None:
        return Outcome(False, NOT_SET_UP)
    return send(order.mail, message(order, order.mail.sender))


def recipients(address: str) -> list[str]:
    return [one.strip() for one in address.replace(";", ",").split(",") if one.strip()]


def message(order: Order, sender: str) -> EmailMessage:
    made = started(order.address, sender, order.place.base_url, order.id, order.place.now)
    made["Subject"] = texts.subject(order)
    if order.phase == "ended":
        made["References"] = made["In-Reply-To"] = message_id(f"{order.alert.key} firing", order.place.base_url)
    if order.phase == "firing":
        made.replace_header("Message-ID", message_id(f"{order.alert.key} firing", order.place.base_url))
    if order.alert.severity == "critical" and order.phase == "firing":
        made["Importance"] = "high"
    made.set_content(texts.page(order))
    return made


def started(address: str, sender: str, base_url: str, key: str, now: float) -> EmailMessage:
    """A message without subject and text."""
    made = EmailMessage()
    made["From"] = f"TruongNet <{sender}>"
    made["To"] = ", ".join(recipients(address))
    made["Date"] = email.utils.formatdate(now)
    made["Message-ID"] = message_id(key, base_url)
    made["Auto-Submitted"] = "auto-generated"
    return made


def message_id(key: str, base_url: str) -> str:
    """The same for the same thing, so that mail programs put a repetition in the first one's place."""
    digest = hashlib.sha256(f"{base_url} {key}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(base_url).hostname or 'truongnet'}>"
