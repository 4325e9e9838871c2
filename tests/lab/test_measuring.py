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
TRIES, RETRY = 4, 1_801.0
OFF = 0.05  # of the truth; bench/accuracy.py is where more is asked of it


@pytest.mark.parametrize("number", range(1, len(LINES) + 1))
def test_a_school_joins_is_accepted_and_its_first_measurement_is_the_truth(
    lab: Lab, figure: Figure, number: int
) -> None:
    school, tries = lab.schools[number - 1], 1
    lab.joined(school)
    came = lab.firsts[number]
    first = came.row
    while not first["is_valid"] and tries < TRIES:  # this machine was busy, and the box says so: it comes again later
        tries += 1
        lab.clock.pass_by(RETRY)
        first = until(partial(newer, lab, school, first["at"]), "a measurement that counts", 120)
    line = school.line
    down = first["down_bps"] / ShapedPair.truth(line.down) - 1
    up = first["up_bps"] / ShapedPair.truth(line.up) - 1
    figure(f"{line.down:g}/{line.up:g} Mbit/s: joined after {came.joined:.1f} s, measured after {came.measured:.1f} s")
    figure(f"{line.down:g}/{line.up:g} Mbit/s: off by {down:+.2%} down, {up:+.2%} up (try {tries})")
    assert (first["agent_id"], first["outcome"], first["is_valid"], first["scope"]) == (
        came.agent,
        "ok",
        True,
        "network",
    )
    assert abs(down) < OFF
    assert abs(up) < OFF


def test_the_province_sees_each_school_up_and_what_is_on_its_wire(lab: Lab, figure: Figure) -> None:
    for school in lab.schools:
        lab.joined(school)
    until(lambda: lab.api.get("/overview")["by_status"]["up"] == len(lab.schools), "all schools are up")
    wanted = {thing.mac for thing in THINGS}
    for school in lab.schools:
        until(partial(sees, lab, school, wanted), f"{school.code}: the things on the wire arrive", 90)
    figure(f"{len(lab.schools)} schools up, {len(macs(lab, lab.schools[0]))} things on the wire of the first")


def test_the_province_sees_the_hardware_of_each_box(lab: Lab, figure: Figure) -> None:
    for school in lab.schools:
        agent = lab.joined(school)
        sections = until(partial(inventory, lab, school, agent), "the inventory arrives")
        assert sections["cpu"]["threads"] >= 1
        assert sections["os"]["id"] == "debian"
        assert sections["os"]["hostname"] == school.host.name
    figure(f"{len(sections)} sections of each box")


def newer(lab: Lab, school: School, at: float) -> dict[str, Any]:
    found = lab.measured(school)
    return found[0] if found[0]["at"] > at else {}


def sees(lab: Lab, school: School, wanted: set[str]) -> bool:
    return wanted <= macs(lab, school)


def macs(lab: Lab, school: School) -> set[str]:
    return {device["mac"] for device in lab.api.get(f"/schools/{school.code}/devices")}


def inventory(lab: Lab, school: School, agent: str) -> dict[str, Any]:
    found = lab.api.get(f"/schools/{school.code}/inventory")
    return next((dict(box["sections"]) for box in found if box["agent_id"] == agent), {})
