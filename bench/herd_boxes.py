"""When each box of a province exchanges after an outage: by the agent's own courier, its clock and its line played.

Nothing of the courier's timing is written again here: ``Courier._turn`` itself decides, one ``Beats`` of the controller
answers all of them in the order of time, and a look each 30 s wakes a box as ``agent/scheduler.py`` does:
``DOWN_AFTER`` looks into the cut, ``UP_AFTER`` after it.
"""

from __future__ import annotations

import heapq
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

from agent.courier import BEAT_EVERY, Courier
from agent.exchange import Exchange
from agent.link import CONNECT_SECONDS, LinkError, Refused
from agent.probes import PROBES
from agent.state import DOWN_AFTER, UP_AFTER
from agent.wire import Beat, BeatReply, ExchangeReply
from controller.beats import BeatRefused, Beats
from controller.tokens import beat_token

KEY = b"herd"
EXCHANGE_EVERY = 900.0
LOOK_EVERY = float(PROBES["reach"][1])
BEFORE = 60.0  # seconds of ordinary life after each box's first exchange, so that all beat and no two are in step
GIVE_UP = 7_200.0  # seconds after the return
# What may bunch boxes lasts half a look or half a beat at least, 15 s: shorter bins than this would show the chance of
# how 1,000 boxes fall (57 a bin, so 1.3 times the mean by chance alone), longer ones would hide a bunch.
BIN = 10.0


@dataclass(slots=True)
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True, kw_only=True)
class Line:
    """What ``Exchange`` and its link are to a courier: calls that hang while the line is cut."""

    agent: str
    clock: Clock
    beats: Beats
    cut: float  # when the line goes, and when it is back
    back: float
    heard: Counter[int]  # beats that arrived, by the second of the controller's time
    beat_token: str = ""
    first: float | None = None  # when the first exchange after the return was sent

    @property
    def link(self) -> Line:
        return self

    def close(self) -> None:
        """Nothing is kept open."""

    def run(self) -> ExchangeReply:
        self._cross()
        now = self.clock.now
        if now >= self.back and self.first is None:
            self.first = now
        self.beats.seen(self.agent, now)
        self.beat_token = beat_token(KEY, self.agent, now)
        return ExchangeReply(
            v=1,
            now=now,
            epoch=1,
            next_seq=1,
            token="",
            beat_token=self.beat_token,
            beat_every=BEAT_EVERY,
            exchange_after=EXCHANGE_EVERY,
        )

    def beat(self) -> BeatReply:
        self._cross()
        self.heard[int(self.clock.now)] += 1
        try:
            return self.beats.take(Beat(agent=self.agent, token=self.beat_token, boot="boot", up=1.0, next_seq=1))
        except BeatRefused:
            raise Refused(401, "bad-token", "", None, {}) from None

    def _cross(self) -> None:
        if self.cut <= self.clock.now < self.back:
            self.clock.now += CONNECT_SECONDS
            raise LinkError("timeout")


@dataclass(slots=True)
class _Box:
    """A courier without its thread, and the looks that will wake it."""

    line: Line
    courier: Courier
    wakes: list[float] = field(default_factory=list)

    @classmethod
    def made(cls, line: Line, chance: random.Random) -> _Box:
        nothing = SimpleNamespace(note=lambda **_facts: None, controller_time=lambda *_: 0.0, trouble="")
        config = SimpleNamespace(beat_every=0.0, exchange_every=0.0)
        identity = SimpleNamespace(state="accepted", school_name="")
        box: Any = SimpleNamespace(config=config, identity=identity, board=nothing, standing=nothing, spool=nothing)
        courier = Courier(box, lambda _reply: None)
        courier._exchange = cast(Exchange, line)
        courier._random = cast(random.SystemRandom, chance)  # the same boxes on each run
        courier._exchange_backoff.random = courier._beat_backoff.random = chance
        look = chance.uniform(0, LOOK_EVERY)
        wakes = [line.cut + look + (DOWN_AFTER - 1) * LOOK_EVERY, line.back + look + (UP_AFTER - 1) * LOOK_EVERY]
        return cls(line, courier, wakes)

    def turn(self, clock: Clock) -> float:
        """Do what is due, and when there is more to do. A call that hangs takes its time from ``clock``."""
        began = clock.now
        if self.wakes and self.wakes[0] <= began:
            self.wakes.pop(0)
            self.courier.wake()
        self.courier._wake.clear()
        wait = self.courier._turn()
        if self.courier._wake.is_set():
            return clock.now
        until = clock.now + max(wait, 0.001)
        return min(until, max(clock.now, self.wakes[0])) if self.wakes else until


@dataclass(frozen=True, slots=True)
class Return:
    """``moments``: when each box's first exchange leaves, in seconds after the line is back, in order; ``GIVE_UP`` for
    a box that has not come by then. ``beats_per_s``: the most beats of one second after it."""

    moments: list[float]
    beats_per_s: int


def returns(count: int, outage: float, seed: int) -> Return:
    """Play ``count`` boxes whose line is cut for ``outage`` seconds."""
    clock, chance, heard = Clock(), random.Random(seed), Counter[int]()
    beats = Beats(KEY, BEAT_EVERY, clock)
    cut = EXCHANGE_EVERY + BEFORE
    log = logging.getLogger("truongnet.courier")
    before, log.disabled = log.disabled, True
    try:
        with mock.patch("agent.courier.monotonic", clock):
            lines = [
                Line(agent=f"{number:016x}", clock=clock, beats=beats, cut=cut, back=cut + outage, heard=heard)
                for number in range(count)
            ]
            boxes = [_Box.made(line, chance) for line in lines]
            queue = [(chance.uniform(0, EXCHANGE_EVERY), number) for number in range(count)]
            heapq.heapify(queue)
            while queue and queue[0][0] < cut + outage + GIVE_UP:
                clock.now, number = queue[0]
                again = boxes[number].turn(clock)
                if lines[number].first is None:
                    heapq.heapreplace(queue, (again, number))
                else:
                    heapq.heappop(queue)
    finally:
        log.disabled = before
    moments = sorted(line.first - line.back if line.first is not None else GIVE_UP for line in lines)
    return Return(moments, max((many for second, many in heard.items() if second >= cut + outage), default=0))


def spread(moments: Sequence[float], width: float) -> dict[str, float]:
    """How even arrivals (in order) are from the first to the last: the fullest ``width`` seconds against the mean."""
    span = max(moments[-1] - moments[0], width)
    bins = Counter(int((at - moments[0]) // width) for at in moments)
    peak, mean = max(bins.values()) / width, len(moments) / span
    return {
        "first_s": round(moments[0], 1),
        "last_s": round(moments[-1], 1),
        "peak_per_s": round(peak, 1),
        "mean_per_s": round(mean, 1),
        "peak_over_mean": round(peak / mean, 2),
    }


def served(moments: Sequence[float], per_second: float) -> dict[str, float]:
    """One queue, first come first served, at a constant rate: when the last is acknowledged, and how long one waits."""
    free, waits = 0.0, []
    for at in moments:
        free = max(free, at) + 1 / per_second
        waits.append(free - at)
    return {"all_acknowledged_s": round(free, 1), "most_wait_s": round(max(waits), 1)}


def needed(moments: Sequence[float], acknowledged: float, waiting: float) -> int:
    """How many a second ``served`` has to take for the last to be acknowledged and the longest wait to be over by then.

    Raises ValueError when no rate would do.
    """
    low, high = 0, 2 * len(moments)
    if moments[-1] >= acknowledged:
        raise ValueError("boxes come too late for any rate")
    while high - low > 1:
        rate = (low + high) // 2
        found = served(moments, rate)
        is_enough = found["all_acknowledged_s"] <= acknowledged and found["most_wait_s"] <= waiting
        low, high = (low, rate) if is_enough else (rate, high)
    return high
