"""Speed tests on a school's page and on their own: what they found, and what they are no proof of."""

from __future__ import annotations

import json
import re
from typing import Any

from controller.tables import Measurement
from controller.web.read.school_tests import details
from tests.integration.api.world import ADMIN, NOON, STRANGER, World
from tests.integration.web.school import PATH, add_test, drawing, get, lasting, set_latest, text_of


def test_an_invalid_test_is_marked_and_its_reasons_are_named(sqlite_world: World) -> None:
    body = {"facts": {"validity": ["wifi", "cross-traffic"], "valid": False}}
    add_test(sqlite_world, is_valid=False, body=body)
    page = get(sqlite_world)
    words = text_of(page)
    assert "Not valid" in words
    assert "Measured over Wi-Fi: the radio may be slower than the line." in words
    assert "Someone was using the network during the test" in words
    speed = drawing(page)["speed"]
    assert speed["valid"][0] is False
    assert speed["why"][0] == ["wifi", "cross-traffic"]
    assert speed["contract"] == [150.0, None]


def test_a_result_over_loopback_says_that_it_is_no_internet_line(sqlite_world: World) -> None:
    number = add_test(sqlite_world, scope="loopback", down_bps=9.1e9)
    set_latest(sqlite_world, down_bps=9.1e9, speed_scope="loopback", speed_at=NOON - 60)
    page = get(sqlite_world)
    words = text_of(page)
    assert "this machine only" in words
    assert "enters no indicator" in words
    assert "of the contract" not in words.split("Line", 1)[0]
    assert "not an Internet line" in text_of(get(sqlite_world, f"{PATH}/tests/{number}"))


def test_a_test_s_page_tells_everything_about_it(sqlite_world: World) -> None:
    down = {"ended": "steady", "client": {"bytes": 70_000_000}, "confidence_ratio": 0.008, "congestion_control": "bbr"}
    down |= {
        "server": {"bytes": 71_000_000, "seconds": 6.2, "cpu": 0.1},
        "points": [[1.0, 10_000_000], [2.0, 22_000_000]],
    }
    facts: dict[str, Any] = {"method": "truongnet-tcp/1", "streams": 4, "validity": [], "down": down}
    facts |= {"interface": {"name": "eth0", "medium": "wire", "bits_per_second": 1e9, "duplex": "full"}}
    facts |= {"cpu": {"own_core_share": 0.31, "machine_share": 0.22}, "public_address": "113.160.1.2"}
    samples = [{"name": "bytes_used", "value": 74e6, "labels": {}}, {"name": "rtt_loaded_down_seconds", "value": 0.045}]
    number = add_test(sqlite_world, duration=15.0, body={"facts": facts, "samples": samples})
    page = get(sqlite_world, f"{PATH}/tests/{number}")
    words = text_of(page)
    for said in ("truongnet-tcp/1", "Cable (eth0)", "1,000 Mbit/s", "74.0 MB", "when the result was steady", "70.0 MB"):
        assert said in words
    for said in (
        "71.0 MB / 6.2 s",
        "31.0 %",
        "113.160.1.2",
        "batch 7 of box",
        "45.0 ms",
        "± 0.8",
        lasting(sqlite_world, 15),
    ):
        assert said in words
    ways = json.loads(re.search(r'id="ramp-data">(.*?)</script>', page, re.S)[1])["ways"]  # type: ignore[index]
    assert ways[0]["rate"] == [80.0, 96.0]


def test_a_failed_test_says_why_and_odd_facts_break_nothing(sqlite_world: World) -> None:
    odd = {"facts": {"validity": "x", "interface": 5, "down": [1], "streams": True}, "samples": {"a": 1}}
    number = add_test(
        sqlite_world, outcome="failed", reason="bulk-blocked", is_valid=False, down_bps=None, up_bps=None, body=odd
    )
    assert "The port for bulk data is blocked" in text_of(get(sqlite_world))
    assert "The port for bulk data is blocked" in text_of(get(sqlite_world, f"{PATH}/tests/{number}"))


def test_another_school_s_test_is_not_found_under_this_one(sqlite_world: World) -> None:
    number = add_test(sqlite_world)
    answer = sqlite_world.call(ADMIN, "GET", f"/schools/{STRANGER}/tests/{number}", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_slices_too_short_to_mean_anything_are_laid_together() -> None:
    """At 5 Gbit/s a box counts a hundred times a second; single slices show packets being handed over."""
    points = [[n / 100, n * 6_250_000 + (4_000_000 if n % 2 else 0)] for n in range(1, 1001)]
    row = Measurement(school_id=1, agent_id="x", seq=1, item=0, probe="speed", outcome="ok", at=NOON)
    row.body = {"facts": {"down": {"points": points}}}
    rates = details(row).down.rates
    assert 40 <= len(rates) <= 60
    assert all(abs(bps / 5e9 - 1) < 0.1 for _, bps in rates)


def test_a_light_test_says_what_it_is_and_what_it_found_beside_the_usual(sqlite_world: World) -> None:
    for hours in (30, 50):
        add_test(sqlite_world, at=NOON - hours * 3600, seq=hours, down_bps=100e6, up_bps=50e6)
    guess: dict[str, Any] = {"by": "trains", "is_bound": False, "confidence_ratio": 0.1, "packets": 280}
    facts: dict[str, Any] = {"mode": "light", "validity": [], "method": "truongnet-light/1"}
    facts |= {"light_down": guess | {"bits_per_second": 48e6}, "light_up": guess | {"bits_per_second": 49e6}}
    number = add_test(sqlite_world, down_bps=None, up_bps=None, is_valid=True, body={"facts": facts})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "This is a light test for class hours" in words
    assert "≈ 48.0 Mbit/s The line carries about half or less of what recent full tests found." in words
    assert "≈ 49.0 Mbit/s The line is as it usually is." in words
    assert "of the contract" not in words
    overview = text_of(get(sqlite_world))
    assert "≈ 48.0 Mbit/s" in overview
    assert "Light: below 1 MB, an estimate only" in overview


def test_a_light_test_that_is_not_valid_blames_nobody(sqlite_world: World) -> None:
    add_test(sqlite_world, at=NOON - 7200, seq=8, down_bps=100e6, up_bps=50e6)
    guess = {"by": "trains", "is_bound": False, "confidence_ratio": 0.1, "bits_per_second": 10e6}
    facts = {"mode": "light", "validity": ["backup-line"], "light_down": guess, "light_up": guess}
    number = add_test(sqlite_world, down_bps=None, up_bps=None, is_valid=False, body={"facts": facts})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "about half or less" not in words
    assert "Measured over a backup line, not the school's main one." in words


def test_loss_jitter_and_responsiveness_are_said_in_plain_words(sqlite_world: World) -> None:
    values = {"udp_loss_ratio": 0.025, "udp_rtt_seconds": 0.012, "udp_jitter_seconds": 0.0031}
    values |= {"udp_loss_loaded_up_ratio": 0.2, "udp_rtt_loaded_up_seconds": 0.4, "responsiveness_rpm": 150.0}
    samples = [{"name": name, "value": value, "labels": {}} for name, value in values.items()]
    facts = {"mode": "full", "validity": [], "udp": {"state": "ok"}, "path": {"gateway": "192.168.1.1"}}
    number = add_test(sqlite_world, body={"facts": facts, "samples": samples})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    for said in ("150 round trips a minute", "Poor: video calls will stutter", "idle 2.5 % 12.0 ms 3.10 ms"):
        assert said in words
    assert "while uploading 20.0 % 400 ms" in words
    assert "while downloading" not in words, "what was not measured is not shown"
    assert "192.168.1.1" in words


def test_a_firewall_that_blocks_udp_is_named(sqlite_world: World) -> None:
    number = add_test(sqlite_world, body={"facts": {"udp": {"state": "blocked"}}})
    assert "A firewall blocks UDP to the measurement server" in text_of(get(sqlite_world, f"{PATH}/tests/{number}"))


def test_a_second_opinion_stands_beside_and_is_labelled(sqlite_world: World) -> None:
    number = add_test(sqlite_world)
    samples = [{"name": "second_down_bits_per_second", "value": 81e6, "labels": {}}]
    body = {"facts": {"method": "speedtest-cli/2.1.3"}, "samples": samples}
    add_test(sqlite_world, at=NOON - 600, seq=8, probe="second", down_bps=None, up_bps=None, body=body)
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "Second opinion" in words
    assert "speedtest-cli/2.1.3" in words
    assert "81.0 Mbit/s" in words
    assert "it enters no indicator" in words
    assert "81.0" not in text_of(get(sqlite_world)), "it is no test of ours"
