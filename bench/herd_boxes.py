"""When each box of a province exchanges after an outage: by the agent's own courier, its clock and its line played.

Nothing of the courier's timing is written again here: ``Courier._turn`` itself decides, the real ``Beats`` answers, and
a look each 30 s wakes it as ``agent/scheduler.py`` does: ``DOWN_AFTER`` looks into the cut, ``UP_AFTER`` after it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
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
BEFORE = 1_000.0  # seconds of ordinary life before the cut, so that phases are a province's
GIVE_UP = 7_200.0  # seconds after the return


@dataclass(slots=True)
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Line:
    """What ``Exchange`` and its link are to a courier: calls that hang while the line is cut."""

    agent: str
    clock: Clock
    beats: Beats
    cut: float  # when the line goes, and when it is back
    back: float
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
        try:
            return self.beats.take(Beat(agent=self.agent, token=self.beat_token, boot="boot", up=1.0, next_seq=1))
        except BeatRefused:
            raise Refused(401, "bad-token", "", None, {}) from None

    def _cross(self) -> None:
        if self.cut <= self.clock.now < self.back:
            self.clock.now += CONNECT_SECONDS
            raise LinkError("timeout")


def _courier(line: Line, chance: random.Random) -> Courier:
    nothing = SimpleNamespace(note=lambda **_facts: None, controller_time=lambda *_: 0.0, trouble="")
    config = SimpleNamespace(beat_every=0.0, exchange_every=0.0)
    identity = SimpleNamespace(state="accepted", school_name="")
    box: Any = SimpleNamespace(config=config, identity=identity, board=nothing, standing=nothing, spool=nothing)
    courier = Courier(box, lambda _reply: None)
    courier._exchange = cast(Exchange, line)
    courier._random = cast(random.SystemRandom, chance)  # the same boxes on each run
    courier._exchange_backoff.random = courier._beat_backoff.random = chance
    return courier


def first_exchange(agent: str, clock: Clock, beats: Beats, outage: float, chance: random.Random) -> float:
    """Seconds from the line's return to this box's first exchange; ``GIVE_UP`` when there was none."""
    clock.now = chance.uniform(0, EXCHANGE_EVERY)
    line = Line(agent, clock, beats, EXCHANGE_EVERY + BEFORE, EXCHANGE_EVERY + BEFORE + outage)
    courier = _courier(line, chance)
    courier._next_exchange = clock.now
    look = chance.uniform(0, LOOK_EVERY)
    wakes = [line.cut + look + (DOWN_AFTER - 1) * LOOK_EVERY, line.back + look + (UP_AFTER - 1) * LOOK_EVERY]
    while line.first is None and clock.now < line.back + GIVE_UP:
        wait = courier._turn()
        until = clock.now + (0.0 if courier._wake.is_set() else max(wait, 0.001))
        courier._wake.clear()
        if wakes and wakes[0] <= until:
            clock.now = max(clock.now, wakes.pop(0))
            courier.wake()
        else:
            clock.now = until
    return (line.first - line.back) if line.first is not None else GIVE_UP


def returns(count: int, outage: float, seed: int) -> list[float]:
    """When each box's first exchange leaves, in seconds after the line is back, in order."""
    clock, chance = Clock(), random.Random(seed)
    beats = Beats(KEY, BEAT_EVERY, clock)
    log = logging.getLogger("truongnet.courier")
    before, log.disabled = log.disabled, True
    try:
        with mock.patch("agent.courier.monotonic", clock):
            return sorted(first_exchange(f"{number:016x}", clock, beats, outage, chance) for number in range(count))
    finally:
        log.disabled = before


def spread(moments: Sequence[float], second: float = 1.0) -> dict[str, float]:
    """How even arrivals are from the first to the last: the fullest ``second`` against the mean of all."""
    window = max(moments[-1] - moments[0], second)
    bins: dict[int, int] = {}
    for at in moments:
        place = int((at - moments[0]) // second)
        bins[place] = bins.get(place, 0) + 1
    mean = len(moments) * second / window
    return {
        "first_s": round(moments[0], 1),
        "last_s": round(moments[-1], 1),
        "peak_per_s": round(max(bins.values()) / second, 1),
        "mean_per_s": round(mean / second, 1),
        "peak_over_mean": round(max(bins.values()) / mean, 2),
    }


def served(moments: Sequence[float], per_second: float) -> dict[str, float]:
    """One queue, first come first served, at a constant rate: when the last is acknowledged, and how long one waits."""
    free, waits = 0.0, []
    for at in moments:
        free = max(free, at) + 1 / per_second
        waits.append(free - at)
    return {"all_acknowledged_s": round(free, 1), "most_wait_s": round(max(waits), 1)}
