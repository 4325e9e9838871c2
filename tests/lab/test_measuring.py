"""From a join code to the first measurement, on lines whose speed is known."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.lab import LINES, Lab, School
from tests.lab.links import ShapedPair
from tests.lab.network import THINGS

pytestmark = pytest.mark.lab
MACHINE_IS_BUSY = {"cpu-bound"}  # whoever else works on it: the box notices, and says so
OFF = 0.05  # of the truth; bench/accuracy.py is where more is asked of it


@pytest.mark.parametrize("number", range(1, len(LINES) + 1))
def test_a_school_joins_is_accepted_and_its_first_measurement_is_the_truth(
    lab: Lab, figure: Figure, number: int
) -> None:
    school = lab.schools[number - 1]
    lab.joined(school)
    came, line = lab.firsts[number], school.line
    first, facts = came.row, lab.api.get(f"/measurements/{came.row['id']}")["body"]["facts"]
    down = first["down_bps"] / ShapedPair.truth(line.down) - 1
    up = first["up_bps"] / ShapedPair.truth(line.up) - 1
    figure(f"{line.down:g}/{line.up:g} Mbit/s: joined after {came.joined:.1f} s, measured after {came.measured:.1f} s")
    figure(f"{line.down:g}/{line.up:g} Mbit/s: off by {down:+.2%} down, {up:+.2%} up {facts['validity']}")
    assert (first["agent_id"], first["outcome"], first["scope"]) == (came.agent, "ok", "network")
    assert set(facts["validity"]) <= MACHINE_IS_BUSY
    assert first["is_valid"] == (not facts["validity"])
    assert abs(down) < OFF
    assert abs(up) < OFF


def test_the_province_sees_each_school_up_and_what_is_on_its_wire(lab: Lab, figure: Figure) -> None:
    for school in lab.schools:
        lab.joined(school)
    until(lambda: lab.api.get("/overview")["by_status"]["up"] == len(lab.schools), "all schools are up")
    wanted = {thing.mac for thing in THINGS if thing.name != "phone"}  # its MAC is private: counted, never told
    for school in lab.schools:
        until(partial(sees, lab, school, wanted), f"{school.code}: the things on the wire arrive", 90)
        assert macs(lab, school).isdisjoint({thing.mac for thing in THINGS} - wanted)
    figure(f"{len(lab.schools)} schools up, {len(macs(lab, lab.schools[0]))} things on the wire of the first")


def test_the_province_sees_the_hardware_of_each_box(lab: Lab, figure: Figure) -> None:
    for school in lab.schools:
        agent = lab.joined(school)
        sections = until(partial(inventory, lab, school, agent), "the inventory arrives")
        assert sections["cpu"]["threads"] >= 1
        assert sections["os"]["id"] == "debian"
        assert sections["os"]["hostname"] == school.host.name
    figure(f"{len(sections)} sections of each box")


def sees(lab: Lab, school: School, wanted: set[str]) -> bool:
    return wanted <= macs(lab, school)


def macs(lab: Lab, school: School) -> set[str]:
    return {device["mac"] for device in lab.api.get(f"/schools/{school.code}/devices")}


def inventory(lab: Lab, school: School, agent: str) -> dict[str, Any]:
    found = lab.api.get(f"/schools/{school.code}/inventory")
    return next((dict(box["sections"]) for box in found if box["agent_id"] == agent), {})
