"""What the box remembers of the ways out of its measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ways_out import FILE, KEPT, WaysOut, usual

MAIN, SPARE = ["eth0", "192.168.1.1", "203.113.0.0/16"], ["eth0", "192.168.8.1", "27.65.0.0/16"]


def facts(way: list[str], scope: str = "network") -> dict[str, object]:
    return {"scope": scope, "path": dict(zip(("interface", "gateway", "network"), way, strict=True))}


def test_a_few_measurements_make_no_habit() -> None:
    assert usual([MAIN] * 4) == {}


def test_what_most_went_by_is_usual() -> None:
    assert usual([MAIN] * 12 + [SPARE]) == {
        "interface": "eth0", "gateway": "192.168.1.1", "network": "203.113.0.0/16"
    }  # fmt: skip


def test_an_address_that_jumps_between_networks_has_no_usual_network() -> None:
    jumping = [["eth0", "192.168.1.1", f"27.{n % 5}.0.0/16"] for n in range(30)]
    assert usual(jumping) == {"interface": "eth0", "gateway": "192.168.1.1"}


def test_half_and_half_is_no_habit() -> None:
    assert usual([MAIN, SPARE] * 10) == {}


def test_it_is_kept_over_a_restart_and_stays_small(tmp_path: Path) -> None:
    ways = WaysOut(tmp_path)
    for _ in range(KEPT + 10):
        ways.note(facts(MAIN))
    assert WaysOut(tmp_path).usual()["gateway"] == "192.168.1.1"
    assert (tmp_path / FILE).stat().st_size < 4_096


def test_a_new_line_becomes_the_usual_one_by_itself(tmp_path: Path) -> None:
    ways = WaysOut(tmp_path)
    for way in [MAIN] * KEPT + [SPARE] * KEPT:
        ways.note(facts(way))
    assert ways.usual()["gateway"] == "192.168.8.1"


def test_a_test_within_this_machine_and_one_without_a_way_are_not_remembered(tmp_path: Path) -> None:
    ways = WaysOut(tmp_path)
    for _ in range(10):
        ways.note(facts(MAIN, "loopback"))
        ways.note({"scope": "network"})
        ways.note({"scope": "network", "path": "eth0"})
    assert ways.usual() == {}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[["a"]]', "[" * 10_000, "\xff"], ids=lambda text: text[:8])
def test_a_file_that_is_damaged_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "latin-1")
    ways = WaysOut(tmp_path)
    assert ways.usual() == {}
    ways.note(facts(MAIN))
