"""What Debian's daemons said on a wire of the lab must become what is written beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.lan import dns, frames, mdns, netbios, snmp, ssdp

HERE = Path(__file__).parent
CASES: Mapping[str, Any] = json.loads((HERE / "expected.json").read_text("utf-8"))


def _address(frame: bytes) -> str:
    return ".".join(str(byte) for byte in frame[26:30])


def _payload(frame: bytes) -> bytes:
    at = 14 + 4 * (frame[14] & 15)
    size = int.from_bytes(frame[at + 4 : at + 6], "big")
    return frame[at + 8 : at + size]


def _number(message: bytes) -> int:
    """Of an SNMP answer: the four bytes behind the tag of its first number after the community."""
    at = message.index(bytes([snmp.RESPONSE]))
    start = message.index(b"\x02", at) + 2
    return int.from_bytes(message[start : start + message[start - 1]], "big")


PARSERS: dict[str, Callable[[bytes], Any]] = {
    "lldp": frames.parse_lldp,
    "cdp": frames.parse_cdp,
    "dhcp": frames.parse_dhcp,
    "mdns": lambda frame: mdns.described(dns.parse(_payload(frame)), _address(frame)),
    "netbios": lambda frame: netbios.parse(_payload(frame)),
    "ssdp": lambda frame: ssdp.parse(_payload(frame)),
    "snmp": lambda frame: snmp.parse(_payload(frame), _number(_payload(frame))),
}


@pytest.mark.parametrize("name", CASES)
def test_a_frame_becomes_what_it_says(name: str) -> None:
    frame = bytes.fromhex((HERE / "frames" / f"{name}.hex").read_text())
    assert PARSERS[name.split("-")[1]](frame) == CASES[name]


def test_every_recorded_frame_and_every_parser_has_a_case() -> None:
    assert {path.stem for path in (HERE / "frames").glob("*.hex")} == set(CASES)
    assert {name.split("-")[1] for name in CASES} == set(PARSERS)
