"""Which boxes that were silent are told to exchange at once, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from agent.wire import Beat
from controller.beats import A_SECOND, AT_ONCE, Beats
from controller.tokens import beat_token
from monitoring.status import silent_after

KEY, EVERY = b"key", 30.0
SILENCE = silent_after(EVERY) + 1.0


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def is_called(beats: Beats, clock: Clock, number: int) -> bool:
    agent = f"{number:016x}"
    beat = Beat(agent=agent, token=beat_token(KEY, agent, clock.now), boot="boot", up=1.0, next_seq=1)
    return beats.take(beat).work


def known(clock: Clock, count: int) -> Beats:
    beats = Beats(KEY, EVERY, clock)
    for number in range(count):
        beats.seen(f"{number:016x}", clock.now)
    return beats


def test_a_box_that_was_silent_is_told_once_to_come() -> None:
    clock = Clock()
    beats = known(clock, 1)
    clock.now += SILENCE
    assert [is_called(beats, clock, 0) for _ in range(2)] == [True, False]


def test_a_box_that_beats_on_is_not_told_to_come() -> None:
    clock = Clock()
    beats = known(clock, 1)
    for _ in range(3):
        clock.now += EVERY
        assert not is_called(beats, clock, 0)


def test_after_a_restart_of_ours_nobody_is_told_to_come() -> None:
    clock = Clock()
    beats = known(clock, 0)
    clock.now += SILENCE
    assert not is_called(beats, clock, 0)


def test_of_many_a_few_are_told_to_come_and_more_as_time_passes() -> None:
    clock, count = Clock(), 100
    beats = known(clock, count)
    clock.now += SILENCE
    assert sum(is_called(beats, clock, number) for number in range(60)) == AT_ONCE
    clock.now += 10.0
    assert sum(is_called(beats, clock, number) for number in range(60, count)) == 10 * A_SECOND
