"""Lessons, breaks, shifts, exams and Tết: what a school does at a moment, and what a wrong calendar is told."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.calendar import (
    DAYS,
    CalendarError,
    check,
    day_of,
    effective,
    is_expected_off,
    is_school_time,
    moment,
    next_quiet,
    phase,
    quiet_spans,
)
from monitoring.holidays import FIRST_YEAR, LAST_YEAR, LUNAR, holidays_of, sure_days
from tests.unit.monitoring.lunar import solar_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = [["07:00", "07:45"], ["07:50", "08:35"], ["09:00", "09:45"], ["09:50", "10:35"]]
NOON = [["13:00", "13:45"], ["13:50", "14:35"]]
SCHOOL: dict[str, Any] = {
    "hours": {day: ["06:30", "17:30"] for day in DAYS[:6]},
    "shifts": [{"periods": MORNING}, {"days": ["mon", "tue", "wed", "thu", "fri"], "periods": NOON}],
    "holidays": [["2027-06-01", "2027-08-15"]],
    "exams": [["2026-12-21", "2026-12-22"]],
    "workdays": ["2026-12-27"],
    "public_holidays": True,
}


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-24T06:29", "off"),
        ("2026-11-24T06:30", "open"),
        ("2026-11-24T07:00", "lesson"),
        ("2026-11-24T07:44:59", "lesson"),
        ("2026-11-24T07:45", "break"),
        ("2026-11-24T08:35", "break"),
        ("2026-11-24T10:35", "open"),  # noon: too long for a break
        ("2026-11-24T13:00", "lesson"),
        ("2026-11-24T14:35", "open"),
        ("2026-11-24T17:30", "off"),
        ("2026-11-28T08:00", "lesson"),  # a Saturday
        ("2026-11-28T13:10", "open"),  # whose second shift is free
        ("2026-11-29T08:00", "off"),  # a Sunday
        ("2026-12-21T06:45", "lesson"),  # exams all day
        ("2026-12-21T18:00", "off"),
        ("2026-12-27T08:00", "lesson"),  # a Sunday that is taught
        ("2027-02-06T08:00", "off"),  # first day of Tết
        ("2027-02-10T08:00", "lesson"),  # the fifth is not sure: it counts when a person enters it
        ("2027-06-01T08:00", "off"),
        ("2027-08-16T08:00", "lesson"),
    ],
)
def test_what_a_school_does_at_a_moment(when: str, expected: str) -> None:
    check(SCHOOL)
    assert phase(SCHOOL, at(when), ZONE) == expected
    assert is_expected_off(SCHOOL, at(when), ZONE) is (expected == "off")
    assert is_school_time(SCHOOL, at(when), ZONE) is (expected in ("lesson", "break"))
    assert is_school_time({"hours": SCHOOL["hours"]}, at("2026-11-24T12:00"), ZONE), "no lessons are known"


def test_the_old_form_reads_as_it_did() -> None:
    old = {"hours": {"mon": ["06:30", "17:30"], "tue": ["06:30", "17:30"]}, "holidays": [["2026-11-30", "2026-12-01"]]}
    check(old)
    found = [phase(old, at(f"2026-{day}T09:00"), ZONE) for day in ("11-24", "11-25", "11-30", "12-07")]
    assert found == ["open", "off", "off", "open"]


def test_an_evening_school_ends_at_midnight_and_not_after() -> None:
    evening = {"hours": {"mon": ["17:30", "24:00"]}, "shifts": [{"periods": [["22:00", "24:00"]]}]}
    check(evening)
    found = [phase(evening, at(text), ZONE) for text in ("2026-11-23T21:59", "2026-11-23T23:59", "2026-11-24T00:00")]
    assert found == ["open", "lesson", "off"]
    check({"hours": {"mon": ["17:30", "00:00"]}})  # as a form's clock writes it


def test_a_school_without_a_calendar_has_the_provinces() -> None:
    assert effective({}, SCHOOL) is SCHOOL
    assert effective({"always": True}, SCHOOL) == {"always": True}
    assert phase({"always": True}, at("2026-11-29T03:00"), ZONE) == "open"
    assert effective(None, None) == {}


def lesson(*periods: list[str], **more: Any) -> dict[str, Any]:
    return {"shifts": [{"periods": list(periods)}], **more}


@pytest.mark.parametrize(
    ("calendar", "code"),
    [
        ({"terms": []}, "unknown-part"),
        ({"shifts": [{"periods": MORNING, "teacher": "x"}]}, "unknown-part"),
        ({"hours": {"monday": ["07:00", "17:00"]}}, "unknown-day"),
        ({"shifts": [{"periods": MORNING, "days": ["thứ hai"]}]}, "unknown-day"),
        ({"hours": {"mon": ["17:00", "07:00"]}}, "ends-first"),
        ({"hours": {"mon": ["07:00", "17:00"]}, "always": True}, "always-and-hours"),
        (lesson(["07:00", "07:45"], ["07:44", "08:30"]), "overlap"),
        ({"shifts": [{"periods": MORNING}, {"periods": [["10:30", "11:15"]]}]}, "overlap"),
        (lesson(["07:45", "07:00"]), "period-length"),
        (lesson(["07:00", "07:03"]), "period-length"),
        (lesson(["06:00", "12:00"]), "period-length"),
        (lesson(["06:00", "06:45"], hours={"mon": ["06:30", "17:00"]}), "outside-hours"),
        ({"shifts": [{"periods": MORNING, "days": ["sun"]}], "hours": {"mon": ["06:30", "17:00"]}}, "outside-hours"),
        ({"shifts": [{"periods": MORNING, "days": []}] * 4}, "too-many-shifts"),
        (lesson(), "periods-count"),
        ({"holidays": [["2027-02-10", "2027-02-01"]]}, "turned"),
        ({"holidays": [["2027-05-01", "2027-05-20"]], "exams": [["2027-05-20", "2027-05-21"]]}, "days-overlap"),
        ({"holidays": [["2027-05-01", "2027-05-20"]], "workdays": ["2027-05-02"]}, "days-overlap"),
        ({"exams": [["1027-05-01", "1027-05-20"]]}, "year"),
        ({"workdays": ["2027-02-30"]}, "malformed"),
        ({"holidays": [["2027-02-01", "2027-02-01"]] * 61}, "too-many"),
        ({"hours": {"mon": ["25:00", "26:00"]}}, "malformed"),
        ({"shifts": {"periods": MORNING}}, "malformed"),
        ({"shifts": [{"days": ["mon"]}]}, "malformed"),
        ({"public_holidays": "yes"}, "malformed"),
    ],
)
def test_a_calendar_that_cannot_be_is_told_what_is_wrong_in_both_languages(calendar: dict[str, Any], code: str) -> None:
    with pytest.raises(CalendarError) as caught:
        check(calendar)
    assert caught.value.code == code
    assert str(caught.value) == f"{caught.value.vi} / {caught.value.en}"
    assert caught.value.vi != caught.value.en
    assert phase(calendar, at("2026-11-24T08:00"), ZONE) == "open"  # it knows nothing, so it claims nothing


def test_two_shifts_that_meet_but_do_not_overlap_are_good() -> None:
    check(
        {
            "shifts": [
                {"periods": [["07:00", "11:00"]]},
                {"periods": [["11:00", "15:00"]]},
                {"periods": [["15:00", "18:00"]]},
            ]
        }
    )


# -- public holidays --------------------------------------------------------------------------------------------------


def test_lunar_dates_are_what_the_sky_says() -> None:
    """Every date of the table, from the new moons and the sun, in Viet Nam's time zone."""
    assert list(LUNAR) == list(range(FIRST_YEAR, LAST_YEAR + 1))
    for year, (tet, kings) in LUNAR.items():
        assert solar_of(1, 1, year) == dt.date(year, *tet)
        assert solar_of(10, 3, year) == dt.date(year, *kings)


def test_what_the_government_decides_each_year_is_named_and_not_taken_for_granted() -> None:
    for year in LUNAR:
        open_days = [holiday.date for holiday in holidays_of(year) if not holiday.is_sure]
        assert {dt.date(year, 9, 1), dt.date(year, 9, 3)} < set(open_days)
        assert not sure_days(year) & set(open_days)
        assert len(sure_days(year)) == len({*sure_days(year)}) == 9  # 1 + 4 of Tết + 1 + 2 + 1
    assert holidays_of(2031) == ()
    assert sure_days(2025) == frozenset()


# -- quiet moments ----------------------------------------------------------------------------------------------------


def test_the_next_full_test_waits_for_noon_and_for_the_end_of_an_exam() -> None:
    assert next_quiet(SCHOOL, at("2026-11-24T08:00"), ZONE, 60) == at("2026-11-24T10:35")
    assert next_quiet(SCHOOL, at("2026-11-24T07:46"), ZONE, 60) == at("2026-11-24T10:35")  # no test in a break
    assert next_quiet(SCHOOL, at("2026-11-24T12:00"), ZONE) == at("2026-11-24T12:00")
    assert next_quiet(SCHOOL, at("2026-11-24T12:59"), ZONE, 120) == at("2026-11-24T14:35")
    assert next_quiet(SCHOOL, at("2026-12-21T09:00"), ZONE) == at("2026-12-23T00:00")
    exams = {"exams": [["2026-01-01", "2027-12-31"]]}
    assert next_quiet(exams, at("2026-11-24T08:00"), ZONE) is None


def test_a_quiet_night_is_one_span() -> None:
    spans = list(quiet_spans(SCHOOL, at("2026-11-24T15:00"), ZONE))
    assert spans[0] == (at("2026-11-24T15:00"), at("2026-11-25T07:00"))


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, Any]:
    """Any good calendar: times are drawn, sorted and cut into periods."""

    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    marks = sorted(draw(st.sets(st.integers(60, 285), min_size=2, max_size=14)))
    edges = [mark * 5 for mark in marks]
    periods = [
        [clock(one), clock(two)] for one, two in zip(edges[::2], edges[1::2], strict=False) if 5 <= two - one <= 240
    ]
    days = draw(st.lists(st.sampled_from(DAYS), unique=True, min_size=1))
    found: dict[str, Any] = {"public_holidays": draw(st.booleans())}
    if draw(st.booleans()):
        found["hours"] = {day: [clock(edges[0] - 30), "24:00"] for day in days}
    if periods:
        found["shifts"] = [{"periods": periods, **({"days": days} if draw(st.booleans()) else {})}]
    if draw(st.booleans()):
        found["exams"] = [["2026-11-25", "2026-11-26"]]
    return found


@given(calendar=calendars(), day=st.integers(0, 400), minute=st.integers(0, 24 * 60 - 1))
def test_the_phases_of_a_day_leave_no_gap_and_never_overlap(calendar: dict[str, Any], day: int, minute: int) -> None:
    """Whatever the calendar, each minute has one phase, and it is the one that the day's spans say."""
    check(calendar)
    date = dt.date(2026, 11, 20) + dt.timedelta(days=day)
    found, now = day_of(calendar, date), moment(date, minute, ZONE)
    inside = [
        name
        for name, spans in (("lesson", found.lessons), ("break", found.breaks), ("open", found.open))
        for start, end in spans
        if start <= minute < end
    ]
    said = phase(calendar, now, ZONE)
    assert phase(calendar, now + 59.9, ZONE) == said  # it changes on whole minutes only
    if found.on is None or not found.on[0] <= minute < found.on[1]:
        assert said == "off"
    elif found.is_exam:
        assert said == "lesson"
    else:
        assert inside == [said]


@given(calendar=calendars(), hours=st.integers(0, 24 * 30))
def test_a_quiet_moment_never_lies_in_a_lesson(calendar: dict[str, Any], hours: int) -> None:
    start = at("2026-11-20T00:00") + hours * 3600
    for number, (begin, end) in enumerate(quiet_spans(calendar, start, ZONE)):
        assert start <= begin < end
        for moment_ in (begin, (begin + end) / 2, end - 1):
            local = dt.datetime.fromtimestamp(moment_, ZONE)
            assert phase(calendar, moment_, ZONE) in ("open", "off")
            assert not day_of(calendar, local.date()).is_exam
        if number > 20:
            break
