"""The status of a school from what is known of it at one moment. Pure: the caller brings the clock.

Statuses: up, degraded, down, silent, expected-off, no-box. A reason is a stable code that the pages translate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitoring.windows import figures

STATUSES = ("up", "degraded", "down", "silent", "expected-off", "no-box")
MIN_SILENT_SECONDS = 95.0
LOSSY = 0.05
SLOW_RTT = 0.3  # seconds
STALE_WINDOWS = 2 * 3600.0
INTERNET = ("target:domestic:", "target:international:")
HEARD = ("up", "degraded", "down")
SINCE_BEAT = ("silent", "expected-off")  # began with the last sign of life, not when we noticed
OUR_REASON = "province"  # of a school that we do not hear, since something is wrong on our side


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    now: float
    has_box: bool
    last_seen: float | None = None  # newest beat or exchange
    beat_every: float = 30.0
    is_expected_off: bool = False  # night or holiday by the school's calendar
    is_planned: bool = False  # maintenance: nobody expects it to work
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # {"target:gateway": {"after": "up"}, …}
    windows: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    status: str
    reason: str


def silent_after(beat_every: float) -> float:
    """Seconds without a sign of life after which a school counts as silent: three beats and a little."""
    return max(MIN_SILENT_SECONDS, 3 * beat_every + 5)


def judge(facts: Facts) -> Verdict:
    if not facts.has_box:
        return Verdict("no-box", "")
    if facts.last_seen is None:
        return Verdict("no-box", "waiting")  # accepted, and not heard of since
    if facts.now - facts.last_seen > silent_after(facts.beat_every):
        if facts.is_planned:
            return Verdict("expected-off", "maintenance")
        return Verdict("expected-off", "calendar") if facts.is_expected_off else Verdict("silent", "no-beat")
    verdict = _by_targets(facts) or _by_figures(facts) or Verdict("up", "")
    return Verdict("expected-off", "maintenance") if facts.is_planned and verdict.status == "down" else verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """A status with its reason and since when; the moment it was noticed may be later."""

    status: str
    reason: str
    since: float | None


def follow(before: Standing | None, facts: Facts, *, is_held: bool = False, is_deaf: bool = False) -> Standing | None:
    """The standing after ``before``; None when nothing changed.

    ``is_held``: it is our side that hears nothing, so a school is left as it was, with a reason that says so.
    ``is_deaf``: we have not listened long enough ourselves to call anybody silent.
    """
    verdict = judge(facts)
    if before is not None and is_held and verdict.status == "silent" and before.status in HEARD:
        verdict = Verdict(before.status, OUR_REASON)
    if before is not None and (before.status, before.reason) == (verdict.status, verdict.reason):
        return None
    if is_deaf and verdict.status in SINCE_BEAT and facts.last_seen:
        return None
    since = facts.last_seen if verdict.status in SINCE_BEAT and facts.last_seen else facts.now
    if before is not None and before.status == verdict.status:
        since = before.since or since  # only the reason changed
    return Standing(verdict.status, verdict.reason, since)


def _by_targets(facts: Facts) -> Verdict | None:
    def is_down(subject: str) -> bool:
        return facts.states.get(subject, {}).get("after") == "down"

    if is_down("target:gateway"):
        return Verdict("down", "gateway")
    internet = [subject for subject in facts.states if subject.startswith(INTERNET)]
    lost = [subject for subject in internet if is_down(subject)]
    if internet and len(lost) == len(internet):
        return Verdict("down", "internet")
    if is_down("target:dns"):
        return Verdict("degraded", "dns")
    if lost:
        return Verdict("degraded", "targets")
    return None


def _by_figures(facts: Facts) -> Verdict | None:
    fresh = [
        window
        for window in facts.windows
        if window["at"] + window["seconds"] > facts.now - STALE_WINDOWS and not _is_overtaken(window, facts.states)
    ]
    rtt, loss = figures(fresh)
    if loss is not None and loss >= 1.0:
        return Verdict("down", "internet")
    if loss is not None and loss >= LOSSY:
        return Verdict("degraded", "loss")
    if rtt is not None and rtt >= SLOW_RTT:
        return Verdict("degraded", "latency")
    return None


def _is_overtaken(window: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> bool:
    """The target answered again after this window: what it tells of is over."""
    state = states.get("target:" + window["labels"].get("target", ""), {})
    return state.get("after") == "up" and state.get("at", 0.0) >= window["at"] + window["seconds"] / 2
