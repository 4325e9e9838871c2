"""Whether it is the province that hears nothing, rather than the schools that say nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from monitoring.status import silent_after

LATE_BEATS = 2.0  # a school that has missed so many is on its way to be called silent
SHARE = 0.6
SCHOOLS = 4  # fewer prove nothing
MISSES = 2  # looks in a row without any answer: our line is down
STALE = 150.0  # seconds: a check that is older says nothing
COME_BACK = 400.0  # seconds: boxes that were refused for long beat each five minutes; they are waited for


@dataclass(frozen=True, slots=True)
class Uplink:
    """Our own line: "ok", "down", or "unknown" when nobody checked it lately, which is not well."""

    state: str = "unknown"
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the last look at our own line left behind, for the next one, for pages and for metrics."""

    state: str = "unknown"
    since: float = 0.0
    checked_at: float = 0.0
    misses: int = 0
    answers: Mapping[str, bool] = field(default_factory=dict)  # who was asked, and whether they answered
    proven: tuple[str, ...] = ()  # of those, who has answered at least once

    def at(self, now: float) -> Uplink:
        return Uplink(self.state, self.since) if now - self.checked_at <= STALE else Uplink()


def looked(before: Look, answers: Mapping[str, bool], now: float) -> Look:
    """After one more look. Silence of somebody who never answered is no evidence: they may not talk to strangers."""
    proven = tuple(sorted(name for name, is_there in answers.items() if is_there or name in before.proven))
    is_fresh = now - before.checked_at <= STALE
    misses = 0 if any(answers.values()) else (before.misses if is_fresh else 0) + 1
    state = before.state if is_fresh else "unknown"
    if not proven:
        state = "unknown"
    elif not misses:
        state = "ok"
    elif misses >= MISSES:
        state = "down"
    return Look(state, before.since if state == before.state else now, now, misses, dict(answers), proven)


@dataclass(frozen=True, slots=True)
class Side:
    since: float | None = None  # cut off since then
    ended: float | None = None  # and well again since then
    schools: int = 0  # that we did not hear, at most: their beats are spread, so it grows for a beat or two

    @property
    def is_cut(self) -> bool:
        return self.since is not None and self.ended is None

    def is_held(self, now: float) -> bool:
        """Whether silence is not yet held against a school."""
        return self.is_cut or (self.ended is not None and now - self.ended < COME_BACK)


def late_ones(ages: Collection[float], beat_every: float) -> int:
    return sum(age > LATE_BEATS * beat_every for age in ages)


def most_are_gone(ages: Collection[float], beat_every: float) -> bool:
    """Whether most schools vanished together, by the ages of their last signs of life (of those not lost before).

    One that is silent by now and most others late is enough: all of an outage fall silent within one beat.
    """
    if not any(age > silent_after(beat_every) for age in ages):
        return False
    late = late_ones(ages, beat_every)
    return late >= SCHOOLS and late >= SHARE * len(ages)


def after(before: Side, ages: Collection[float], beat_every: float, uplink: Uplink, now: float) -> Side:
    """Our side now. A check that says "ok" ends it at once: what comes back late comes back by its own rhythm."""
    late = late_ones(ages, beat_every)
    if before.is_cut:
        is_back = uplink.state == "ok" and before.since is not None and uplink.since > before.since
        if is_back:
            return replace(before, ended=uplink.since)
        if uplink.state == "down" or most_are_gone(ages, beat_every):
            return replace(before, schools=max(before.schools, late))
        return replace(before, ended=now)
    if uplink.state == "down" or (most_are_gone(ages, beat_every) and not before.is_held(now)):
        began = max((age for age in ages if age > LATE_BEATS * beat_every), default=0.0)
        return Side(since=now - began, schools=late)
    return before
