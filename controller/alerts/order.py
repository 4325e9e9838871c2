"""What a channel is handed for one try, and the contract of a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from controller.alerts.alert import Alert
from controller.alerts.mailserver import MailServer
from controller.alerts.retry import Outcome
from controller.web.formats import Format

Phase = Literal["firing", "ended", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Who we are and how times and numbers are written, the same for every delivery."""

    base_url: str
    province: str
    vi: Format
    en: Format
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to be told to one receiver."""

    id: str  # stable over all tries, so that a receiver can tell a repetition
    address: str
    secret: str  # opened; "" when there is none
    template: str
    phase: Phase
    alert: Alert
    labels: Mapping[str, str]  # as they were when it was first raised
    place: Place
    mail: MailServer | None


class Channel(Protocol):
    """Tries once. Never raises for what a receiver or the network does."""

    def __call__(self, order: Order) -> Outcome: ...
