"""The last ten minutes at full resolution, in memory; kept as evidence when a state changes. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from agent.wire import RawSamples, Sample, Stamp, StateChange

AROUND = 600.0  # seconds before and after a change
MAX_SAMPLES = 20_000


@dataclass(slots=True)
class Freeze:
    """The second half of an evidence, still to come."""

    change: StateChange
    since: float
    due: float


@dataclass(slots=True)
class Ring:
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))
    waiting: list[Freeze] = field(default_factory=list)
    _kept_to: float = 0.0  # all samples up to here are in an evidence already, or will be

    def add(self, sample: Sample) -> None:
        """``sample.at`` says when."""
        self.samples.append(sample)

    def freeze(self, change: StateChange, now: Stamp) -> RawSamples | None:
        """The ten minutes before ``change``, at once, since the power may go next; None when they are kept already.
        What follows comes by ``due``."""
        before = self._between(max(change.at.mono - AROUND, self._kept_to), now.mono)
        if not any(each.due >= now.mono + AROUND / 2 for each in self.waiting):
            since = max([now.mono, *(each.due for each in self.waiting)])
            self.waiting.append(Freeze(change, since, now.mono + AROUND))
        self._kept_to = max(self._kept_to, now.mono)
        return RawSamples(subject=change.subject, around=change.at, samples=before) if before else None

    def due(self, mono: float, *, all_now: bool = False) -> list[RawSamples]:
        """Second halves whose time has come (all of them when the box stops)."""
        ripe = [each for each in self.waiting if all_now or each.due <= mono]
        self.waiting = [each for each in self.waiting if each not in ripe]
        found = []
        for each in ripe:
            after = self._between(max(each.since, self._kept_to), min(each.due, mono))
            self._kept_to = max(self._kept_to, min(each.due, mono))
            if after:
                found.append(RawSamples(subject=each.change.subject, around=each.change.at, samples=after))
        self._forget(mono)
        return found

    def _between(self, after: float, until: float) -> list[Sample]:
        return [each for each in self.samples if each.at is not None and after < each.at.mono <= until]

    def _forget(self, mono: float) -> None:
        oldest = min([mono, *(each.since for each in self.waiting)]) - AROUND
        while self.samples and self.samples[0].at is not None and self.samples[0].at.mono < oldest:
            self.samples.popleft()
