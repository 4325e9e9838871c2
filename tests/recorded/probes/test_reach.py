"""Routes, name servers and DNS answers must be read as recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.probes.reach_ways import addresses
from agent.route import Gateway, gateways, nameservers

HERE = Path(__file__).parent / "reach"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir())
PLACES = {
    "route.txt": "proc/net/route",
    "ipv6_route.txt": "proc/net/ipv6_route",
    "resolv.conf": "etc/resolv.conf",
    "resolved.conf": "run/systemd/resolve/resolv.conf",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gateways_and_name_servers_are_found(case: Path, tmp_path: Path) -> None:
    for name, place in PLACES.items():
        if (case / name).exists():
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text((case / name).read_text())
    expected = json.loads((case / "expected.json").read_text())
    assert gateways(tmp_path) == [Gateway(*each) for each in expected["gateways"]]
    assert nameservers(tmp_path) == expected["nameservers"]


def test_a_machine_without_proc_has_no_gateway(tmp_path: Path) -> None:
    assert gateways(tmp_path) == []
    assert nameservers(tmp_path) == []


@pytest.mark.parametrize("case", json.loads((HERE / "dns.json").read_text()), ids=lambda case: case["what"])
def test_addresses_are_read_from_a_dns_answer(case: dict[str, Any]) -> None:
    assert addresses(bytes.fromhex(case["answer"])) == case["addresses"]
