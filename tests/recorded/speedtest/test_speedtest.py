"""Recorded lines must be read as the rate that they were shaped to, and recorded results as the figures they carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.decode import decode
from agent.speedtest.estimate import estimate
from agent.wire import Result
from controller.speed_columns import speed_columns

HERE = Path(__file__).parent


def cases(kind: str) -> list[str]:
    return sorted(file.name.removesuffix(".expected.json") for file in (HERE / kind).glob("*.expected.json"))


def pair(kind: str, case: str) -> tuple[Any, Any]:
    found, expected = HERE / kind / f"{case}.json", HERE / kind / f"{case}.expected.json"
    return json.loads(found.read_text()), json.loads(expected.read_text())


def test_every_recording_has_its_expectation() -> None:
    for kind in ("lines", "results"):
        recordings = {file.name for file in (HERE / kind).glob("*.json")}
        assert recordings == {f"{case}{end}" for case in cases(kind) for end in (".json", ".expected.json")}
        assert recordings


@pytest.mark.parametrize("case", cases("lines"))
def test_a_line_is_read_as_it_was_shaped(case: str) -> None:
    recorded, expected = pair("lines", case)
    found = estimate([(seconds, count) for seconds, count in recorded["points"]], recorded["ramp"])
    assert found is not None
    target = expected["shaped_bits_per_second"]
    assert found.bits_per_second == pytest.approx(target, rel=0.02), "the bound of a single run"
    assert found.bits_per_second == pytest.approx(expected["bits_per_second"], abs=1.0)
    assert found.mean_bits_per_second == pytest.approx(expected["mean_bits_per_second"], abs=1.0)
    assert (found.by, found.is_steady) == (expected["by"], expected["is_steady"])
    assert found.half_width == pytest.approx(expected["half_width"], abs=1e-5)


@pytest.mark.parametrize("case", cases("results"))
def test_the_controller_reads_a_result(case: str) -> None:
    recorded, expected = pair("results", case)
    result = decode(Result, recorded)
    assert speed_columns(result) == expected


def test_a_result_says_how_it_was_measured() -> None:
    recorded, _ = pair("results", "line-on-a-busy-machine")
    facts = recorded["facts"]
    assert facts["method"] == "truongnet-tcp/1"
    assert facts["streams"] >= 1
    assert {"name", "medium", "bits_per_second", "duplex", "signal_dbm"} == set(facts["interface"])
    assert {"own_core_share", "machine_share"} <= set(facts["cpu"])
    names = {sample["name"] for sample in recorded["samples"]}
    assert {"rtt_loaded_down_seconds", "rtt_loaded_up_seconds", "bytes_used", "down_seconds", "up_seconds"} <= names
    for way in ("down", "up"):
        leg = facts[way]
        assert leg["server"]["bytes"] > 0
        assert leg["client"]["bytes"] > 0
        # The receiver cannot have counted more than the sender handed over, and the figure comes from its points.
        received = leg["client" if way == "down" else "server"]["bytes"]
        assert leg["points"][-1][1] <= received
