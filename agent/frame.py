"""The frame around every probe: it owns the deadline, the duration and the outcome; a probe only measures.

A probe is one file in ``agent/probes/`` with one function ``probe(target, deadline) -> Reading`` and one line in
``agent/probes/__init__.py``. It raises :class:`Skip` when there is nothing to measure here or no right to, and
:class:`ProbeError` when it tried and could not. Anything else that it raises is a defect, and is reported as one
without stopping the agent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.clock import monotonic, stamp
from agent.wire import MAX_ITEM_SAMPLES, MAX_TEXT, Outcome, Result, Sample


class Skip(Exception):
    """Nothing to measure, or no right to. ``reason`` is a stable code, ``detail`` is for a person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class ProbeError(Exception):
    """Tried and could not. ``reason`` is a stable code, ``detail`` is for a person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a probe is told: its own settings (the box's file overlaid by the controller's) and what it measures."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    controller: str = ""  # base address, https://host:port
    targets: tuple[Mapping[str, str], ...] = ()  # of reach: [{"name", "kind", "address"}]
    measure: Mapping[str, Any] | None = None  # a wire.MeasureToken as a dict, for speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a probe found: numbers as samples, everything else as facts."""

    samples: list[Sample] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Probe(Protocol):
    def __call__(self, target: Target, deadline: float) -> Reading:
        """Measure until ``deadline`` (by ``agent.clock.monotonic``) at the latest.

        Raises Skip or ProbeError. Must bound its own sockets and children by the deadline: nobody kills a thread.
        """
        ...


def run(name: str, probe: Probe, target: Target, seconds: float) -> Result:
    """Run one probe inside the frame. Never raises, so that one bad probe cannot stop a box."""
    started, begin = stamp(), monotonic()
    outcome: Outcome
    reading = Reading()
    try:
        reading = probe(target, begin + seconds)
        outcome, reason, detail = "ok", "", ""
    except Skip as skip:
        outcome, reason, detail = "skipped", skip.reason, skip.detail
    except ProbeError as error:
        outcome, reason, detail = "failed", error.reason, error.detail
    except TimeoutError as error:
        outcome, reason, detail = "failed", "deadline", str(error)
    except Exception as error:  # noqa: BLE001 - the one broad catch: a defect in a probe is a result, not a crash
        outcome, reason, detail = "failed", "defect", f"{type(error).__name__}: {error}"
    samples = [sample for sample in reading.samples if math.isfinite(sample.value)]
    return Result(
        probe=name,
        outcome=outcome,
        started=started,
        duration=monotonic() - begin,
        reason=reason,
        detail=detail[:MAX_TEXT],
        samples=samples[:MAX_ITEM_SAMPLES],
        facts=reading.facts,
    )
