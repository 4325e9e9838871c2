"""Moments of a day hashed from a box's id: spread over boxes, steady for each, never in a lesson when they are loud."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from monitoring.calendar import DAYS, phase
from monitoring.slots import MARGIN, next_slot, per_day, share, slots_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TUESDAY, SUNDAY = dt.date(2026, 11, 24), dt.date(2026, 11, 29)
SCHOOL = {
    "hours": {day: ["06:30", "17:30"] for day in DAYS[:6]},
    "shifts": [{"periods": [["07:00", "07:45"], ["07:50", "11:00"]]}, {"periods": [["13:00", "16:45"]]}],
    "exams": [["2026-12-21", "2026-12-21"]],
}
BOXES = [f"box-{number}" for number in range(400)]


def at(date: dt.date, clock: str = "00:00") -> float:
    return dt.datetime.combine(date, dt.time.fromisoformat(clock), ZONE).timestamp()


def test_half_of_a_school_day_is_measured_outside_lessons_and_half_lightly_inside() -> None:
    for box in BOXES[:50]:
        slots = slots_of(box, SCHOOL, TUESDAY, ZONE, 4)
        assert [slot.is_light for slot in slots].count(True) == 2
        for slot in slots:
            assert phase(SCHOOL, slot.at, ZONE) in (("lesson", "break") if slot.is_light else ("open",))
            assert slot.is_light or phase(SCHOOL, slot.at + MARGIN - 1, ZONE) != "lesson"


def test_a_day_off_has_all_of_its_moments_over_the_whole_day() -> None:
    slots = slots_of("box", SCHOOL, SUNDAY, ZONE, 4)
    assert [slot.is_light for slot in slots] == [False] * 4
    assert all((slot.at - at(SUNDAY)) // 21_600 == number for number, slot in enumerate(slots))


def test_a_day_of_exams_is_light_and_a_crowded_day_too() -> None:
    exam = slots_of("box", SCHOOL, dt.date(2026, 12, 21), ZONE, 4)
    assert [slot.is_light for slot in exam] == [True] * 4
    full = {"hours": {"tue": ["07:00", "11:05"]}, "shifts": [{"periods": [["07:00", "11:00"]]}]}
    assert {slot.is_light for slot in slots_of("box", full, TUESDAY, ZONE, 4)} == {True}


def test_the_same_box_keeps_its_moment_within_the_jitter_and_boxes_are_spread() -> None:
    first = {box: slots_of(box, {}, TUESDAY, ZONE, 4)[0].at - at(TUESDAY) for box in BOXES}
    after = {box: slots_of(box, {}, SUNDAY, ZONE, 4)[0].at - at(SUNDAY) for box in BOXES}
    assert all(abs(first[box] - after[box]) <= 600 for box in BOXES)
    assert sum(first[box] != after[box] for box in BOXES) > 0.95 * len(BOXES)  # those at an edge are clamped
    hours = Counter(int(seconds // 3600) for seconds in first.values())
    assert set(hours) == set(range(6))
    assert max(hours.values()) < 2 * len(BOXES) / 6


def test_the_next_moment_comes_after_a_day_without_any() -> None:
    slot = next_slot("box", SCHOOL, at(TUESDAY, "17:30"), ZONE, 21_600)
    assert slot is not None
    assert dt.datetime.fromtimestamp(slot.at, ZONE).date() == TUESDAY + dt.timedelta(days=1)
    all_taught = {"shifts": [{"periods": [["00:00", "04:00"]]}]}
    assert next_slot("box", all_taught, at(TUESDAY), ZONE, 86_400) is not None


def test_an_interval_is_so_many_tests_a_day() -> None:
    assert [per_day(every) for every in (3_600, 21_600, 86_400, 604_800)] == [24, 4, 1, 1]


def test_shares_are_even_and_the_same_for_the_same_words() -> None:
    assert share("a", 1) == share("a", 1) != share("a", 2)
    tenths = Counter(int(share("box", number) * 10) for number in range(5_000))
    assert len(tenths) == 10
    assert max(tenths.values()) < 600
