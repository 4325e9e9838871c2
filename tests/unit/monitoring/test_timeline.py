"""What the line was at each moment: windows first, then the controller's own judgement, else unknown."""

from __future__ import annotations

from typing import Any

from monitoring.timeline import Change, Span, available, seconds_of, timeline, within

HOUR = 3600.0


def window(at: float, lost: int = 0, rtt: float = 0.02, seconds: float = 900.0, target: str = "domestic:vnix") -> Any:
    median = None if lost == 60 else rtt
    window = {"name": "rtt_seconds", "labels": {"target": target}, "at": at, "seconds": seconds}
    return window | {"count": 60, "lost": lost, "median": median, "p95": median}


def test_an_hour_of_good_windows_is_up() -> None:
    spans = timeline([window(at) for at in (0, 900, 1800, 2700)], [], 0, HOUR)
    assert spans == [Span(0, HOUR, "up")]


def test_windows_say_down_when_nothing_answered_and_degraded_when_much_was_lost_or_late() -> None:
    windows = [window(0, lost=60), window(900, lost=6), window(1800, rtt=0.4), window(2700)]
    spans = timeline(windows, [], 0, HOUR)
    assert [(span.status, span.seconds) for span in spans] == [("down", 900), ("degraded", 1800), ("up", 900)]


def test_a_gateway_that_answers_does_not_make_the_line_up() -> None:
    spans = timeline([window(0, lost=60), window(0, target="gateway")], [], 0, 900)
    assert spans == [Span(0, 900, "down")]


def test_a_time_without_windows_is_unknown_and_never_up() -> None:
    spans = timeline([window(0)], [], 0, 10 * HOUR)
    assert spans == [Span(0, 900, "up"), Span(900, 10 * HOUR, "unknown")]


def test_the_newest_minutes_whose_window_is_still_open_are_as_the_controller_hears() -> None:
    spans = timeline([window(0)], [Change(0, "up")], 0, 1500)
    assert spans == [Span(0, 1500, "up")]


def test_silence_is_silence_where_no_windows_came_later() -> None:
    changes = [Change(1000, "silent"), Change(5000, "up")]
    spans = timeline([window(0), window(5000)], changes, 0, 5900)
    assert [(span.start, span.status) for span in spans] == [
        (0, "up"),
        (900, "unknown"),
        (1000, "silent"),
        (5000, "up"),
    ]


def test_what_a_box_tells_later_stands_over_the_silence() -> None:
    changes = [Change(900, "silent"), Change(2700, "up")]
    spans = timeline([window(0), window(900, lost=60), window(1800, lost=60), window(2700)], changes, 0, HOUR)
    assert [(span.start, span.status) for span in spans] == [(0, "up"), (900, "down"), (2700, "up")]


def test_before_the_first_judgement_nothing_is_known() -> None:
    spans = timeline([], [Change(HOUR, "silent")], 0, 2 * HOUR)
    assert spans == [Span(0, HOUR, "unknown"), Span(HOUR, 2 * HOUR, "silent")]


def test_before_the_first_box_all_is_unknown() -> None:
    changes = [Change(HOUR, "up")]
    spans = timeline([window(HOUR, seconds=HOUR)], changes, 0, 2 * HOUR)
    assert spans == [Span(0, HOUR, "unknown"), Span(HOUR, 2 * HOUR, "up")]


def test_short_windows_over_a_long_one_count_each_second_once() -> None:
    spans = timeline([window(0), window(600, lost=60, seconds=60)], [], 0, 900)
    assert sum(span.seconds for span in spans) == 900


def test_availability_is_of_the_measured_time_only() -> None:
    spans = [Span(0, 90, "up"), Span(90, 100, "down"), Span(100, 1000, "unknown"), Span(1000, 2000, "silent")]
    seconds = seconds_of(spans)
    assert available(seconds) == 0.9
    assert seconds["unknown"] == 900
    assert available(seconds_of([Span(0, 10, "silent")])) is None


def test_spans_are_cut_to_a_day() -> None:
    assert within([Span(0, 10, "up"), Span(10, 20, "down")], 5, 12) == [Span(5, 10, "up"), Span(10, 12, "down")]
