"""When a box runs its rare probes: its own time, spread over the province."""

from __future__ import annotations

from agent.scheduler import next_slot, slot

EVERY = 21_600.0


def test_a_box_keeps_its_time() -> None:
    assert slot("agent", "speed", EVERY) == slot("agent", "speed", EVERY)
    assert slot("agent", "speed", EVERY) != slot("agent", "host", EVERY)


def test_a_province_is_spread_evenly() -> None:
    minutes = [0] * 36
    for number in range(1_084):
        minutes[int(slot(f"{number:016x}", "speed", EVERY) // 600)] += 1
    assert max(minutes) < 3 * 1_084 / 36


def test_the_next_slot_is_never_now_and_never_later_than_one_period() -> None:
    for now in (0.0, 1e9, 1_763_978_400.25):
        wait = next_slot("agent", "host", 3_600.0, now)
        assert 0.5 < wait <= 3_600.5
        reached = (now + wait) % 3_600.0
        assert abs(reached - slot("agent", "host", 3_600.0)) < 1e-3
