"""Round trips per minute under load."""

from __future__ import annotations

import pytest

from agent.speedtest.responsiveness import round_trips_per_minute, trimmed


def test_a_line_that_takes_50_ms_under_load_has_1200_round_trips_a_minute() -> None:
    assert round_trips_per_minute([0.05] * 10, [0.05] * 10) == pytest.approx(1200)


def test_each_kind_has_half_of_the_weight_however_many_there_are() -> None:
    assert round_trips_per_minute([0.1] * 5, [0.3] * 50) == pytest.approx(60 / 0.2)


def test_the_slowest_five_per_cent_are_trimmed() -> None:
    assert trimmed([0.01] * 19 + [9.0]) == pytest.approx(0.01)
    assert trimmed([0.01] * 18 + [1.0, 1.0]) > 0.05, "ten per cent are no exception"


def test_where_udp_does_not_pass_the_other_kind_stands_alone() -> None:
    assert round_trips_per_minute([0.1, 0.1, 0.1], []) == pytest.approx(600)


@pytest.mark.parametrize(("tcp", "udp"), [([], []), ([0.1, 0.1], [0.1])], ids=str)
def test_too_few_are_no_figure(tcp: list[float], udp: list[float]) -> None:
    assert round_trips_per_minute(tcp, udp) is None
