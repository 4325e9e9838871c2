"""True times from a box's two clocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Stamp
from monitoring.clock import MAX_BOOTS, BoxClock, Timeline, observe

NOW = 1_795_496_400.0
DAY = 86_400.0


def stamp(mono: float, wall: float = 0.0, boot: str = "b") -> Stamp:
    return Stamp(wall=wall, mono=mono, boot=boot)


def test_within_a_boot_the_wall_clock_plays_no_part() -> None:
    clock = observe(BoxClock(), stamp(1_000.0, wall=5.0), NOW, None)
    timeline = Timeline(clock, NOW)
    assert timeline.place(stamp(400.0, wall=9e9)) == NOW - 600
    assert clock.skew == 5.0 - NOW


def test_a_head_that_travelled_long_does_not_move_the_clock() -> None:
    clock = observe(BoxClock(), stamp(1_000.0), NOW, None)
    late = observe(clock, stamp(1_900.0), NOW + 920.0, NOW)
    assert abs(late.offsets["b"] - clock.offsets["b"]) < 0.5


def test_a_crystal_that_drifts_is_followed() -> None:
    clock, since = observe(BoxClock(), stamp(0.0), NOW, None), NOW
    for hour in range(1, 24 * 30):
        at = NOW + hour * 3600.0
        clock = observe(clock, stamp(hour * 3600.0 * (1 - 1e-4)), at, since)
        since = at
    last = (24 * 30 - 1) * 3600.0 * (1 - 1e-4)
    assert abs(clock.offsets["b"] + last - since) < 3600.0 * 2e-4 + 1


def test_a_boot_that_never_reached_us_is_placed_by_its_wall_clock_corrected_by_todays_error() -> None:
    clock = observe(BoxClock(), stamp(100.0, wall=NOW - 3 * DAY), NOW, None)  # three days behind
    timeline = Timeline(clock, NOW)
    assert timeline.place(stamp(50.0, wall=NOW - 3 * DAY - 7_200, boot="before")) == NOW - 7_200
    assert timeline.place(stamp(110.0, wall=0.0, boot="before")) == NOW - 7_140  # order and distance stay


def test_an_older_boot_never_reaches_into_the_running_one_nor_before_what_came_earlier() -> None:
    clock = observe(BoxClock(), stamp(100.0, wall=NOW), NOW, None)
    ahead = Timeline(clock, NOW, floor=NOW - DAY)
    assert ahead.place(stamp(5.0, wall=NOW + 10 * 365 * DAY, boot="x")) == NOW - 100
    behind = Timeline(clock, NOW, floor=NOW - DAY)
    assert behind.place(stamp(5.0, wall=0.0, boot="x")) == NOW - DAY


@given(st.lists(st.tuples(st.floats(-1e12, 1e12), st.floats(0, 1e9), st.sampled_from("abc")), max_size=30))
def test_whatever_a_box_claims_no_record_is_in_the_future_and_a_boots_order_stays(
    records: list[tuple[float, float, str]],
) -> None:
    clock = observe(BoxClock(), stamp(500.0, wall=1.0, boot="a"), NOW, None)
    timeline, placed = Timeline(clock, NOW), []
    for wall, mono, boot in records:
        placed.append((boot, mono, timeline.place(stamp(mono, wall, boot))))
    assert all(at <= NOW for _, _, at in placed)
    for boot in "abc":
        times = sorted((mono, at) for name, mono, at in placed if name == boot)
        assert [at for _, at in times] == sorted(at for _, at in times)


def test_only_the_last_boots_are_remembered_and_the_running_one_is_among_them() -> None:
    clock = observe(BoxClock(), stamp(1.0, boot="running"), NOW, None)
    timeline = Timeline(clock, NOW)
    for number in range(40):
        timeline.place(stamp(1.0, wall=NOW - 1e6 + number, boot=f"old-{number}"))
    assert len(timeline.clock.offsets) == MAX_BOOTS
    assert "running" in timeline.clock.offsets
    assert "old-39" in timeline.clock.offsets
