"""ARP frames and the addresses of a network."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.arp import BROADCAST, ETH_P_ARP, FRAME, addresses, speaker
from agent.probes.lan import is_private


def frame(operation: int = 2, mac: str = "b8:27:eb:00:00:01", ip: str = "192.168.1.9", protocol: int = 0x0800) -> bytes:
    hardware = bytes.fromhex(mac.replace(":", ""))
    body = FRAME.pack(
        BROADCAST, hardware, ETH_P_ARP, 1, protocol, 6, 4, operation, hardware, socket.inet_aton(ip), bytes(6), bytes(4)
    )
    return body + bytes(18)


def test_a_network_has_all_its_hosts_but_itself_and_the_two_that_are_none() -> None:
    assert addresses("10.0.0.5", 29) == ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.6"]
    assert len(addresses("192.168.1.7", 24)) == 253
    assert len(addresses("172.16.5.7", 22)) == 1021


@pytest.mark.parametrize("prefix", [21, 16, 0, 31, 32, 33, -1])
def test_a_network_that_is_too_large_or_has_no_hosts_is_refused(prefix: int) -> None:
    with pytest.raises(ValueError, match="addresses"):
        addresses("10.0.0.5", prefix)


def test_who_answers_and_who_asks_is_heard() -> None:
    assert speaker(frame(2)) == ("192.168.1.9", "b8:27:eb:00:00:01")
    assert speaker(frame(1)) == ("192.168.1.9", "b8:27:eb:00:00:01")


def test_who_only_probes_for_an_address_has_none_yet() -> None:
    assert speaker(frame(1, ip="0.0.0.0")) is None  # noqa: S104 - RFC 5227


def test_what_is_no_arp_of_ipv4_is_not_heard() -> None:
    assert speaker(frame(protocol=0x86DD)) is None
    assert speaker(frame(mac="ff:ff:ff:ff:ff:ff")) is None
    assert speaker(frame()[:30]) is None


@given(st.binary(max_size=80))
def test_no_frame_can_break_its_reader(raw: bytes) -> None:
    speaker(raw)


@pytest.mark.parametrize(
    ("mac", "private"), [("da:a1:19:00:00:01", True), ("02:00:00:00:00:01", True), ("b8:27:eb:00:00:01", False)]
)
def test_a_locally_administered_mac_is_private(mac: str, private: bool) -> None:
    assert is_private(mac) is private
