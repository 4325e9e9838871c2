"""Each recorded machine must be read as its expected inventory says."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.inventory_diff import canonical
from agent.probes.host import sections
from tests.recorded.probes.machine import source

CASES = sorted(path for path in (Path(__file__).parent / "host").iterdir() if path.is_dir())
SECTIONS = {
    "system",
    "board",
    "cpu",
    "memory",
    "disks",
    "network",
    "wifi",
    "usb",
    "displays",
    "printers",
    "power",
    "os",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_machine_is_read_as_expected(case: Path, tmp_path: Path) -> None:
    machine = source(case, tmp_path)
    found = sections(machine)
    expected = json.loads((case / "expected.json").read_text())
    assert found == expected["sections"]
    samples = [{name: value for name, value in asdict(sample).items() if name != "at"} for sample in machine.samples]
    assert samples == expected["samples"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_section_is_there_and_what_is_empty_and_unread_has_a_reason(case: Path, tmp_path: Path) -> None:
    found = sections(source(case, tmp_path))
    assert set(found) == SECTIONS | {"missing"}
    assert all(why["reason"] for why in found["missing"].values())
    for name in ("system", "board", "cpu", "memory", "os"):
        named = [part for part in found["missing"] if part.partition(".")[0] == name]
        assert found[name] or named, name
    for disk in found["disks"]:
        assert disk["health"]["status"] in ("ok", "worn", "failing") or disk["health"]["reason"]


def test_a_second_look_at_the_same_machine_finds_no_difference(tmp_path: Path) -> None:
    looks = [canonical(sections(source(CASES[0], tmp_path / name))) for name in ("one", "two")]
    assert looks[0] == looks[1]


def test_an_empty_root_gives_no_inventory_but_reasons(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "tree.txt").write_text("")
    (tmp_path / "case" / "no-helper").write_text("")
    found = sections(source(tmp_path / "case", tmp_path / "root"))
    assert found["disks"] == found["network"] == []
    assert {"cpu", "board", "memory.modules", "os.packages", "usb", "displays"} <= set(found["missing"])
