"""Secrets of receivers rest sealed, and never stand in what is said or logged."""

from __future__ import annotations

from dataclasses import replace

from controller.alerts.retry import Outcome
from controller.people.totp import open_secret, seal_secret

PURPOSE = "alerts"  # of ``keys.secret``
MIN_HIDDEN = 4


def seal(key: bytes, secret: str) -> str:
    return seal_secret(key, secret) if secret else ""


def unseal(key: bytes, sealed: str) -> str:
    """ "" also when other keys sealed it: the receiver then refuses us, and a person types the secret again."""
    return (open_secret(key, sealed) or "") if sealed else ""


def hide(outcome: Outcome, *secrets: str) -> Outcome:
    """A receiver may give back what it was sent."""
    said = outcome.said
    for secret in secrets:
        if len(secret) >= MIN_HIDDEN:
            said = said.replace(secret, "•••")
    return replace(outcome, said=said)
