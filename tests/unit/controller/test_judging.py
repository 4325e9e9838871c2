"""The status of a school, its calendar, its windows and its days: pure arithmetic."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitoring import days, windows
from monitoring.calendar import CalendarError, check, is_expected_off
from monitoring.status import Facts, judge, silent_after

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE).timestamp()  # a Tuesday
CALENDAR = {"hours": {"mon": ["06:30", "17:30"], "tue": ["06:30", "17:30"]}, "holidays": [["2026-11-30", "2026-12-01"]]}


def window(target: str, at: float = NOW - 900, **more: Any) -> dict[str, Any]:
    return {
        "name": "rtt_seconds",
        "labels": {"target": target},
        "at": at,
        "seconds": 900.0,
        "count": 30,
        "lost": 0,
        "median": 0.02,
        "p95": 0.05,
        "agent": "a",
    } | more


def facts(**more: Any) -> Facts:
    return Facts(**({"now": NOW, "has_box": True, "last_seen": NOW} | more))


@pytest.mark.parametrize(
    ("known", "status", "reason"),
    [
        (facts(has_box=False), "no-box", ""),
        (facts(), "up", ""),
        (facts(last_seen=None), "no-box", "waiting"),
        (facts(last_seen=NOW - 95), "up", ""),
        (facts(last_seen=NOW - 96), "silent", "no-beat"),
        (facts(last_seen=NOW - 96, is_expected_off=True), "expected-off", "calendar"),
        (facts(is_expected_off=True), "up", ""),
        (facts(last_seen=NOW - 200, beat_every=60.0), "silent", "no-beat"),
        (facts(last_seen=NOW - 180, beat_every=60.0), "up", ""),
        (facts(states={"target:gateway": {"after": "down"}}), "down", "gateway"),
        (facts(states={"target:domestic:a": {"after": "down"}}), "down", "internet"),
        (
            facts(states={"target:domestic:a": {"after": "down"}, "target:international:b": {"after": "up"}}),
            "degraded",
            "targets",
        ),
        (facts(states={"target:dns": {"after": "down"}}), "degraded", "dns"),
        (facts(windows=[window("domestic:a", lost=2)]), "degraded", "loss"),
        (facts(windows=[window("domestic:a", lost=1)]), "up", ""),
        (facts(windows=[window("domestic:a", median=0.31)]), "degraded", "latency"),
        (facts(windows=[window("domestic:a", lost=30, median=None)]), "down", "internet"),
        (facts(windows=[window("domestic:a", at=NOW - 10_000, lost=30)]), "up", ""),
        (facts(windows=[window("gateway", lost=30)]), "up", ""),
    ],
)
def test_a_school_is_judged_by_what_is_known_of_it(known: Facts, status: str, reason: str) -> None:
    verdict = judge(known)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_three_missed_beats_are_silence_and_never_less_than_95_seconds() -> None:
    assert [silent_after(every) for every in (1.0, 30.0, 60.0)] == [95.0, 95.0, 185.0]


@pytest.mark.parametrize(
    ("when", "is_off"),
    [
        ("2026-11-24T10:00", False),
        ("2026-11-24T06:29", True),
        ("2026-11-24T06:30", False),
        ("2026-11-24T17:30", True),
        ("2026-11-25T10:00", True),  # a Wednesday, which the hours do not name
        ("2026-11-30T10:00", True),  # a holiday
        ("2026-12-01T23:59", True),
        ("2026-12-07T10:00", False),
    ],
)
def test_a_school_is_expected_off_at_night_on_free_days_and_on_holidays(when: str, is_off: bool) -> None:
    at = datetime.fromisoformat(when).replace(tzinfo=ZONE).timestamp()
    assert is_expected_off(CALENDAR, at, ZONE) is is_off


def test_an_empty_calendar_expects_the_box_to_be_on() -> None:
    assert not is_expected_off({}, NOW, ZONE)
    assert not is_expected_off({"holidays": []}, NOW, ZONE)


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        ({"hours": {"day": ["06:30", "17:30"]}}, "unknown day 'day'"),
        ({"hours": {"mon": ["17:30", "06:30"]}}, "mon ends before it begins"),
        ({"hours": {"mon": ["6h", "17h"]}}, "not a calendar"),
        ({"hours": {"mon": "x"}}, "not a calendar"),
        ({"hours": []}, "not a calendar"),
        ({"holidays": [["2026-12-01", "2026-11-30"]]}, "2026-12-01 is after 2026-11-30"),
        ({"holidays": [1]}, "not a calendar"),
        ({"nights": 1}, "unknown part 'nights'"),
    ],
)
def test_a_wrong_calendar_is_named_and_expects_nothing_off(calendar: dict[str, Any], words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        check(calendar)
    assert not is_expected_off(calendar, NOW, ZONE)


def test_windows_are_put_in_order_and_each_is_kept_once() -> None:
    late, early = window("a", NOW), window("a", NOW - 900)
    assert windows.in_order([late, early, late]) == [early, late]
    assert len(windows.in_order([late, late | {"agent": "b"}])) == 2


def test_the_newest_window_of_each_target_is_shown() -> None:
    old, new, other = window("a", NOW - 900), window("a", NOW), window("b", NOW - 1800)
    assert windows.newest([new, other], [old]) == [new, other]


def test_the_figures_speak_of_the_best_class_of_targets() -> None:
    both = [window("controller", median=0.5), window("domestic:a", lost=3), window("domestic:b", median=0.04)]
    assert windows.figures(both) == (0.03, 0.05)
    assert windows.figures([window("gateway")]) == (None, None)
    assert windows.figures([]) == (None, None)
    assert windows.figures([window("domestic:a", lost=30, median=None)]) == (None, 1.0)


def test_a_days_round_trip_weighs_its_windows_by_how_long_they_last() -> None:
    start, end = days.bounds("2026-11-24", ZONE)
    calm = [window("domestic:a", start + at * 900, median=0.02) for at in range(20)]
    minutes = [window("domestic:a", start + 18_000 + at * 60, seconds=60.0, median=0.3) for at in range(60)]
    assert days.roll_up([*calm, *minutes], [], start, end, end)["rtt_median"] == 0.02


def test_each_second_of_a_day_counts_once() -> None:
    start, end = days.bounds("2026-11-24", ZONE)
    assert end - start == 86_400
    seen = [
        window("domestic:a", start),
        window("domestic:b", start),  # the same quarter of an hour
        window("domestic:a", start + 600, seconds=60.0, lost=30),  # inside of it
        window("domestic:a", start + 900, seconds=60.0, lost=30),
        window("domestic:a", end - 300),  # reaches into the next day
    ]
    assert days.availability(seen, start, end) == {"up": 1200.0, "down": 60.0, "inside": 0.0, "other": 0.0}


def test_a_day_without_a_word_is_unknown_as_far_as_it_has_passed() -> None:
    start, end = days.bounds("2026-11-24", ZONE)
    assert days.roll_up([], [], start, end, NOW)["unknown_seconds"] == 36_000
    assert days.roll_up([], [], start, end, NOW + 1e9)["unknown_seconds"] == 86_400


def test_the_day_of_a_moment_is_the_provinces() -> None:
    assert days.day_of(datetime(2026, 11, 23, 16, 59, tzinfo=ZoneInfo("UTC")).timestamp(), ZONE) == "2026-11-23"
    assert days.day_of(datetime(2026, 11, 23, 17, 0, tzinfo=ZoneInfo("UTC")).timestamp(), ZONE) == "2026-11-24"
