"""Real use as windows, and the second opinion, in the whole agent; the probe itself against this machine's card."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from agent import frame
from agent.frame import Target
from agent.probes import traffic
from tests.integration.agent.fake_controller import FakeController, join_code
from tests.integration.agent.running import Box, until


@pytest.fixture
def box(tmp_path: Path) -> Box:
    directory = tmp_path / "box"
    directory.mkdir()
    return Box(directory)


def windows(controller: FakeController, name: str) -> list[dict[str, Any]]:
    some = [item["body"] for item in controller.items("windows")]
    return [window for body in some for window in body if window["name"] == name]


def results(controller: FakeController, probe: str) -> list[dict[str, Any]]:
    return [item["body"] for item in controller.items("result") if item["body"]["probe"] == probe]


def test_real_use_arrives_as_windows_of_rates_and_as_nothing_else(box: Box, plain: FakeController) -> None:
    assert box.command("join", join_code(plain, "")).returncode == 0
    with box.running():
        until(lambda: windows(plain, "passive_down_bits_per_second"), "windows of rates arrive")
        until(lambda: windows(plain, "passive_up_bits_per_second"), "both ways")
    window = windows(plain, "passive_down_bits_per_second")[-1]
    assert window["labels"] == {"interface": "eth0"}
    assert window["median"] == pytest.approx(8e6, rel=0.01)
    assert window["max"] >= window["p95"] >= window["min"] > 0
    assert windows(plain, "passive_up_bits_per_second")[-1]["median"] == pytest.approx(1e6, rel=0.01)
    assert results(plain, "traffic") == []


def test_a_leave_for_a_second_opinion_starts_that_and_no_speed_test(box: Box, plain: FakeController) -> None:
    now = time.time()
    leave = {"token": "s", "host": "127.0.0.1", "port": 1, "plain": True, "not_before": now - 1, "expires": now + 300}
    plain.extra = {"measure": leave | {"mode": "second", "max_bytes": 0}}
    assert box.command("join", join_code(plain, "")).returncode == 0
    with box.running():
        until(lambda: results(plain, "second"), "the second opinion arrives")
    (result,) = results(plain, "second")
    assert result["facts"] == {"token": "s", "usual": {}}
    assert results(plain, "speed") == []


def test_this_machines_card_is_read_or_the_reason_is_named() -> None:
    result = frame.run("traffic", traffic.probe, Target(), 2.0)
    assert (result.outcome, result.reason) in (("ok", ""), ("skipped", "no-route"))
    if result.outcome == "ok":
        assert {sample.name for sample in result.samples} == set(traffic.COUNTERS)
