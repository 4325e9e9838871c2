"""Summaries of frequent measurements."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.windows import LOST, Windows
from agent.wire import Sample, Stamp


def at(mono: float) -> Stamp:
    return Stamp(wall=mono, mono=mono, boot="b")


def sample(value: float, name: str = "rtt_seconds", **labels: str) -> Sample:
    return Sample(name=name, value=value, labels=labels or {"target": "gateway", "address": "192.0.2.1"})


def test_a_window_counts_tries_and_losses_and_sums_up_the_answers() -> None:
    windows = Windows(at(100), 0.0)
    for value in (0.010, 0.030, 0.020, 0.040):
        windows.add(sample(value))
    windows.add(sample(1.0, LOST))
    (window,) = windows.close(at(1000))
    assert (window.name, window.count, window.lost, window.seconds) == ("rtt_seconds", 5, 1, 900.0)
    assert (window.min, window.median, window.p95, window.max) == (0.010, 0.025, 0.040, 0.040)
    assert window.jitter == pytest.approx((0.020 + 0.010 + 0.020) / 3, abs=1e-6)
    assert window.start == at(100)
    assert window.labels == {"target": "gateway", "address": "192.0.2.1"}


def test_a_window_in_which_nothing_answered_has_no_figures() -> None:
    windows = Windows(at(0), 0.0)
    windows.add(sample(3.0, LOST))
    (window,) = windows.close(at(60))
    assert (window.count, window.lost) == (3, 3)
    assert (window.min, window.median, window.p95, window.max, window.jitter) == (None,) * 5


def test_each_target_and_address_has_a_window_of_its_own_and_the_next_begins_empty() -> None:
    windows = Windows(at(0), 0.0)
    windows.add(sample(1.0, target="a", address="x"))
    windows.add(sample(1.0, target="a", address="y"))
    windows.add(sample(1.0, target="b", address="x"))
    assert len(windows.close(at(60))) == 3
    assert windows.close(at(120)) == []


def test_the_first_window_is_short_and_the_next_end_at_round_times_of_the_controllers_clock() -> None:
    windows = Windows(at(1_007), 30.0)
    offset = 1_763_978_400.0 - 1_000.0  # the controller's time is a multiple of 900 at mono 1000
    assert windows.ends(900, offset) == 1_037
    windows.close(at(1_037))
    assert windows.ends(900, offset) == 1_900
    assert windows.ends(60, offset) == 1_060
    windows.close(at(1_900))
    assert windows.ends(900, offset) == 2_800


def test_the_number_of_windows_is_bounded_whatever_the_labels() -> None:
    windows = Windows(at(0), 0.0)
    for number in range(10_000):
        windows.add(sample(1.0, target=str(number)))
    assert len(windows.close(at(60))) <= 200


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200))
def test_the_figures_are_ordered_and_within_the_values(values: list[float]) -> None:
    windows = Windows(at(0), 0.0)
    for value in values:
        windows.add(sample(value))
    (window,) = windows.close(at(60))
    assert window.min is not None
    assert window.median is not None
    assert window.p95 is not None
    assert window.max is not None
    assert window.min <= window.median <= window.max
    assert window.min <= window.p95 <= window.max
    assert window.median == pytest.approx(statistics.median(values), abs=1e-6)
    assert sum(value <= window.p95 + 1e-6 for value in values) >= 0.95 * len(values)
