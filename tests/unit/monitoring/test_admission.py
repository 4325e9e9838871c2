"""The board: no two heavy tests in a group, servers and providers within their limits, first come first served."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.admission import GRACE, HEAVY, LASTS, TICK, Board, Booking, Limits, Wish

WIDE = Limits(server_bps=0, server_tests=1_000, provider_bps=0, provider_tests=0)


def wish(number: int = 1, **more: Any) -> Wish:
    usual: dict[str, Any] = {"agent": f"box-{number}", "school": number, "server": "s", "provider": "vnpt"}
    usual |= {"backhaul": "", "mode": "full", "bps": 100e6, "earliest": 1000.0, "latest": 3000.0}
    return Wish(**(usual | more))


def starts(board: Board, *wishes: Wish) -> list[float | None]:
    return [booking.start if booking else None for booking in (board.book(one) for one in wishes)]


def test_two_of_a_backhaul_follow_each_other_and_others_run_beside_them() -> None:
    board = Board(WIDE)
    found = starts(board, wish(1, backhaul="olt"), wish(2, backhaul="olt"), wish(3, backhaul="other"), wish(4))
    assert found == [1000, 1000 + GRACE + LASTS["full"], 1000, 1000]


def test_a_light_probe_runs_beside_a_heavy_test() -> None:
    board = Board(WIDE)
    assert starts(board, wish(1, backhaul="olt"), wish(2, backhaul="olt", mode="light")) == [1000, 1000]


def test_a_gap_that_is_too_short_is_passed_over() -> None:
    board = Board(WIDE, [booking(1, 1000, 1020), booking(2, 1050, 1100)])
    assert starts(board, wish(3, backhaul="olt", mode="short"), wish(4, backhaul="olt")) == [1020, 1100]


def booking(number: int, start: float, until: float, **more: Any) -> Booking:
    usual: dict[str, Any] = {"agent": f"box-{number}", "school": number, "server": "s", "provider": "vnpt"}
    return Booking(**(usual | {"backhaul": "olt", "mode": "full", "bps": 100e6, "start": start, "until": until} | more))


def test_nobody_waits_beyond_what_the_wish_says() -> None:
    board = Board(WIDE, [booking(1, 1000, 2000)])
    assert starts(board, wish(2, backhaul="olt", latest=1999), wish(3, backhaul="olt", latest=2000)) == [None, 2000]


def test_a_server_takes_so_many_tests_and_so_much_traffic() -> None:
    board = Board(Limits(server_bps=250e6, server_tests=8, provider_tests=0))
    assert starts(board, *(wish(number) for number in range(3))) == [1000, 1000, 1045]
    board = Board(Limits(server_bps=0, server_tests=2, provider_tests=0))
    assert starts(board, *(wish(number) for number in range(3))) == [1000, 1000, 1045]
    board = Board(Limits(server_bps=250e6, server_tests=8, provider_tests=0))
    assert starts(board, *(wish(number, server=f"s{number}") for number in range(3))) == [1000, 1000, 1000]


def test_a_line_that_is_faster_than_the_limit_is_measured_alone() -> None:
    board = Board(Limits(server_bps=250e6, server_tests=8, provider_tests=0))
    assert starts(board, wish(1, bps=1e9), wish(2, bps=1e6)) == [1000, 1045]


def test_a_provider_takes_so_many_heavy_tests() -> None:
    board = Board(Limits(server_bps=0, server_tests=99, provider_tests=2))
    found = starts(board, *(wish(number) for number in range(3)), wish(4, provider="viettel"), wish(5, provider=""))
    assert found == [1000, 1000, 1045, 1000, 1000]
    assert starts(board, wish(6, mode="light")) == [1000]
    board = Board(Limits(server_bps=0, server_tests=99, provider_tests=0, provider_bps=150e6))
    assert starts(board, wish(1), wish(2), wish(3, bps=50e6)) == [1000, 1045, 1000]


def test_a_school_with_two_boxes_has_one_test_at_a_time() -> None:
    board = Board(WIDE)
    assert starts(board, wish(1), wish(1, agent="second", mode="light")) == [1000, 1045]


groups = st.sampled_from(["", "olt-1", "olt-2"])
wishes = st.lists(
    st.tuples(
        st.integers(1, 12),
        groups,
        st.sampled_from(["full", "short", "light"]),
        st.integers(0, 600),
        st.integers(0, 600),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(asked=wishes, server_tests=st.integers(1, 5), provider_tests=st.integers(0, 3))
def test_whatever_is_asked_no_limit_is_ever_broken(
    asked: list[tuple[int, str, str, int, int]], server_tests: int, provider_tests: int
) -> None:
    limits = Limits(server_bps=300e6, server_tests=server_tests, provider_tests=provider_tests)
    board, got = Board(limits), []
    for number, (school, backhaul, mode, earliest, patience) in enumerate(asked):
        latest = float(earliest + patience)
        one = wish(number, school=school, backhaul=backhaul, mode=mode, earliest=float(earliest), latest=latest)
        found = board.book(one)
        if found is not None:
            assert one.earliest <= found.start <= one.latest
            assert found.until - found.start >= one.seconds
            got.append(found)
    for tick in range(300):
        running = [one for one in got if one.start <= tick * TICK < one.until]
        heavy = [one for one in running if one.mode in HEAVY]
        for group in ("olt-1", "olt-2"):
            assert sum(one.backhaul == group for one in heavy) <= 1
        assert len({one.school for one in running}) == len(running) <= server_tests
        assert len(running) <= 1 or sum(one.bps for one in running) <= 300e6
        assert not provider_tests or len(heavy) <= provider_tests
