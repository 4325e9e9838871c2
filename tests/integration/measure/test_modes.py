"""Full, short and light, as the leave says, against a real server; and one that is older than they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.wire import Result
from tests.integration.measure.place import Place, place


def values(result: Result) -> dict[str, float]:
    assert result.outcome == "ok", (result.reason, result.detail)
    return {sample.name: sample.value for sample in result.samples}


def test_a_full_measurement_says_so_and_asks_over_udp(province: Place) -> None:
    result = province.measure(token=province.leave(), most=60_000_000)
    found, facts = values(result), result.facts
    assert (facts["mode"], facts["udp"]["state"]) == ("full", "ok")
    assert found["udp_loss_ratio"] < 0.2
    assert 0 < found["udp_rtt_seconds"] < 1
    assert found["udp_jitter_seconds"] >= 0


def test_the_bytes_of_the_leave_are_kept_whatever_the_token_allows(province: Place) -> None:
    found = values(province.measure(token=province.leave(), most=20_000_000))
    assert 5_000_000 < found["bytes_used"] < 22_000_000


def test_a_short_measurement_is_short_and_says_how_unsure_it_is(province: Place) -> None:
    result = province.measure(token=province.leave(), mode="short", most=400_000_000)
    found, facts = values(result), result.facts
    assert facts["mode"] == "short"
    for way in ("down", "up"):
        assert facts[way]["counted_seconds"] <= 1.75
        assert found[f"{way}_confidence_ratio"] >= 0.03, "what is cut early is not sure"
        assert found[f"{way}_bits_per_second"] > 1e6


def test_a_light_measurement_takes_less_than_a_megabyte_and_has_names_of_its_own(province: Place) -> None:
    result = province.measure(mode="light", token=province.leave(max_bytes=1_000_000))
    found, facts = values(result), result.facts
    assert (facts["mode"], facts["method"]) == ("light", "truongnet-light/1")
    assert found["bytes_used"] <= 1_000_000
    assert found["light_down_bits_per_second"] > 1e6
    assert found["light_up_bits_per_second"] > 1e6
    assert not {"down_bits_per_second", "up_bits_per_second"} & set(found)
    for way in ("down", "up"):
        assert facts[f"light_{way}"]["by"] == "trains"
        assert facts[f"light_{way}"]["packets"] > 100


def test_a_mode_of_a_newer_province_is_measured_lightly(province: Place) -> None:
    assert province.measure(mode="feather").facts["mode"] == "light"


def test_a_leave_for_too_few_bytes_is_named(province: Place) -> None:
    result = province.measure(mode="light", token=province.leave(max_bytes=70_000))
    assert (result.outcome, result.reason) == ("failed", "budget")


@pytest.mark.parametrize("mode", ["full", "short", "light"])
def test_a_server_without_udp_is_measured_all_the_same(tmp_path: Path, mode: str) -> None:
    with place(tmp_path, "--no-udp") as province:
        result = province.measure(mode=mode)
    found = values(result)
    assert (result.facts["mode"], result.facts["udp"]["state"]) == (mode, "not-offered")
    if mode == "light":
        assert found["bytes_used"] <= 1_000_000
        for way in ("down", "up"):
            facts: dict[str, Any] = result.facts[f"light_{way}"]
            assert (facts["by"], facts["is_bound"]) == ("burst", True)


def test_where_a_firewall_drops_udp_it_says_so(province: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.speedtest.echo.QUESTION", b"LOST")
    result = province.measure(mode="light")
    assert result.facts["udp"]["state"] == "blocked"
    assert result.facts["light_down"]["by"] == "burst"
    assert "udp_loss_ratio" not in values(result)


def test_over_a_spare_line_it_is_marked_outside_of_this_machine_only(province: Place) -> None:
    result = province.measure(backup=["127.0.0.0/8"])
    assert result.facts["validity"] == [], "this machine is no line, so nothing is claimed about one"
    assert result.facts["path"]["interface"] == "lo"
