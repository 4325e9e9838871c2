"""The kinds of receivers, one file each. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.alerts.channels import alertmanager, email, gateway, webhook
from controller.alerts.order import Channel

CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "alertmanager": alertmanager.tell,
        "email": email.tell,
        "webhook": webhook.tell,
        "zalo": gateway.tell_zalo,
        "sms": gateway.tell_sms,
    }
)
# They forget an alert that is not told again: it is told each REPEAT seconds while it lasts.
LASTING = frozenset({"alertmanager"})
