"""From a join code to the first measurement, on lines whose speed is known."""

from __future__ import annotations

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.lab import LINES, Lab, stopwatch
from tests.lab.links import ShapedPair
from tests.lab.network import THINGS

pytestmark = pytest.mark.lab
OFF = 0.05  # of the truth; bench/accuracy.py is where more is asked of it


@pytest.mark.parametrize("number", range(1, len(LINES) + 1))
def test_a_school_joins_is_accepted_and_its_first_measurement_is_the_truth(
    lab: Lab, figure: Figure, number: int
) -> None:
    school, watch = lab.schools[number - 1], stopwatch()
    agent = lab.join(school)
    joined = watch()
    first = until(lambda: lab.measured(school), "the first measurement is at the API", 90)[-1]
    line = school.line
    down, up = (
        first[f"{way}_bps"] / ShapedPair.truth(mbps) - 1 for way, mbps in (("down", line.down), ("up", line.up))
    )
    figure(f"{line.down:g}/{line.up:g} Mbit/s: joined after {joined:.1f} s, measured after {watch():.1f} s,")
    figure(f"{line.down:g}/{line.up:g} Mbit/s: off by {down:+.2%} down, {up:+.2%} up")
    assert (first["agent_id"], first["outcome"], first["is_valid"], first["scope"]) == (agent, "ok", True, "network")
    assert abs(down) < OFF
    assert abs(up) < OFF


def test_the_province_sees_each_school_up_with_its_hardware_and_what_is_on_its_wire(lab: Lab, figure: Figure) -> None:
    for school in lab.schools:
        lab.joined(school)
    overview = until(
        lambda: (found := lab.api.get("/overview"))["by_status"]["up"] == len(lab.schools) and found, "all are up"
    )
    assert overview["by_status"]["down"] == 0
    for school in lab.schools:
        wanted = {thing.mac for thing in THINGS} | {"router"}
        devices = until(
            lambda code=school.code: len(found := lab.api.get(f"/schools/{code}/devices")) >= len(wanted) and found,
            "the devices on the wire arrive",
            90,
        )
        seen = {device["mac"] for device in devices}
        assert wanted - {"router"} <= seen
    figure(f"{len(lab.schools)} schools up, {len(devices)} devices on each wire")
