"""What a sweep found must become the devices that are recorded beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.probes.lan import reading

CASES = sorted((Path(__file__).parent / "lan").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_devices_are_made_of_a_sweep(path: Path) -> None:
    case = json.loads(path.read_text())
    found = reading(case["answer"], case["interface"], case["own_prefix"], set(case["gateways"]))
    assert found.facts == case["facts"]
    assert {sample.name: sample.value for sample in found.samples} == case["samples"]
