"""What goes wrong in schools and at provinces, on real hosts: nothing may be lost, nothing may be there twice."""

from __future__ import annotations

import math
import random
import time
from functools import partial

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.hosts import Host
from tests.lab.lab import BOX, CONTROLLER, Lab, School, stopwatch
from tests.lab.ledger import made, settle

pytestmark = [pytest.mark.lab, pytest.mark.patient, pytest.mark.timeout(1_800)]
QUARTER, HOUR = 900.0, 3_600.0
HOURS = 3
LOOK = 8.0  # seconds in which a box without a line has looked for its targets once
FILL = "dd if=/dev/zero of=/fill bs=1M 2>/dev/null || dd if=/dev/zero of=/fill2 bs=1k 2>/dev/null || true"


def test_a_line_that_is_cut_for_hours_loses_and_doubles_nothing(lab: Lab, figure: Figure) -> None:
    school = lab.schools[1]
    agent = lab.joined(school)
    settle(lab, school, agent)
    began = lab.clock.now()
    lab.network.cut(school.number)
    try:
        for _ in range(HOURS):
            time.sleep(LOOK)
            count = made(school.host).count("windows")
            lab.clock.pass_by(HOUR)
            until(partial(has_more_windows, school, count), "the box closes a window", 30)
        assert status(lab, school) == "silent", "the province sees by its own clock that the school is gone"
    finally:
        lab.network.cut(school.number, is_cut=False)
    ended, watch = lab.clock.now(), stopwatch()
    # Not "up" at once: for a while the newest windows still tell of the cut.
    until(lambda: status(lab, school) != "silent", "the school is back", 120)
    back = watch()
    box = settle(lab, school, agent)
    covered = seconds_told(lab, school, began, ended)
    assert covered > 0.95 * (ended - began), "all of the hours of the cut are told by windows of the gateway"
    figure(f"cut for {(ended - began) / 3600:.1f} h, back after {back:.0f} s:")
    figure(f"{len(box.envelopes)} batches, {box.count('windows')} windows, 0 lost, 0 double")


def test_an_agent_that_is_killed_at_random_moments_loses_and_doubles_nothing(
    lab: Lab, figure: Figure, kills: int
) -> None:
    school = lab.schools[0]
    agent = lab.joined(school)
    before = lives(lab, agent)
    kill(school.host, BOX, kills)
    until(lambda: lives(lab, agent) > before, "the agent is back", 90)
    box = settle(lab, school, agent)
    told = lives(lab, agent) - before  # some were killed before they could say a word
    figure(f"killed {kills} times: {len(box.envelopes)} batches, 0 lost, 0 double, {told} starts told")


def test_a_controller_that_is_killed_at_random_moments_loses_and_doubles_nothing(
    lab: Lab, figure: Figure, kills: int
) -> None:
    agents = {school: lab.joined(school) for school in lab.schools}
    kill(lab.province, CONTROLLER, kills)
    until(lab.api.is_ready, "the controller is back")
    count = sum(len(settle(lab, school, agent, 180).envelopes) for school, agent in agents.items())
    figure(f"killed {kills} times under {len(agents)} boxes: {count} batches, 0 lost, 0 double")
    assert {box["state"] for box in lab.api.get("/agents", limit=200) if box["id"] in agents.values()} == {"accepted"}


def test_a_school_whose_disk_is_full_goes_on_and_loses_nothing(lab: Lab, figure: Figure) -> None:
    school = lab.schools[2]
    agent = lab.joined(school)
    settle(lab, school, agent)
    process = school.host.pid_of(BOX)
    school.host.sh(FILL)
    try:
        assert free(school.host) == 0
        lab.clock.pass_by(QUARTER)
        until(lambda: is_in_trouble(school), "the box says that its disk is full", 60)
        lab.clock.pass_by(QUARTER)
        time.sleep(10)
    finally:
        school.host.sh("rm -f /fill /fill2")
    began, watch = lab.clock.now() - 2 * QUARTER, stopwatch()
    until(lambda: not is_in_trouble(school), "the box writes again", 90)
    box = settle(lab, school, agent)
    assert school.host.pid_of(BOX) == process, "it was the same process all the time"
    until(
        lambda: len(lab.api.get(f"/schools/{school.code}/windows", since=began - 60)) >= 2,
        "what was measured meanwhile is there",
    )
    assert not [item for _, _, item in box.items() if item["kind"] == "thinned"]
    figure(f"disk full for half an hour, well again after {watch():.0f} s, {len(box.envelopes)} batches, 0 lost")


def test_a_province_whose_disk_is_full_loses_nothing_and_takes_everything_later(lab: Lab, figure: Figure) -> None:
    agents = {school: lab.joined(school) for school in lab.schools}
    lab.province.sh(FILL)
    try:
        assert free(lab.province) == 0
        lab.clock.pass_by(QUARTER)
        time.sleep(20)  # the boxes go on sending; nothing of it may be acknowledged and then forgotten
    finally:
        lab.province.sh("rm -f /fill /fill2")
    watch = stopwatch()
    # PostgreSQL may have stopped rather than lie about a commit: then whoever freed the disk starts it again.
    lab.province.sh("systemctl is-active -q postgresql@15-main || systemctl restart postgresql@15-main")
    until(lab.api.is_ready, "the controller is ready")
    count = sum(len(settle(lab, school, agent, 240).envelopes) for school, agent in agents.items())
    figure(f"disk full under {len(agents)} boxes, all of it there {watch():.0f} s later: {count} batches, 0 lost")


def kill(host: Host, unit: str, times: int) -> None:
    """With -9, at random moments of its life. Whoever starts it again is systemd, told not to wait."""
    chance = random.Random()
    for _ in range(times):
        before = until(partial(running, host, unit), f"{unit} runs")
        time.sleep(chance.uniform(0.0, 4.0))
        host.run("kill", "-9", before)
        until(partial(is_gone, host, unit, before), f"{unit} is dead")
        host.run("systemctl", "start", unit)


def running(host: Host, unit: str) -> str:
    pid = host.pid_of(unit)
    return "" if pid == "0" else pid


def is_gone(host: Host, unit: str, pid: str) -> bool:
    return host.pid_of(unit) != pid


def has_more_windows(school: School, count: int) -> bool:
    return made(school.host).count("windows") > count


def lives(lab: Lab, agent: str) -> int:
    ((count,),) = lab.sql(
        f"SELECT count(*) FROM event WHERE agent_id = '{agent}' AND subject = 'box' AND after = 'up'"  # noqa: S608
    )
    return int(count)


def status(lab: Lab, school: School) -> str:
    return str(lab.api.get(f"/schools/{school.code}/status")["status"])


def seconds_told(lab: Lab, school: School, began: float, ended: float) -> float:
    """How much of that time windows of the gateway tell about."""
    windows = lab.api.get(f"/schools/{school.code}/windows", since=began - 2 * HOUR, until=ended, target="gateway")
    return math.fsum(
        max(0.0, min(window["at"] + window["seconds"], ended) - max(window["at"], began)) for window in windows
    )


def is_in_trouble(school: School) -> bool:
    return bool(school.status()["facts"].get("spool_trouble"))


def free(host: Host) -> int:
    return int(host.run("df", "--output=avail", "/").splitlines()[-1])
