"""Tells with which leave it ran."""

from __future__ import annotations

from agent.frame import Reading, Target


def probe(target: Target, deadline: float) -> Reading:
    assert target.measure is not None
    return Reading(facts={"token": target.measure["token"], "usual": target.settings["usual"]})
