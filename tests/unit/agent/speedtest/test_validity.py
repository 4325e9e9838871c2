"""Why a measurement does not speak for the line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.speedtest.validity import Evidence, foreign, light_reasons, reasons, remarks

GOOD = Evidence(
    bits_per_second=50e6,
    mean_bits_per_second=49e6,
    half_width=0.004,
    seconds=2.0,
    rwnd_share=0.0,
    server_cpu=0.1,
    foreign_bits_per_second=1_000.0,
)
QUIET: dict[str, Any] = {
    "medium": "wire",
    "link_bits_per_second": 1e9,
    "own_cpu": 0.1,
    "waited": 0.01,
    "machine_cpu": 0.2,
    "foreign_before": 500.0,
}


def test_a_quiet_wire_has_no_reason_against_it() -> None:
    assert reasons((GOOD, GOOD), **QUIET) == []
    assert remarks((GOOD, GOOD)) == []


@pytest.mark.parametrize(
    ("around", "code"),
    [
        ({"medium": "wifi"}, "wifi"),
        ({"is_backup": True}, "backup-line"),
        ({"link_bits_per_second": 55e6}, "nic-slow"),
        ({"own_cpu": 0.95}, "cpu-bound"),
        ({"waited": 0.2}, "cpu-bound"),
        ({"waited": None, "machine_cpu": 1.0}, "cpu-bound"),
        ({"foreign_before": 5e6}, "cross-traffic"),
    ],
    ids=str,
)
def test_what_surrounds_it_is_named(around: dict[str, Any], code: str) -> None:
    assert reasons((GOOD, GOOD), **QUIET | around) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"server_cpu": 0.95}, "server-limited"),
        ({"rwnd_share": 0.5}, "receiver-limited"),
        ({"foreign_bits_per_second": 5e6}, "cross-traffic"),
        ({"seconds": 0.5}, "short"),
    ],
    ids=str,
)
def test_what_happened_in_one_direction_is_named(change: dict[str, Any], code: str) -> None:
    assert reasons((GOOD, replace(GOOD, **change)), **QUIET) == [code]
    assert reasons((replace(GOOD, **change), GOOD), **QUIET) == [code]


def test_what_the_system_does_not_tell_is_no_reason() -> None:
    silent = replace(GOOD, foreign_bits_per_second=None)
    assert reasons((silent, silent), **QUIET | {"link_bits_per_second": None, "foreign_before": None}) == []


@pytest.mark.parametrize("change", [{"half_width": 0.2}, {"mean_bits_per_second": 30e6}], ids=str)
def test_an_unsteady_line_is_a_finding_and_no_fault_of_the_measurement(change: dict[str, Any]) -> None:
    unsteady = replace(GOOD, **change)
    assert reasons((GOOD, unsteady), **QUIET) == []
    assert remarks((GOOD, unsteady)) == ["unsteady"]


def test_a_machine_that_others_keep_busy_is_no_reason_as_long_as_we_do_not_wait() -> None:
    assert reasons((GOOD, GOOD), **QUIET | {"machine_cpu": 1.0}) == []


def test_our_own_bytes_headers_and_acknowledgements_are_not_foreign() -> None:
    payload = 10_000_000
    assert foreign(int(payload * 1.05), int(payload * 0.03), payload, 0, 2.0) == 0.0
    assert foreign(int(payload * 0.03), int(payload * 1.05), 0, payload, 2.0) == 0.0


def test_foreign_bytes_are_those_beyond_ours_the_busier_way() -> None:
    assert foreign(2_000_000, 0, 0, 0, 2.0) == pytest.approx(8e6)
    assert foreign(0, 2_000_000, 0, 0, 2.0) == pytest.approx(8e6)


def test_a_trickle_is_no_cross_traffic_on_a_slow_line() -> None:
    slow = replace(GOOD, bits_per_second=1e6, mean_bits_per_second=1e6, foreign_bits_per_second=60_000.0)
    assert reasons((slow, slow), **QUIET) == []


LIGHT: dict[str, Any] = {
    "medium": "wire",
    "link_bits_per_second": 1e9,
    "foreign_before": 5e6,
    "is_backup": False,
}


def test_a_class_at_work_is_no_reason_against_a_light_measurement() -> None:
    assert light_reasons((50e6, 20e6), **LIGHT) == []
    assert light_reasons((50e6, 20e6), **LIGHT | {"foreign_before": None, "link_bits_per_second": None}) == []


@pytest.mark.parametrize(
    ("around", "code"),
    [
        ({"medium": "wifi"}, "wifi"),
        ({"is_backup": True}, "backup-line"),
        ({"link_bits_per_second": 55e6}, "nic-slow"),
        ({"foreign_before": 15e6}, "cross-traffic"),
    ],
    ids=str,
)
def test_what_speaks_against_a_light_measurement_is_named(around: dict[str, Any], code: str) -> None:
    assert light_reasons((50e6, 20e6), **LIGHT | around) == [code]
