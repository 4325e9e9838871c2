"""The raw samples around a change."""

from __future__ import annotations

from agent.raw import AROUND, Ring
from agent.wire import RawSamples, Sample, Stamp, StateChange


def at(mono: float) -> Stamp:
    return Stamp(wall=mono, mono=mono, boot="b")


def fill(ring: Ring, start: int, end: int) -> None:
    for mono in range(start, end, 10):
        ring.add(Sample(name="rtt_seconds", value=float(mono), at=at(mono)))
        ring.due(mono)


def change(mono: float) -> StateChange:
    return StateChange(at=at(mono), subject="target:gateway", before="up", after="down")


def moments(raw: RawSamples | None) -> list[float]:
    return [] if raw is None else [sample.value for sample in raw.samples]


def test_the_ten_minutes_before_come_at_once_and_the_ten_after_when_they_are_over() -> None:
    ring = Ring()
    fill(ring, 0, 2_000)
    before = ring.freeze(change(1_980), at(1_990))
    assert moments(before)[0] == 1_980 - AROUND + 10
    assert moments(before)[-1] == 1_990
    fill(ring, 2_000, 2_590)
    assert ring.due(2_589) == []
    (after,) = ring.due(2_590)
    assert after.around.mono == 1_980
    assert moments(after) == [float(mono) for mono in range(2_000, 2_590, 10)]


def test_a_flapping_line_gives_each_sample_once() -> None:
    ring = Ring()
    told: list[float] = []
    for mono in range(0, 7_200, 10):
        ring.add(Sample(name="rtt_seconds", value=float(mono), at=at(mono)))
        if mono % 120 == 60:
            told += moments(ring.freeze(change(mono), at(mono)))
        for raw in ring.due(mono):
            told += moments(raw)
    for raw in ring.due(7_200, all_now=True):
        told += moments(raw)
    assert len(told) == len(set(told))
    assert set(told) >= {float(mono) for mono in range(10, 7_190, 10)}


def test_without_a_change_the_memory_holds_ten_minutes() -> None:
    ring = Ring()
    fill(ring, 0, 86_400)
    assert len(ring.samples) <= AROUND / 10 + 2


def test_when_the_box_stops_what_is_there_of_the_second_half_is_kept() -> None:
    ring = Ring()
    fill(ring, 0, 1_000)
    ring.freeze(change(990), at(990))
    fill(ring, 1_000, 1_100)
    (after,) = ring.due(1_090, all_now=True)
    assert moments(after) == [float(mono) for mono in range(1_000, 1_100, 10)]
