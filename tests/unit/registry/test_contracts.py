"""Contracts in a file: terms as offices write them, and numbers that cannot be, each with its own message."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.registry.cells import EMPTY, KINDS, BadCell
from inventory.registry.sense import problems
from inventory.registry.terms import downtime_of, shown_date, shown_downtime


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("date", "01/09/2026", "2026-09-01"),
        ("date", "1/9/2026", "2026-09-01"),
        ("date", "2026-09-01", "2026-09-01"),
        ("date", dt.datetime(2026, 9, 1), "2026-09-01"),  # noqa: DTZ001 - as a spreadsheet gives it
        ("date", dt.date(2026, 9, 1), "2026-09-01"),
        ("date", "2026-09-01 00:00:00", "2026-09-01"),
        ("date", "31/02/2026", None),
        ("date", "tháng 9", None),
        ("share", "99,5 %", 0.995),
        ("share", 99.5, 0.995),
        ("share", "0,995", None),
        ("share", "101", None),
        ("millis", "50 ms", 0.05),
        ("millis", 50, 0.05),
        ("millis", "0", None),
        ("volume", "200", 200_000_000_000),
        ("volume", "200 GB", 200_000_000_000),
        ("volume", "1,5 TB", 1_500_000_000_000),
        ("volume", "5 MB", None),
        ("volume", "nhiều", None),
        ("price", "-350000", None),
        ("price", -350000, None),
        ("rule", "QCVN 34 (bản 2019)", "qcvn34-2019"),
        ("rule", "của tỉnh", "province-contract"),
        ("rule", "QCVN 34 (bản 2022)", None),
        ("downtime", "CN 00:00-05:00", [["sun", "00:00", "05:00"]]),
        (
            "downtime",
            "chủ nhật 0:00 - 5:00; hằng ngày 2h-2h30",
            [["sun", "00:00", "05:00"], ["daily", "02:00", "02:30"]],
        ),
        ("downtime", "02:00-03:00", [["daily", "02:00", "03:00"]]),
        ("downtime", "T7 22:00-24:00", [["sat", "22:00", "23:59"]]),
        ("downtime", "01/12/2026 22:00 - 02/12/2026 04:00", [["2026-12-01T22:00", "2026-12-02T04:00"]]),
        ("downtime", "CN 05:00-00:00", None),
        ("downtime", "02/12/2026 22:00 - 01/12/2026 04:00", None),
        ("downtime", "đôi khi", None),
        ("downtime", "CN 25:00-26:00", None),
    ],
)
def test_cells_of_a_contract(kind: str, cell: Any, expected: Any) -> None:
    if expected is None:
        with pytest.raises(BadCell):
            KINDS[kind](cell)
    else:
        assert KINDS[kind](cell) == expected


GOOD: dict[str, Any] = {
    "down_bps": 100e6, "up_bps": 100e6, "price_vnd": 350_000, "starts_on": "2026-01-01", "ends_on": "2028-12-31",
    "availability": 0.995, "max_rtt": 0.05, "data_cap_bytes": 200_000_000_000,
    "excluded": [["sun", "00:00", "05:00"], ["2026-12-01T22:00", "2026-12-02T04:00"]],
}  # fmt: skip


def test_a_good_contract_has_nothing_wrong_and_neither_has_an_empty_one() -> None:
    assert list(problems(GOOD)) == []
    assert list(problems({})) == []


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"down_bps": 100.0}, "down_bps", "too-slow"),
        ({"down_bps": 1e12, "up_bps": 1e11}, "down_bps", "too-fast"),
        ({"up_bps": 20e9}, "up_bps", "up-against-down"),
        ({"down_bps": 1e9, "up_bps": 0.5e6}, "up_bps", "down-against-up"),
        ({"price_vnd": -1}, "price_vnd", "negative"),
        ({"price_vnd": 350}, "price_vnd", "in-thousands"),
        ({"price_vnd": 1_900_000_000}, "price_vnd", "too-dear"),
        ({"ends_on": "2025-12-31"}, "ends_on", "ends-first"),
        ({"ends_on": "2060-12-31"}, "ends_on", "too-long"),
        ({"starts_on": "0201-01-01"}, "starts_on", "year"),
        ({"availability": 0.00995}, "availability", "share"),
        ({"availability": 99.5}, "availability", "above-all"),
        ({"max_rtt": 50.0}, "max_rtt", "rtt"),
        ({"data_cap_bytes": 200}, "data_cap_bytes", "small-cap"),
        ({"excluded": [["daily", "00:00", "23:59"]]}, "excluded", "too-much"),
    ],
)
def test_each_impossible_number_has_its_own_message(wrong: dict[str, Any], field: str, code: str) -> None:
    found = [(name, said.code) for name, said in problems(GOOD | wrong)]
    assert (field, code) in found
    for _, said in problems(GOOD | wrong):
        assert said.vi
        assert said.en
        assert " / " not in said.vi + said.en, "the two languages are parted by it"


DAY = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun", "daily"])
CLOCK = st.times().map(lambda clock: f"{clock:%H:%M}")
ENTRY = st.tuples(DAY, CLOCK, CLOCK).filter(lambda entry: entry[1] < entry[2]).map(list)


@given(st.lists(ENTRY, max_size=10, unique_by=tuple))
def test_maintenance_goes_out_as_text_and_comes_in_again_as_the_same(entries: list[list[str]]) -> None:
    assert downtime_of(shown_downtime(entries)) == entries


@given(st.dates(dt.date(1995, 1, 1), dt.date(2099, 12, 31)))
def test_days_go_out_and_come_in_again(day: dt.date) -> None:
    assert KINDS["date"](shown_date(day.isoformat())) == day.isoformat()


@given(st.text())
def test_no_text_makes_a_cell_of_a_contract_fail_otherwise_than_by_saying_so(text: str) -> None:
    for kind in ("date", "share", "millis", "volume", "downtime", "rule", "price"):
        with suppress(BadCell):
            KINDS[kind](text)


def test_every_term_can_be_taken_away_again() -> None:
    assert {"share", "millis", "volume", "date", "downtime", "rule"} <= set(EMPTY)
