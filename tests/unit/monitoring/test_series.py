"""Windows on an even grid."""

from __future__ import annotations

from typing import Any

from monitoring.series import Grid, lay


def window(at: float, seconds: float = 900.0, target: str = "gateway", **figures: Any) -> Any:
    base = {"count": 10, "lost": 0, "median": 0.01, "p95": 0.02}
    return {"name": "rtt_seconds", "labels": {"target": target}, "at": at, "seconds": seconds, **base, **figures}


def test_a_bin_without_windows_is_a_gap() -> None:
    series = lay([window(0), window(1800)], Grid.over(0, 2700, 900))["gateway"]
    assert series.median == [0.01, None, 0.01]
    assert series.loss == [0.0, None, 0.0]


def test_an_hour_s_window_fills_its_four_quarters() -> None:
    series = lay([window(0, 3600)], Grid.over(0, 3600, 900))["gateway"]
    assert series.median == [0.01] * 4


def test_minutes_in_one_bin_give_median_of_medians_worst_p95_and_all_losses() -> None:
    minutes = [
        window(at, 60, median=m, p95=p, lost=lost) for at, m, p, lost in ((0, 1, 5, 0), (60, 2, 9, 5), (120, 3, 4, 10))
    ]
    series = lay(minutes, Grid.over(0, 900, 900))["gateway"]
    assert (series.median, series.p95, series.loss) == ([2], [9], [0.5])


def test_nothing_answered_is_loss_without_a_time() -> None:
    series = lay([window(0, lost=10, median=None, p95=None)], Grid.over(0, 900, 900))["gateway"]
    assert (series.median, series.p95, series.loss) == ([None], [None], [1.0])


def test_targets_of_one_class_are_laid_together_and_classes_come_from_near_to_far() -> None:
    windows = [window(0, target=name) for name in ("international:a", "domestic:a", "domestic:b", "gateway", "odd")]
    assert list(lay(windows, Grid.over(0, 900, 900))) == ["gateway", "domestic", "international"]


def test_the_grid_begins_at_a_round_time_and_leaves_out_what_lies_before() -> None:
    grid = Grid.over(1000, 2800, 900)
    assert grid.times == [900, 1800, 2700]
    assert lay([window(0, 60)], grid) == {}


def test_a_window_that_has_just_begun_stands_in_the_last_bin() -> None:
    grid = Grid.over(0, 2700, 900)
    assert list(grid.bins(2650, 900)) == [2]
    assert list(grid.bins(2650, 60)) == [2]
    assert list(grid.bins(2700, 900)) == []
