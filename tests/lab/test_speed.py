"""The real probe and the real measurement server at the two ends of shaped links, whose truth is known.

How exact it is, is the business of ``python -m bench.accuracy``; here a machine that is busy with other tests must not
fail, so the bounds are wider, and a run that the probe itself calls invalid is repeated.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Literal

import pytest

from bench.peers.ours import MeasureServer, measure_server, value
from monitoring.light import verdict
from tests.lab.links import Namespace, ShapedPair
from tests.lab.shared import COMMUNITY, SharedLine

pytestmark = pytest.mark.lab
TOLERANCE = 0.05
TRIES = 2


def measured(server: MeasureServer, client: Namespace) -> dict[str, Any]:
    """The first valid result, or the last one."""
    result: dict[str, Any] = {}
    for _ in range(TRIES):
        result = server.result(client)
        assert result["outcome"] == "ok", result["detail"]
        if result["facts"]["valid"]:
            break
    return result


@pytest.mark.parametrize(
    ("down", "up"), [(5.0, 5.0), (20.0, 20.0), (100.0, 100.0), (50.0, 8.0)], ids=["5", "20", "100", "asymmetric"]
)
def test_it_finds_the_shaped_rate_both_ways(down: float, up: float) -> None:
    with ShapedPair(down, up) as link, measure_server(link.server) as server:
        result = measured(server, link.client)
    assert value(result, "down_bits_per_second") == pytest.approx(link.truth(down), rel=TOLERANCE)
    assert value(result, "up_bits_per_second") == pytest.approx(link.truth(up), rel=TOLERANCE)
    assert value(result, "bytes_used") < (down + up) * 1e6 / 8 * 9
    facts = result["facts"]
    assert (facts["scope"], facts["interface"]["medium"], facts["interface"]["name"]) == (
        "network",
        "wire",
        link.client.device,
    )
    for way in ("down", "up"):
        assert facts[way]["points"], "the proof is kept"


def test_over_a_long_and_lossy_line_it_uses_several_streams_and_says_the_round_trip() -> None:
    with ShapedPair(20, 20, rtt_ms=40, loss=0.01) as link, measure_server(link.server) as server:
        result = measured(server, link.client)
    assert result["facts"]["streams"] > 1
    assert 0.040 <= value(result, "rtt_idle_seconds") < 0.2
    assert value(result, "rtt_loaded_down_seconds") >= 0.040
    for way in ("down", "up"):
        found = value(result, f"{way}_bits_per_second")
        assert 0.5 * link.truth(20) < found < 1.1 * link.truth(20)


def test_a_line_that_is_cut_in_the_middle_fails_by_name() -> None:
    with ShapedPair(20, 20, relayed=True) as link, measure_server(link.server) as server:
        assert link.relay is not None
        results: list[dict[str, Any]] = []
        measuring = threading.Thread(target=lambda: results.append(server.result(link.client, max_seconds=8)))
        measuring.start()
        begun = _carried(link) + 500_000
        while _carried(link) < begun and measuring.is_alive():
            time.sleep(0.02)
        link.relay.set(cut=True)
        measuring.join(60)
        assert [result["outcome"] for result in results] == ["failed"]
        assert results[0]["reason"] in ("stalled", "server-hung", "server-gone", "bulk-blocked"), results[0]
        link.relay.set(cut=False)
        assert server.result(link.client)["outcome"] == "ok", "the server measures for the next box"


def _carried(link: ShapedPair) -> int:
    shown = link.client.run(["cat", f"/sys/class/net/{link.client.device}/statistics/rx_bytes"])
    return int(shown.stdout) if shown.stdout.strip() else 0


def test_traffic_of_others_on_the_line_makes_it_invalid() -> None:
    """Somebody else fills a part of the same line through the same interface."""
    with ShapedPair(20, 20) as link, measure_server(link.server) as server:
        flood = ["-c", FLOOD, link.client.address]
        with link.server.popen(["python3", *flood]) as other:
            try:
                result = server.result(link.client)
            finally:
                other.terminate()
                other.wait(10)
    assert result["outcome"] == "ok", result["detail"]
    assert "cross-traffic" in result["facts"]["validity"]
    assert not result["facts"]["valid"]


def test_traffic_of_another_machine_behind_the_router_is_named_where_the_router_tells() -> None:
    """How often is the business of ``python -m bench.accuracy --parts busy``."""
    with SharedLine(20, tells="upnp") as line, measure_server(line.server) as server:
        quiet = server.result(line.client, mode="light")
        with line.server.popen(["python3", "-c", FLOOD, line.other.address]) as other:
            try:
                busy = server.result(line.client, mode="short")
            finally:
                other.terminate()
                other.wait(10)
    assert (quiet["facts"]["others"]["by"], quiet["facts"]["remarks"]) == ("upnp", [])
    assert "cross-traffic" not in quiet["facts"]["validity"]
    assert "cross-traffic" in busy["facts"]["validity"], busy["facts"]["others"]
    assert busy["facts"]["others"]["down_bits_per_second"] > 1e6


@pytest.mark.parametrize(("tells", "by"), [("snmp", "snmp"), ("", "")])
def test_a_router_is_asked_by_snmp_and_one_that_tells_nothing_is_remarked(tells: Literal["", "snmp"], by: str) -> None:
    with SharedLine(20, tells=tells) as line, measure_server(line.server) as server:
        result = server.result(line.client, mode="short", snmp_community=COMMUNITY)
    facts = result["facts"]
    assert "cross-traffic" not in facts["validity"]
    assert facts["others"]["by"] == by
    assert ("others-unseen" in facts["remarks"]) == (None in facts["others"].values()), "said exactly where it holds"
    assert by or "others-unseen" in facts["remarks"]


@pytest.mark.parametrize(("mbps", "rtt"), [(20.0, 0.0), (100.0, 0.0), (20.0, 40.0)], ids=["20", "100", "20-40ms"])
def test_a_light_measurement_takes_less_than_a_megabyte_and_sees_a_halved_line(mbps: float, rtt: float) -> None:
    """How often it is right is the business of ``python -m bench.accuracy --parts light``."""
    with ShapedPair(mbps, mbps, rtt_ms=rtt) as link, measure_server(link.server) as server:
        for share, said in ((1.0, "whole"), (0.5, "halved")):
            link.reshape(mbps * share, mbps * share)
            tries = []
            for _ in range(TRIES):
                before = link.carried()
                result = server.result(link.client, mode="light")
                assert link.carried() - before <= 1_000_000
                assert result["outcome"] == "ok", result["detail"]
                tries.append([verdict_of(result, way, link.truth(mbps)) for way in ("down", "up")])
                if tries[-1] == [said, said]:
                    break
            assert tries[-1] == [said, said], tries


def verdict_of(result: dict[str, Any], way: str, usual: float) -> str:
    facts = result["facts"][f"light_{way}"]
    return verdict(facts["bits_per_second"], facts["confidence_ratio"], is_bound=facts["is_bound"], recent=[usual])


def test_over_a_spare_line_it_is_kept_named_and_not_valid() -> None:
    with ShapedPair(20, 20) as link, measure_server(link.server) as server:
        named = server.result(link.client, mode="light", backup=["198.18.2.0/24"])
        other = server.result(link.client, mode="light", usual={"interface": "eth0", "gateway": "192.168.1.1"})
        usual = {"interface": link.client.device, "gateway": "198.18.2.1"}
        same = server.result(link.client, mode="light", usual=usual)
    for result in (named, other):
        assert (result["outcome"], result["facts"]["valid"]) == ("ok", False)
        assert "backup-line" in result["facts"]["validity"]
    assert "backup-line" not in same["facts"]["validity"]
    assert same["facts"]["path"]["gateway"] == "198.18.2.1"


def test_a_short_measurement_costs_less_and_its_interval_holds_the_truth() -> None:
    with ShapedPair(20, 20, rtt_ms=40) as link, measure_server(link.server) as server:
        result = server.result(link.client, mode="short")
    assert result["outcome"] == "ok", result["detail"]
    assert value(result, "bytes_used") < 2 * 3.0 * 20e6 / 8
    for way in ("down", "up"):
        found, width = value(result, f"{way}_bits_per_second"), value(result, f"{way}_confidence_ratio")
        assert abs(found / link.truth(20) - 1) <= max(width, TOLERANCE)


def test_over_udp_it_finds_the_loss_of_the_line_and_what_a_full_line_does_to_a_call() -> None:
    with ShapedPair(20, 20, rtt_ms=40, loss=0.1) as link, measure_server(link.server) as server:
        lossy = server.result(link.client, mode="short")
    with ShapedPair(20, 20, rtt_ms=40) as link, measure_server(link.server) as server:
        clean = server.result(link.client)
    assert value(lossy, "udp_loss_ratio") > 0.05, "40 questions, each lost with 19 %"
    assert value(clean, "udp_loss_ratio") < 0.05
    assert 0.040 <= value(clean, "udp_rtt_seconds") < 0.2
    assert value(clean, "udp_rtt_loaded_down_seconds") > 0.040
    assert 60 / 2 < value(clean, "responsiveness_rpm") < 60 / 0.040


FLOOD = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    while True:
        line.sendto(bytes(1200), (sys.argv[1], 9))
        time.sleep(0.002)
"""
