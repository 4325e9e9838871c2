"""Which way a measurement went out, and whether that is the school's main line."""

from __future__ import annotations

from typing import Any

import pytest

from agent.speedtest.path import Way, is_backup, network_of

MAIN = Way("eth0", "192.168.1.1", "203.113.0.0/16")
USUAL = {"interface": "eth0", "gateway": "192.168.1.1", "network": "203.113.0.0/16"}


def test_the_usual_way_is_no_backup() -> None:
    assert not is_backup(MAIN, USUAL, [], "203.113.7.9")


@pytest.mark.parametrize(
    "way",
    [
        Way("eth1", "192.168.1.1", "203.113.0.0/16"),
        Way("eth0", "192.168.8.1", "203.113.0.0/16"),
        Way("eth0", "192.168.1.1", "27.65.0.0/16"),
    ],
    ids=str,
)
def test_another_interface_gateway_or_network_than_usual_is(way: Way) -> None:
    assert is_backup(way, USUAL, [], "27.65.1.2")


@pytest.mark.parametrize("named", ["eth0", "192.168.1.1", "203.113.7.0/24"])
def test_what_the_province_calls_a_spare_line_is(named: str) -> None:
    assert is_backup(MAIN, {}, [named], "203.113.7.9")


@pytest.mark.parametrize("known", [{}, {"interface": ""}, {"interface": 7, "gateway": None}], ids=str)
def test_what_is_not_known_is_no_reason(known: dict[str, Any]) -> None:
    assert not is_backup(Way("eth1", "", ""), known, [], "")


def test_a_network_that_is_not_seen_now_is_no_reason() -> None:
    assert not is_backup(Way("eth0", "192.168.1.1", ""), USUAL, [], "")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.113.7.9", "203.113.0.0/16"),
        ("::ffff:203.113.7.9", "203.113.0.0/16"),
        ("2001:ee0:4f80::1", "2001:ee0::/32"),
        ("192.168.1.7", ""),
        ("10.0.0.1", ""),
        ("", ""),
        ("x", ""),
    ],
)
def test_a_line_is_known_by_the_network_that_the_world_sees(address: str, network: str) -> None:
    assert network_of(address) == network
