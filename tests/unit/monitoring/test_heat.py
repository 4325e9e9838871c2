"""Weeks hour by hour: each hour of the local clock in its place, and nothing measured is no colour at all."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitoring.heat import Cell, lay, shade

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = "2026-11-02"
START = 1_793_552_400.0  # its midnight in Viet Nam
HOUR = 3_600.0


def window(at: float, seconds: float = 900.0, lost: int = 0, target: str = "domestic:vnix") -> dict[str, Any]:
    made = {"name": "rtt_seconds", "labels": {"target": target}, "at": at, "seconds": seconds, "count": 60}
    return made | {"lost": lost, "median": 0.02 if lost < 60 else None, "p95": 0.03}


def test_an_hour_is_where_the_local_clock_has_it() -> None:
    days = lay([window(START + 7 * HOUR + quarter * 900) for quarter in range(4)], MONDAY, 7, ZONE)
    assert len(days) == 7
    assert [day.weekday for day in days] == list(range(7))
    cell = days[0].cells[7]
    assert (cell.measured, cell.up, cell.rtt, cell.loss) == (HOUR, 1.0, 0.02, 0.0)
    assert all(other.up is None for day in days for other in day.cells if other is not cell)


def test_a_lost_quarter_is_a_quarter_of_the_hour() -> None:
    windows = [window(START + quarter * 900, lost=60 if quarter == 1 else 0) for quarter in range(4)]
    cell = lay(windows, MONDAY, 1, ZONE)[0].cells[0]
    assert cell.up == 0.75
    assert shade("availability", cell) == 4


def test_a_window_over_the_hours_end_counts_to_both() -> None:
    cells = lay([window(START + 1800, HOUR)], MONDAY, 1, ZONE)[0].cells
    assert (cells[0].measured, cells[1].measured, cells[2].measured) == (1800, 1800, 0)


def test_a_gateway_that_answers_is_no_internet() -> None:
    cells = lay([window(START, lost=60), window(START, target="gateway")], MONDAY, 1, ZONE)[0].cells
    assert cells[0].up == 0.0
    assert shade("latency", cells[0]) == 4


@pytest.mark.parametrize(
    ("kind", "cell", "level"),
    [
        ("availability", Cell(0, 3600, 1.0), 0),
        ("availability", Cell(0, 3600, 0.995), 1),
        ("availability", Cell(0, 3600, 0.5), 4),
        ("latency", Cell(0, 3600, 1.0, 0.019), 0),
        ("latency", Cell(0, 3600, 1.0, 0.05), 2),
        ("loss", Cell(0, 3600, 1.0, 0.02, 0.3), 4),
        ("loss", Cell(0), None),
        ("availability", Cell(0), None),
    ],
)
def test_shades(kind: str, cell: Cell, level: int | None) -> None:
    assert shade(kind, cell) == level
