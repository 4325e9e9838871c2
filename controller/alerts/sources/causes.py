"""Causes of an outage and what to do about each, in both languages: what the page of the incident says, too."""

from __future__ import annotations

from controller.alerts.alert import Both
from controller.web import i18n
from controller.web.incident_words import CAUSES, advice_texts


def _both(text: str) -> Both:
    return Both(text, i18n.load().get(text, (text, text))[0])


def name_of(cause: str) -> Both:
    """A cause of a newer release is called by its code."""
    return _both(CAUSES[cause]) if cause in CAUSES else Both(cause, cause)


def advice_for(cause: str, confidence: float) -> tuple[Both, ...]:
    return tuple(_both(text) for text in advice_texts(cause, confidence))
