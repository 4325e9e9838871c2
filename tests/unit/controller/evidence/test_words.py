"""Numbers and times of the report, as Vietnamese writes them; periods as people name them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from controller.evidence.errors import EvidenceError
from controller.evidence.findings import CODES, STEPS
from controller.evidence.period import last_days, last_month, period_of
from controller.evidence.report.words import Days, duration, figure, mega, number, percent

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = 1_795_496_400.0  # 24 November 2026, 12:00 in Viet Nam


def test_numbers_have_a_comma_before_the_fraction_and_points_between_thousands() -> None:
    assert number(1234567.25, 2) == "1.234.567,25"
    assert mega(95_400_000.0) == "95,4 Mbit/s"
    assert percent(0.995) == "99,50 %"
    assert figure("rtt", 0.0123) == "12,3 ms"
    assert figure("availability", None) == "–"


@pytest.mark.parametrize(
    ("seconds", "said"), [(20, "dưới 1 phút"), (60, "1 phút"), (3660, "1 giờ 1 phút"), (190_000, "2 ngày 4 giờ")]
)
def test_durations_have_their_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_period_is_whole_days_of_the_province() -> None:
    start, end = period_of("2026-11-01", "2026-11-30", NOON, ZONE)
    assert Days(ZONE).period(start, end) == "01/11/2026 – 30/11/2026"
    assert end - start == 30 * 86_400
    assert last_days(30, NOON, ZONE) == ("2026-10-26", "2026-11-24")
    assert last_month(NOON, ZONE) == ("2026-10-01", "2026-10-31")


@pytest.mark.parametrize(
    ("first", "last"),
    [("x", "y"), ("2026-11-02", "2026-11-01"), ("2026-01-01", "2026-11-01"), ("2026-11-25", "2026-11-26")],
)
def test_a_period_that_cannot_be_is_refused_in_both_languages(first: str, last: str) -> None:
    with pytest.raises(EvidenceError, match=" / "):
        period_of(first, last, NOON, ZONE)


def test_every_finding_and_step_has_words_in_both_languages_and_what_to_do() -> None:
    for words, advice in CODES.values():
        assert all((*words, *advice))
        assert words[0] != words[1]
    assert all(vi and en for vi, en in STEPS.values())
