"""Periods, days and dates as people type them."""

from __future__ import annotations

import pytest

from monitoring import calendar_text
from monitoring.calendar import CalendarError


def test_periods_in_the_ways_that_offices_write_them() -> None:
    found = calendar_text.periods("07:00-07:45, 7h50–8h35; 9h - 9h45\n13:00 đến 13:45")
    assert found == [["07:00", "07:45"], ["07:50", "08:35"], ["09:00", "09:45"], ["13:00", "13:45"]]
    assert calendar_text.periods(calendar_text.shown_periods(found)) == found
    assert calendar_text.periods(" ,\n") == []


def test_days_and_runs_of_days() -> None:
    assert calendar_text.days("T2-T4, CN") == ["mon", "tue", "wed", "sun"]
    assert calendar_text.days("mon - fri") == ["mon", "tue", "wed", "thu", "fri"]
    assert calendar_text.shown_days(["mon", "tue", "wed", "fri", "sun"]) == "T2-T4, T6, CN"


def test_dates_and_ranges() -> None:
    found = calendar_text.ranges("01/06/2027-15/08/2027; 20/11/2026; 2027-02-01 – 2027-02-10")
    assert found == [["2027-06-01", "2027-08-15"], ["2026-11-20", "2026-11-20"], ["2027-02-01", "2027-02-10"]]
    assert calendar_text.ranges(calendar_text.shown_ranges(found)) == found
    assert calendar_text.dates("27/02/2027, 2027-02-20") == ["2027-02-20", "2027-02-27"]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (calendar_text.periods, "sáng"),
        (calendar_text.periods, "07:00"),
        (calendar_text.periods, "07:00-07:45-08:00"),
        (calendar_text.days, "T8"),
        (calendar_text.days, "T6-T2"),
        (calendar_text.dates, "30/02/2027"),
        (calendar_text.ranges, "hè"),
        (calendar_text.ranges, "01/06/2027 - 02/06/2027 - 03/06/2027"),
    ],
)
def test_what_is_none_is_named_with_its_field(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(CalendarError) as caught:
        read(text, "shift_2")
    assert caught.value.where == "shift_2"
    assert text.split(",")[0] in caught.value.vi
