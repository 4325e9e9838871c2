"""Why a school was cut off, on real hosts: four schools, four causes at once, each told by its own box afterwards.

Neither a cable nor a power cut is among them: the lab's cards are no hardware, whose carrier alone the box tells of,
and a host whose plug is pulled loses its disk with its memory. An agent that is gone stands for the box's own trouble.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.lab import BOX, Lab, School
from tests.lab.network import DOMESTIC, INTERNATIONAL, NAMES, PROVINCE

pytestmark = [pytest.mark.lab, pytest.mark.patient, pytest.mark.timeout(1_200)]
LOOK = 5.0  # seconds between two looks of the boxes here; the settings allow no less
SETTLED = 75.0
DARK = 145.0  # silence is noticed after 95 s, and becomes an incident 40 s later
TARGETS = [
    {"name": "vnix", "kind": "domestic", "address": DOMESTIC},
    {"name": "world", "kind": "international", "address": INTERNATIONAL},
]


def drop(lab: Lab, school: School, what: str) -> None:
    """The school's router lets this through no more."""
    rules = "add table ip lost; add chain ip lost way { type filter hook forward priority 0; }; "
    lab.network.routers[school.number - 1].run(["nft", f"{rules}add rule ip lost way {what} drop"], check=True)


def mend(lab: Lab, school: School) -> None:
    lab.network.routers[school.number - 1].run(["nft", "delete table ip lost"], check=False)


def test_four_schools_with_four_troubles_are_told_apart(lab: Lab, figure: Figure) -> None:
    cut, dead, nameless, filtered = lab.schools[:4]
    wanted = {cut.code: "isp-access", dead.code: "box", nameless.code: "dns", filtered.code: "controller"}
    for school in lab.schools[:4]:
        lab.joined(school)
    lab.api.put("/settings/boxes", targets=TARGETS, probes={"reach": {"every": LOOK}})
    time.sleep(SETTLED)  # each box has exchanged, and looked a few times
    began = lab.clock.now()
    try:
        lab.network.cut(cut.number)
        dead.host.run("kill", "-9", dead.host.pid_of(BOX))
        dead.host.run("systemctl", "stop", BOX)  # before systemd starts it again
        drop(lab, nameless, f"ip daddr {NAMES} udp dport 53")
        drop(lab, filtered, f"ip daddr {PROVINCE}")
        time.sleep(DARK)
        opened = lab.api.get("/incidents", limit=50)
        codes = {code for one in opened for code in one["school_codes"]}
        assert codes >= set(wanted), "all four are in an incident while it goes on"
    finally:
        ended = lab.clock.now()
        lab.network.cut(cut.number, is_cut=False)
        dead.host.run("systemctl", "start", BOX)
        for school in (nameless, filtered):
            mend(lab, school)
        lab.api.put("/settings/boxes", targets=TARGETS)
    parts = until(partial(all_told, lab, set(wanted), began), "each box has told", 420)
    for code, part in parts.items():
        began_off, ended_off = part["final_began_at"] - began, part["final_ended_at"] - ended
        said = f"{part['final_cause']} ({part['final_confidence']:.2f}), first {part['provisional_cause']}"
        figure(f"{code}: {said}; begins {began_off:+.0f} s, ends {ended_off:+.0f} s")
    assert {code: part["final_cause"] for code, part in parts.items()} == wanted
    assert all(abs(part["final_began_at"] - began) <= 35 for part in parts.values())
    assert all(abs(part["final_ended_at"] - ended) <= 35 for part in parts.values())


def all_told(lab: Lab, codes: set[str], since: float) -> dict[str, dict[str, Any]]:
    """The newest part of each school, once all of them are final and their end is known; empty before."""
    found: dict[str, dict[str, Any]] = {}
    for one in lab.api.get("/incidents", state="all", since=since - 300, limit=50):
        for part in lab.api.get(f"/incidents/{one['id']}")["members"]:
            found.setdefault(part["school_code"], part)
    whole = codes <= found.keys() and all(
        found[code]["final_cause"] and found[code]["final_ended_at"] is not None for code in codes
    )
    return {code: found[code] for code in codes} if whole else {}
