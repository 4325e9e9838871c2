"""A box whose clock is ten years off, and a box whose disk was copied."""

from __future__ import annotations

import subprocess
from functools import partial
from typing import Any

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.hosts import Host
from tests.lab.lab import BOX, BOX_DATA, TRUONGNET, Lab, School, as_user
from tests.lab.ledger import settle

pytestmark = [pytest.mark.lab, pytest.mark.patient, pytest.mark.timeout(900)]
YEARS = 10
YEAR = 365.0 * 86_400
FAKE = (
    "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    f"FAKETIME=-{YEARS}y",
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
)


def test_a_box_whose_clock_is_ten_years_off_joins_measures_and_is_told_apart(lab: Lab, figure: Figure) -> None:
    """All of the box's processes live ten years ago, OpenSSL included: the province's certificate is not valid yet."""
    place = lab.schools[2]
    with lab.host("truong-3-b", lab.school_layer, lab.network.guests[2]) as host:
        lines = "".join(f"Environment={each}\n" for each in FAKE)
        host.write(f"/etc/systemd/system/{BOX}.service.d/clock.conf", f"[Service]\n{lines}")
        host.run("systemctl", "daemon-reload")
        host.run("systemctl", "restart", BOX)
        began = lab.clock.now()
        code = lab.api.post("/join-codes", school=place.code)["text"]
        as_user(host, "truongnet", "env", *FAKE, TRUONGNET, "agent", "join", code)
        (pending,) = lab.api.get("/agents", school=place.code, state="pending")
        agent = str(pending["id"])
        lab.api.post(f"/agents/{agent}/accept")
        try:
            until(partial(results_of, lab, place, agent), "results of the box arrive", 90)
            skew = lab.api.get(f"/agents/{agent}")["clock_skew"]
            assert skew == pytest.approx(-YEARS * YEAR, rel=0.01)
            box = settle(lab, School(3, place.code, place.name, place.line, host), agent)
            for row in results_of(lab, place, agent):
                assert began - 60 < row["at"] < lab.clock.now() + 5, "placed by the controller's time"
                assert lab.api.get(f"/measurements/{row['id']}")["box_wall"] < began - 9 * YEAR
            figure(
                f"clock off by {skew / YEAR:.2f} years: joined, {len(box.envelopes)} batches, all at their true time"
            )
        finally:
            lab.api.post(f"/agents/{agent}/retire")


def test_a_copied_disk_is_quarantined_and_no_other_school_is_touched(lab: Lab, figure: Figure) -> None:
    school, elsewhere = lab.schools[0], lab.schools[3]
    agents = {each.code: lab.joined(each) for each in lab.schools}
    agent = agents[school.code]
    settle(lab, school, agent)
    with lab.host("truong-4-b", lab.school_layer, lab.network.guests[3]) as copy:
        copy_disk(school.host, copy)
        until(lambda: lab.api.get(f"/agents/{agent}")["state"] == "quarantined", "the clone is noticed", 120)
        reason = lab.api.get(f"/agents/{agent}")["reason"]
        for host in (school.host, copy):
            until(partial(knows_that_it_is_stopped, host), f"{host.name} knows that it must not go on", 120)
        states = {box["id"]: box["state"] for box in lab.api.get("/agents", limit=200)}
        others = [states[box] for code, box in agents.items() if code != school.code]
        assert set(others) == {"accepted"}
        tellers = {event["agent_id"] for event in lab.api.get("/events", school=elsewhere.code, limit=200)}
        assert agent not in tellers, "nothing of it is booked to the school where the copy stands"
        released = lab.api.post(f"/agents/{agent}/release")
    school.host.run("systemctl", "stop", BOX)
    school.truongnet("join", released["text"], "--again")
    (pending,) = lab.api.get("/agents", school=school.code, state="pending")
    lab.api.post(f"/agents/{pending['id']}/accept")
    school.host.run("systemctl", "start", BOX)
    box = settle(lab, school, pending["id"])
    assert pending["id"] != agent, "an identity is never used again"
    figure(f"a copied disk was quarantined ({reason}); with a new code the box sent {len(box.envelopes)} batches again")


def results_of(lab: Lab, school: School, agent: str) -> list[dict[str, Any]]:
    return [row for row in lab.api.get("/measurements", school=school.code) if row["agent_id"] == agent]


def copy_disk(source: Host, target: Host) -> None:
    """The state of a box, taken while it was off, put into another machine; then both are switched on."""
    for host in (source, target):
        host.run("systemctl", "stop", BOX)
    image = subprocess.run(
        source.argv(["tar", "-C", BOX_DATA, "-c", "."]), check=True, capture_output=True, timeout=60
    ).stdout
    target.run("install", "-d", "-m", "0700", "-o", "truongnet", "-g", "truongnet", BOX_DATA)
    subprocess.run(target.argv(["tar", "-C", BOX_DATA, "-x"]), input=image, check=True, timeout=60)
    target.run("chown", "-R", "truongnet:truongnet", BOX_DATA)
    for host in (source, target):
        host.run("systemctl", "start", BOX)


def knows_that_it_is_stopped(host: Host) -> bool:
    said = as_user(host, "truongnet", TRUONGNET, "agent", "--lang", "en", "status", check=False)
    return "quarantine" in said or "Two machines use one identity" in said
