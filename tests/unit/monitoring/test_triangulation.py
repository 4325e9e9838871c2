"""Where speed is lost: line, contract, Wi-Fi or device, and when nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from monitoring.contract import SpeedTest
from monitoring.triangulation import Triangle, triangulate


def some(count: int, rate: float, **more: Any) -> list[SpeedTest]:
    values = {"medium": "wire", **more}
    return [SpeedTest(at=float(number), down_bps=rate, up_bps=rate, **values) for number in range(count)]


def wifi(count: int, rate: float) -> list[SpeedTest]:
    return some(count, rate, medium="wifi", is_valid=False, reasons=("wifi",))


def slow_port(count: int, rate: float) -> list[SpeedTest]:
    return some(count, rate, medium="wire", is_valid=False, reasons=("nic-slow",))


def found(
    tests: list[SpeedTest], contract: float | None = 100e6, needs: float | None = 20e6, main: Sequence[str] = ()
) -> Triangle:
    return triangulate(tests, contract_bps=contract, need_bps=needs, main=main)


@pytest.mark.parametrize(
    ("tests", "contract", "needs", "cause", "why"),
    [
        (some(10, 95e6), 100e6, 20e6, "fine", ""),
        (some(10, 60e6), 100e6, 20e6, "line", ""),
        (some(10, 95e6), 100e6, 150e6, "contract", ""),
        (some(10, 10e6), None, 20e6, "contract", "no-contract"),
        (some(10, 95e6), None, 20e6, "fine", "no-contract"),
        (some(10, 95e6), 100e6, None, "fine", "no-target"),
        (some(10, 95e6), None, None, "unknown", "no-contract"),
        ([*some(10, 95e6), *wifi(5, 12e6)], 100e6, 20e6, "wifi", ""),
        ([*some(10, 95e6), *wifi(5, 40e6)], 100e6, 20e6, "fine", ""),  # slower, but all that is needed
        ([*some(10, 95e6), *slow_port(12, 9e6)], 100e6, 20e6, "device", ""),
        (slow_port(12, 9e6), 100e6, 20e6, "device", "only-device"),
        (wifi(12, 9e6), 100e6, 20e6, "unknown", "only-wifi"),
        (some(4, 5e6), 100e6, 20e6, "unknown", "few-tests"),
        ([], 100e6, 20e6, "unknown", "few-tests"),
    ],
)
def test_the_cause(tests: list[SpeedTest], contract: float | None, needs: float | None, cause: str, why: str) -> None:
    triangle = found(tests, contract, needs)
    assert (triangle.cause, triangle.why) == (cause, why)


@pytest.mark.parametrize(
    ("count", "contract", "also"), [(0, 10e6, ("contract",)), (4, 10e6, ("contract",)), (0, 30e6, ())]
)
def test_a_contract_below_the_need_is_too_small_without_any_test(
    count: int, contract: float, also: tuple[str, ...]
) -> None:
    triangle = found(some(count, 9e6), contract, 20e6)
    assert (triangle.cause, triangle.also) == ("unknown", also)


def test_a_slow_device_is_never_held_against_the_provider() -> None:
    assert found([*some(10, 95e6), *slow_port(40, 9e6), *wifi(40, 3e6)]).cause != "line"
    assert found([*slow_port(40, 9e6), *wifi(40, 3e6)]).cause != "line"


def test_what_else_holds_is_said_too() -> None:
    triangle = found(some(10, 60e6), contract=100e6, needs=150e6)
    assert (triangle.cause, triangle.also) == ("line", ("contract",))


def test_a_second_device_that_gets_much_less_shows_the_device() -> None:
    tests = [*some(10, 95e6, device="a"), *some(4, 8e6, device="b")]
    triangle = found(tests, main=["a"])
    assert (triangle.cause, triangle.router.n, triangle.second.n) == ("device", 10, 4)


def test_light_probes_and_tests_inside_the_machine_say_nothing() -> None:
    tests = [*some(10, 95e6), *some(20, 1e6, mode="light"), *some(20, 5e9, scope="loopback")]
    assert found(tests).router.n == 10
