"""What the measurement server says, and what nobody should say."""

from __future__ import annotations

from typing import Any

import pytest

from agent.frame import ProbeError
from agent.speedtest.control import number, points
from agent.speedtest.tcp_info import SIZE, TcpInfo, total


@pytest.mark.parametrize("value", [None, "7", True, -1, float("nan"), float("inf"), 1e15, [], {}], ids=repr)
def test_what_is_no_plain_number_is_refused(value: Any) -> None:
    with pytest.raises(ProbeError) as caught:
        number({"bulk_port": value}, "bulk_port")
    assert caught.value.reason == "protocol"
    assert "bulk_port" in caught.value.detail


def test_a_number_is_a_number() -> None:
    assert number({"n": 7}, "n") == 7


@pytest.mark.parametrize(
    "rows",
    [None, "x", {}, [1], [[1]], [[1, 2, 3]], [["1", 2]], [[1, float("nan")]], [[-1, 2]], [[1, -2]], [[0, 0]] * 10_001],
    ids=lambda rows: str(rows)[:20],
)
def test_what_is_no_list_of_points_is_refused(rows: Any) -> None:
    with pytest.raises(ProbeError) as caught:
        points({"points": rows})
    assert caught.value.reason == "protocol"


def test_points_are_seconds_and_bytes() -> None:
    assert points({"points": [[0, 1448], [0.1, 250_000]]}) == [(0.0, 1448), (0.1, 250_000)]


def test_an_older_kernel_that_tells_less_is_taken_as_silent() -> None:
    assert total([b"", bytes(SIZE - 1)]) == TcpInfo()


def test_sums_over_streams_and_the_least_round_trip() -> None:
    one, other = bytearray(SIZE), bytearray(SIZE)
    for info, retransmits, rtt, busy, limited in ((one, 3, 40_000, 2_000_000, 500_000), (other, 4, 41_000, 0, 0)):
        info[100:104] = retransmits.to_bytes(4, "little")
        info[148:152] = rtt.to_bytes(4, "little")
        info[168:176] = busy.to_bytes(8, "little")
        info[176:184] = limited.to_bytes(8, "little")
    found = total([bytes(one), bytes(other)])
    assert (found.retransmits, found.min_rtt, found.rwnd_share) == (7, 0.04, 0.25)
