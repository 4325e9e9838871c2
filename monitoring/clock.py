"""True times from a box's two clocks. Pure arithmetic.

A box's wall clock may be wrong by years; its monotonic clock counts seconds since boot and cannot be set. Each exchange
tells ``offset = controller's time - monotonic`` for the running boot, good for every record of that boot. Records of
boots in which the box never reached us are placed by their wall clock corrected by today's error, kept after what came
before and before the present boot began; within such a boot the monotonic clock keeps order and distances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from agent.wire import Stamp

MAX_BOOTS = 16  # remembered a box
DRIFT = 2e-4  # a cheap crystal gains or loses at most this fraction
DELAY = 30.0  # a request may have been under way for this long; more is another truth


@dataclass(frozen=True, slots=True)
class BoxClock:
    """What we know of one box's clocks: ``offsets`` by boot id (newest last), ``skew`` = its wall clock minus ours."""

    offsets: Mapping[str, float] = field(default_factory=dict)
    boot: str = ""
    skew: float = 0.0


def observe(known: BoxClock, head: Stamp, now: float, since: float | None) -> BoxClock:
    """The clock after a head stamped ``head`` arrived at ``now``; the last one arrived at ``since``.

    A head that travelled long makes the box look late, so the smallest offset of a boot is the best, but for drift.
    """
    seen = now - head.mono
    old = known.offsets.get(head.boot)
    if old is not None and abs(seen - old) < DELAY:
        seen = min(seen, old + max(0.0, now - (since or now)) * DRIFT)
    offsets = {boot: offset for boot, offset in known.offsets.items() if boot != head.boot}
    offsets[head.boot] = seen
    return BoxClock(offsets=newest(offsets), boot=head.boot, skew=head.wall - now)


def newest(offsets: Mapping[str, float]) -> dict[str, float]:
    return dict(list(offsets.items())[-MAX_BOOTS:])


@dataclass(slots=True)
class Timeline:
    """True times of one box's records, taken in order of their sequence numbers."""

    clock: BoxClock
    now: float
    floor: float = 0.0  # true time of the last record before these
    used: dict[str, float] = field(default_factory=dict)  # offsets by boot since ``begin``, as evidence cites them
    first: float = inf
    last: float = -inf

    def begin(self) -> None:
        """Forget what was used: another batch begins."""
        self.used, self.first, self.last = {}, inf, -inf

    def place(self, stamp: Stamp) -> float:
        """The controller's time of ``stamp``; never later than now."""
        offset = self.clock.offsets.get(stamp.boot)
        if offset is None:
            offset = self._guess(stamp)
            offsets = {boot: known for boot, known in self.clock.offsets.items() if boot != self.clock.boot}
            offsets[stamp.boot] = offset
            if self.clock.boot in self.clock.offsets:  # the running boot stays the newest: never forgotten
                offsets[self.clock.boot] = self.clock.offsets[self.clock.boot]
            self.clock = BoxClock(offsets=newest(offsets), boot=self.clock.boot, skew=self.clock.skew)
        self.used[stamp.boot] = offset
        at = stamp.mono + offset
        if at > self.now:
            at = self.now
        if at > self.floor:
            self.floor = at
        if at < self.first:
            self.first = at
        if at > self.last:
            self.last = at
        return at

    def known(self, boot: str, mono: float) -> float | None:
        """The controller's time of a moment in a boot that was seen before; None for any other."""
        offset = self.clock.offsets.get(boot)
        return None if offset is None else min(mono + offset, self.now)

    def _guess(self, stamp: Stamp) -> float:
        """An offset for a boot in which the box never reached us."""
        running = self.clock.offsets.get(self.clock.boot, self.now)  # offset = true time at which that boot began
        ceiling = min(running, self.now)
        guess = stamp.wall - self.clock.skew
        return max(min(guess, ceiling), min(self.floor, ceiling)) - stamp.mono
