"""What lies around the box, read from a tree of files, and a UPS asked by its protocol."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from agent.surroundings import Looker, Surroundings, ask_nut, neighbours
from agent.watch import Watch
from agent.windows import Windows
from agent.wire import Result, Sample, Stamp, StateChange

ARP = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         b8:27:eb:01:02:03     *        eth0
192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0
not a line
10.0.0.1         0x1         zz          00:00:00:00:00:00     *        eth0
"""


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_machine_is_read_and_what_cannot_be_is_left_out(tmp_path: Path) -> None:
    assert Looker(tmp_path, nut=("127.0.0.1", 1)).look() == Surroundings()
    tree(
        tmp_path, sys__class__net__eth0__device="", sys__class__net__eth0__carrier="1",
        sys__class__net__eth0__carrier_changes="3", sys__class__power_supply__AC__type="Mains",
        sys__class__power_supply__AC__online="0", sys__class__power_supply__BAT0__type="Battery",
        sys__class__power_supply__mouse__type="Mains", sys__class__power_supply__mouse__scope="Device",
        sys__class__power_supply__mouse__online="1", proc__net__arp=ARP,
    )  # fmt: skip
    found = Looker(tmp_path, nut=("127.0.0.1", 1)).look()
    assert (found.links, found.changes, found.mains) == ({"eth0": "up"}, {"eth0": 3}, {"AC": "down"})
    assert found.neighbours == {"192.168.1.1": "reachable", "192.168.1.9": "failed"}
    assert neighbours("") == {}


@pytest.mark.parametrize(("status", "state"), [("OL CHRG", "up"), ("OB DISCHRG", "down")])
def test_a_ups_says_whether_it_gets_its_mains(status: str, state: str) -> None:
    answers = {
        b"LIST UPS": b'BEGIN LIST UPS\nUPS santak "Santak"\nEND LIST UPS\n',
        b"GET VAR santak ups.status": f'VAR santak ups.status "{status}"\n'.encode(),
    }
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            with sock, sock.makefile("rwb") as file:
                for line in file:
                    file.write(answers.get(line.strip(), b"ERR UNKNOWN-COMMAND\n"))
                    file.flush()

        threading.Thread(target=serve, daemon=True).start()
        assert ask_nut(server.getsockname()[:2]) == {"santak": state}


def at(mono: float) -> Stamp:
    return Stamp(wall=mono, mono=mono, boot="b")


def run(watch: Watch, mono: float, samples: list[Sample], around: Surroundings) -> list[StateChange]:
    result = Result(probe="reach", outcome="ok", started=at(mono), duration=1.0, samples=samples)
    told, _ = watch.take(result, around.links, around)
    return [body for _, _, body in told if isinstance(body, StateChange)]


def test_a_battery_that_takes_over_is_told_and_a_start_on_mains_is_not() -> None:
    watch = Watch(Windows(at(0), 30.0))
    assert run(watch, 0, [], Surroundings(mains={"AC": "up"})) == []
    (lost,) = run(watch, 30, [], Surroundings(mains={"AC": "down"}))
    assert (lost.subject, lost.before, lost.after) == ("power:AC", "up", "down")
    (back,) = run(watch, 60, [], Surroundings(mains={"AC": "up"}))
    assert back.after == "up"
    (first,) = run(Watch(Windows(at(0), 30.0)), 0, [], Surroundings(mains={"AC": "down"}))
    assert (first.before, first.after) == ("unknown", "down")


def test_a_cable_that_flapped_between_two_looks_is_told_by_the_kernels_count() -> None:
    watch = Watch(Windows(at(0), 30.0))
    run(watch, 0, [], Surroundings(links={"eth0": "up"}, changes={"eth0": 1}))
    (flap,) = run(watch, 30, [], Surroundings(links={"eth0": "up"}, changes={"eth0": 3}))
    assert (flap.subject, flap.after, flap.detail, flap.facts) == ("link:eth0", "up", "flapped", {"carrier_changes": 2})


def test_a_loss_says_whether_it_ever_spoke_and_whether_the_gateway_is_on_the_wire() -> None:
    watch = Watch(Windows(at(0), 30.0))
    gateway = {"target": "gateway", "address": "192.168.1.1"}
    outside = {"target": "domestic:vnix", "address": "203.119.8.1"}
    answers = [Sample(name="rtt_seconds", value=0.01, labels=labels) for labels in (gateway, outside)]
    run(watch, 0, answers, Surroundings())
    lost = [Sample(name="lost_count", value=3.0, labels=gateway), answers[1]]
    around = Surroundings(neighbours={"192.168.1.1": "failed"})
    changes = [change for look in (1, 2, 3) for change in run(watch, 30.0 * look, lost, around)]
    (change,) = changes
    assert change.facts["spoke"] is True
    assert change.facts["neighbour"] == "failed"
    assert change.facts["outside_answers"] == 1
