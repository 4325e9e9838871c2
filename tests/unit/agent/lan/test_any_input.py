"""Whatever strangers send: no parser raises, none runs for ever, and what comes out is bounded plain data."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.lan import dhcp, dns, frames, igd, mdns, netbios, snmp, snmp_wan, ssdp, wire
from agent.lan.text import clean

RECORDED = Path(__file__).parents[3] / "recorded" / "lan" / "frames"
SOUND = [bytes.fromhex(path.read_text()) for path in sorted(RECORDED.glob("*.hex"))]
MOST = 16_384  # bytes of JSON of whatever one datagram says
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "lldp": frames.parse_lldp,
    "cdp": frames.parse_cdp,
    "dhcp": frames.parse_dhcp,
    "mdns": lambda message: mdns.described(dns.parse(message), "10.82.1.20"),
    "netbios": netbios.parse,
    "ssdp": ssdp.parse,
    "description": ssdp.description,
    "line": lambda body: igd.control(b"<service>" + igd.SERVICE.encode() + body, "http://10.82.1.20/", "10.82.1.20"),
    "bytes of the line": lambda answer: igd.count(b"HTTP/1.1 200 OK" + answer, "TotalBytesSent"),
    "card of the line": lambda message: snmp_wan.card(message, 7),
    "snmp": lambda message: snmp.parse(message, 7),
    "kind": lambda frame: wire.kind_of(frame, 7),
    "number": dhcp.number_of,
}
FEW = settings(max_examples=150, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])


def check(said: Any) -> None:
    text = json.dumps(said)
    assert len(text) <= MOST
    for value in strings(said):
        assert all(unicodedata.category(mark)[0] != "C" for mark in value), value
        assert unicodedata.is_normalized("NFC", value)


def strings(said: Any) -> list[str]:
    if isinstance(said, str):
        return [said]
    if isinstance(said, dict):
        return [text for key, value in said.items() for text in (key, *strings(value)) if key != "location"]
    return [text for value in said for text in strings(value)] if isinstance(said, list) else []


@pytest.mark.parametrize("name", PARSERS)
@FEW
@given(message=st.binary(max_size=1_600))
def test_any_bytes(name: str, message: bytes) -> None:
    check(PARSERS[name](message))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A frame that a real program sent, with some bytes changed, cut, or put in."""
    frame = bytearray(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(frame) - 1, 0)))
        what = draw(st.sampled_from(("change", "cut", "insert", "repeat")))
        if what == "change" and frame:
            frame[at] = draw(st.integers(0, 255))
        elif what == "cut":
            del frame[at:]
        elif what == "insert":
            frame[at:at] = draw(st.binary(max_size=40))
        else:
            frame[at:at] = frame[at : at + 40] * draw(st.integers(1, 6))
    return bytes(frame)


@pytest.mark.parametrize("name", PARSERS)
@FEW
@given(message=damaged())
def test_damaged_frames_of_real_programs(name: str, message: bytes) -> None:
    check(PARSERS[name](message))
    check(PARSERS[name](message[42:]))  # what a UDP socket would give of it


@given(text=st.one_of(st.text(max_size=400), st.binary(max_size=400)), most=st.integers(1, 128))
def test_a_cleaned_name_is_one_short_line_in_nfc_and_stays_what_it_is(text: str | bytes, most: int) -> None:
    name = clean(text, most)
    assert len(name) <= most
    assert unicodedata.is_normalized("NFC", name)
    assert clean(name, most) == name
    assert all(unicodedata.category(mark)[0] != "C" for mark in name)


@pytest.mark.parametrize(
    ("given_as", "shown"),
    [
        ("Trường".encode(), "Trường"),
        (unicodedata.normalize("NFD", "Phòng máy 2"), "Phòng máy 2"),
        ("a\x1b[31mb\x00\r\nc", "a[31mb c"),
        ("txt\u202egnp.exe", "txtgnp.exe"),
        ("zero\u200bwidth", "zerowidth"),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        ("  nhiều   khoảng \t trắng ", "nhiều khoảng trắng"),
        ("\ud800half", "half"),
    ],
)
def test_names_are_made_fit_for_people(given_as: str | bytes, shown: str) -> None:
    assert clean(given_as) == shown
