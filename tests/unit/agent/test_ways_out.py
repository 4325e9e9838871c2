"""What the box remembers of the ways out of its measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ways_out import FILE, KEPT, PARTS, WaysOut, usual

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
        ways.note(facts(MAIN), 0.0)
    assert WaysOut(tmp_path).usual()["gateway"] == "192.168.1.1"
    assert (tmp_path / FILE).stat().st_size < 8_192


MOBILE = [
    "eth0",
    "192.168.1.1",
    "27.65.0.0/16",
]  # 4G in the router: nothing but the network that the world sees differs
DAY = 86_400.0


def after(tmp_path: Path, way: list[str], count: int, days: float, **more: bool) -> dict[str, str]:
    """What is usual when ``count`` measurements by ``way``, spread over ``days``, follow a long time on the main line;
    each time as a new start of the box sees it."""
    tmp_path.mkdir(exist_ok=True)
    for _ in range(KEPT):
        WaysOut(tmp_path).note(facts(MAIN), 0.0)
    path: dict[str, object] = {**dict(zip(PARTS, way, strict=True)), **more}
    for number in range(count):
        WaysOut(tmp_path).note({"scope": "network", "path": path}, number * days * DAY / (count - 1))
    return WaysOut(tmp_path).usual()


@pytest.mark.parametrize("way", [SPARE, MOBILE], ids=["another gateway", "only another network"])
def test_a_spare_line_that_is_used_for_days_does_not_become_the_usual_one(tmp_path: Path, way: list[str]) -> None:
    assert after(tmp_path, way, 12, 3.0) == usual([MAIN] * KEPT)


@pytest.mark.parametrize("way", [SPARE, MOBILE], ids=["another gateway", "only another network"])
def test_a_new_line_becomes_the_usual_one_by_itself_but_not_within_days(tmp_path: Path, way: list[str]) -> None:
    assert after(tmp_path / "often", way, 120, 9.0) == usual([MAIN] * KEPT), "invalid tests are repeated"
    assert after(tmp_path / "long", way, 45, 11.2) == usual([way] * KEPT)


def test_one_measurement_by_the_main_line_begins_the_count_anew(tmp_path: Path) -> None:
    after(tmp_path, SPARE, 39, 9.5)
    ways = WaysOut(tmp_path)
    for way, day in ((MAIN, 9.6), (SPARE, 9.7), (SPARE, 20.0)):
        ways.note(facts(way), day * DAY)
    assert ways.usual()["gateway"] == "192.168.1.1"


def test_a_line_that_the_settings_call_spare_never_becomes_the_usual_one(tmp_path: Path) -> None:
    assert after(tmp_path, SPARE, 60, 30.0, is_named_spare=True) == usual([MAIN] * KEPT)


def test_a_test_within_this_machine_and_one_without_a_way_are_not_remembered(tmp_path: Path) -> None:
    ways = WaysOut(tmp_path)
    for _ in range(10):
        ways.note(facts(MAIN, "loopback"), 0.0)
        ways.note({"scope": "network"}, 0.0)
        ways.note({"scope": "network", "path": "eth0"}, 0.0)
    assert ways.usual() == {}


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '[["a"]]', "[" * 10_000, '{"ways": 1, "other": {}, "since": "x"}', "\xff"],
    ids=lambda text: text[:8],
)
def test_a_file_that_is_damaged_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "latin-1")
    ways = WaysOut(tmp_path)
    assert ways.usual() == {}
    ways.note(facts(MAIN), 0.0)
