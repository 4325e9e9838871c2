"""What a device probably is, and what that rests on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.kinds import KINDS, MAX_EVIDENCE, guess, heard_name


@pytest.mark.parametrize(
    ("vendor", "facts", "kind", "evidence"),
    [
        ("TP-LINK", {"role": "gateway"}, "router", "ARP: gateway"),
        (
            "",
            {"heard": {"mdns": {"services": ["_ipp._tcp"], "model": "HP LaserJet 400"}}},
            "printer",
            "mDNS: _ipp._tcp",
        ),
        ("", {"heard": {"ssdp": {"types": ["MediaRenderer", "dial"], "name": "TV phòng 5"}}}, "tv", "SSDP: dial"),
        ("", {"heard": {"netbios": {"name": "PHONGMAY-01"}}}, "pc", "NetBIOS"),
        ("", {"heard": {"netbios": {"name": "DC", "controller": True}}}, "server", "NetBIOS: domain controller"),
        ("", {"heard": {"lldp": {"roles": ["bridge", "ap"]}}}, "ap", "LLDP: ap"),
        ("Cisco", {"heard": {"cdp": {"roles": ["bridge"], "model": "cisco WS-C2960"}}}, "switch", "CDP: bridge"),
        ("Hangzhou Hikvision Digital Technology", {}, "camera", "IEEE: Hangzhou Hikvision Digital Technology"),
        ("", {"heard": {"snmp": {"descr": "RouterOS RB750Gr3"}}}, "router", "SNMP: RouterOS RB750Gr3"),
        ("Dell Inc.", {}, "", ""),
        ("", {"heard": {"mdns": {"services": ["_smb._tcp"]}}}, "", ""),  # too little to say
        ("", {"heard": "odd"}, "", ""),
    ],
)
def test_a_kind_is_guessed_with_its_evidence(vendor: str, facts: dict[str, Any], kind: str, evidence: str) -> None:
    found = guess(vendor, facts)
    assert found.kind == kind
    assert evidence in found.evidence if evidence else not found.evidence


def test_two_that_weigh_the_same_are_no_guess() -> None:
    assert guess("", {"heard": {"lldp": {"roles": ["bridge"]}, "mdns": {"services": ["_ipp._tcp"]}}}).kind == ""


def test_what_a_manager_named_goes_before_what_a_maker_did() -> None:
    assert heard_name({"heard": {"ssdp": {"name": "Samsung TV"}, "snmp": {"name": "tv-phong-5"}}}) == "tv-phong-5"
    assert heard_name({"heard": {"ssdp": "odd", "mdns": {"name": 5}}}) == ""


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)
said = st.dictionaries(st.sampled_from(["services", "types", "roles", "name", "model", "descr", "server"]), plain)
protocols = st.sampled_from(["mdns", "ssdp", "lldp", "cdp", "netbios", "snmp", "dhcp"])


@given(vendor=st.text(max_size=60), heard=st.one_of(plain, st.dictionaries(protocols, st.one_of(said, plain))))
def test_whatever_a_box_says_there_is_a_kind_or_none(vendor: str, heard: Any) -> None:
    found = guess(vendor, {"heard": heard})
    assert found.kind in ("", *KINDS)
    assert len(found.evidence) <= MAX_EVIDENCE
    assert all(len(text) < 100 for text in found.evidence)
    assert len(heard_name({"heard": heard})) <= 64
