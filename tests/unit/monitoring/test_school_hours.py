"""Calendar, ladder and judge together: a rule of school hours comes to a verdict at a school that has shifts."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from monitoring import calendar
from monitoring.contract import MET, NOT_MET, Promise, SpeedTest, judge
from monitoring.ladder import Known, choose
from monitoring.rules import RULES

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = ("mon", "tue", "wed", "thu", "fri")
SCHOOL = {
    "hours": {day: ["06:30", "17:30"] for day in WEEK},
    "shifts": [{"days": [*WEEK], "periods": [["07:00", "07:45"], ["07:50", "08:35"], ["08:55", "11:25"]]},
               {"days": [*WEEK], "periods": [["13:00", "16:30"]]}],
}  # fmt: skip
START = dt.datetime(2026, 11, 2, tzinfo=ZONE).timestamp()  # a Monday
END = START + 14 * 86_400


def measured(rate: float, night: float) -> list[SpeedTest]:
    """One test an hour and a half, as heavy as the ladder lets it be; ``night``: the rate while nobody is there."""
    found = []
    for at in range(int(START), int(END), 5400):
        now = calendar.phase(SCHOOL, at, ZONE)
        day = dt.datetime.fromtimestamp(at, ZONE).day
        rung = choose(Known(phase=now, budget=10**12, used=0, day=day, days=30, down_bps=100e6, up_bps=100e6))
        bps = night if now == "off" else rate
        found.append(SpeedTest(at=at, down_bps=bps, up_bps=bps, mode=rung.mode))
    return found


@pytest.mark.parametrize(("rate", "night", "verdict"), [(95e6, 5e6, MET), (5e6, 95e6, NOT_MET)])
def test_speed_is_judged_by_the_open_hours_of_taught_days(rate: float, night: float, verdict: str) -> None:
    tests = measured(rate, night)
    taught = [test for test in tests if calendar.is_school_time(SCHOOL, test.at, ZONE)]
    assert taught
    assert {test.mode for test in taught} == {"light"}
    found = judge(
        Promise(down_bps=100e6, up_bps=100e6), RULES["province-contract"], tests, [], start=START, end=END, zone=ZONE,
        is_school_time=lambda at: calendar.is_school_time(SCHOOL, at, ZONE),
        is_open_time=lambda at: calendar.is_open_time(SCHOOL, at, ZONE),
    )  # fmt: skip
    down = found.clause("down")
    assert (down.verdict, down.figure, down.school.median) == (verdict, rate, rate)
