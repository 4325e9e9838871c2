"""Whom the box asks what: SNMP only where somebody set a community."""

from __future__ import annotations

from agent.lan import ask, snmp
from agent.probes.lan import Plan

ADDRESSES = ["192.168.1.20", "192.168.1.30"]


def asked(community: str) -> list[ask.Question]:
    return list(ask._first(ADDRESSES, community, 7))


def test_without_a_community_nobody_is_asked_by_snmp() -> None:
    assert Plan.of({}).community == ""
    assert {protocol for protocol, _, _ in asked(Plan.of({}).community)} == {"mdns", "ssdp", "netbios"}
    assert not any(b"public" in message for _, message, _ in asked("")), "no community is guessed"


def test_with_a_community_each_device_is_asked_once_by_snmp() -> None:
    questions = [(message, whom) for protocol, message, whom in asked("doc") if protocol == "snmp"]
    assert [whom for _, whom in questions] == [(address, snmp.PORT) for address in ADDRESSES]
    assert all(b"doc" in message for message, _ in questions)
