"""The whole agent as a process, against a controller on loopback."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent import identity as identities
from tests.integration.agent.ca import Authority, authority
from tests.integration.agent.fake_controller import Answer, FakeController, join_code, problem, serving
from tests.integration.agent.running import Box, until


@pytest.fixture
def box(tmp_path: Path) -> Box:
    directory = tmp_path / "box"
    directory.mkdir()
    return Box(directory)


def join(box: Box, controller: FakeController, root: Authority | None = None) -> None:
    done = box.command("join", join_code(controller, root.hint if root else ""))
    assert done.returncode == 0, done.stderr


def bodies(controller: FakeController, kind: str) -> list[Any]:
    return [item["body"] for item in controller.items(kind)]


def test_a_new_box_shows_within_seconds_and_ends_cleanly(box: Box, controller: FakeController, root: Authority) -> None:
    join(box, controller, root)
    with box.running(TRUONGNET_EXCHANGE_EVERY="600") as process:
        until(lambda: bodies(controller, "windows"), "the first window arrives")
        until(lambda: bodies(controller, "inventory"), "the inventory arrives")
        until(lambda: controller.beats, "beats arrive")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5.0
    (first,) = [body for body in bodies(controller, "state") if body["subject"] == "box"]
    assert (first["after"], first["detail"]) == ("up", "started")
    windows = [window for some in bodies(controller, "windows") for window in some if window["name"] == "rtt_seconds"]
    targets = {window["labels"]["target"] for window in windows}
    assert targets == {"gateway", "dns", "controller", "domestic:vnix"}
    (inventory,) = bodies(controller, "inventory")
    assert inventory["full"]
    assert inventory["sections"]["trường"] == "Nguyễn Trãi"
    results = [body for body in bodies(controller, "result") if body["probe"] == "host"]
    assert results[0]["facts"] == {}
    assert "Traceback" not in box.log()
    kept = box.command("journal", "-n", "5").stdout
    assert "box: up → down stopped" in kept, "what happened last is in the spool for the next start"


def test_only_differences_of_the_inventory_travel_until_all_is_asked_for(box: Box, plain: FakeController) -> None:
    join(box, plain)
    with box.running():
        until(lambda: bodies(plain, "inventory"), "the inventory arrives")
        (box.directory / "hardware").write_text("printer")
        until(lambda: len(bodies(plain, "inventory")) == 2, "the difference arrives")
        plain.extra = {"full_inventory": True}
        until(lambda: len(bodies(plain, "inventory")) == 3, "all of it arrives")
        plain.extra = {}
    first, second, third = bodies(plain, "inventory")[:3]
    assert (second["full"], second["base"]) == (False, first["digest"])
    assert second["sections"] == {"usb": ["printer"]}
    assert third["full"]
    assert third["digest"] == second["digest"]


def test_a_target_that_stops_answering_is_told_at_once_with_its_raw_samples(box: Box, plain: FakeController) -> None:
    join(box, plain)
    with box.running(TRUONGNET_EXCHANGE_EVERY="600", TRUONGNET_BEAT_EVERY="600"):
        until(lambda: [body for body in bodies(plain, "state") if body["subject"] == "target:gateway"], "up")
        (box.directory / "down").write_text("gateway")
        until(lambda: any(body["after"] == "down" for body in bodies(plain, "state")), "down arrives by itself")
    change = next(body for body in bodies(plain, "state") if body["after"] == "down" and body["before"] == "up")
    assert change["subject"] == "target:gateway"
    raw = next(
        body for body in bodies(plain, "raw") if body["subject"] == "target:gateway" and body["around"] == change["at"]
    )
    assert {sample["labels"]["target"] for sample in raw["samples"]} >= {"gateway", "dns"}
    assert all(sample["at"]["boot"] for sample in raw["samples"])


def test_a_pending_box_measures_and_sends_all_of_it_once_accepted(box: Box, plain: FakeController) -> None:
    plain.accepted = False
    join(box, plain)
    with box.running():
        until(lambda: len(plain.joins) >= 2, "it asks again", 30)
        assert plain.batches == {}
        assert len(set(plain.joins)) == 1, "the same request each time"
        plain.accepted = True
        until(lambda: bodies(plain, "windows"), "what was measured while pending arrives", 30)
    assert box.command("status").stdout.count("Trường thử") >= 1


def test_a_cut_line_loses_and_doubles_nothing(box: Box, plain: FakeController) -> None:
    join(box, plain)
    cut = {"on": False}

    def line(_path: str, _body: bytes) -> Answer | None:
        return problem(503, "busy", 1) if cut["on"] else None

    plain.hook = line
    with box.running(TRUONGNET_WINDOW="10", TRUONGNET_TROUBLE_WINDOW="10"):
        for number in range(3):
            (box.directory / "hardware").write_text(f"stick{number}")
            arrives(plain, f"stick{number}")
            cut["on"] = True
            time.sleep(0.7)
            cut["on"] = False
    assert plain.repeated == []
    assert sorted(plain.batches) == list(range(1, len(plain.batches) + 1))


def arrives(controller: FakeController, text: str) -> None:
    until(lambda: text in str(bodies(controller, "inventory")), f"{text} arrives")


def test_a_leave_to_measure_starts_one_speed_test_in_a_child(
    box: Box, controller: FakeController, root: Authority
) -> None:
    join(box, controller, root)
    now = time.time()
    token = {
        "token": "leave-1",
        "host": "127.0.0.1",
        "port": 1,
        "plain": True,
        "not_before": now - 5,
        "expires": now + 60,
    }
    controller.extra = {"measure": token}
    with box.running():
        until(lambda: [body for body in bodies(controller, "result") if body["probe"] == "speed"], "the result arrives")
        time.sleep(2.0)  # the same leave comes with every reply, and is used once
    (result,) = [body for body in bodies(controller, "result") if body["probe"] == "speed"]
    assert result["facts"] == {"token": "leave-1", "roots": 1}


def test_a_probe_that_does_not_end_is_ended_and_says_so(
    box: Box, plain: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(box, plain)
    with box.running(TEST_LAN_SECONDS="-4"):
        until(lambda: [body for body in bodies(plain, "result") if body["probe"] == "lan"], "the failure arrives", 30)
    (result,) = [body for body in bodies(plain, "result") if body["probe"] == "lan"]
    assert (result["outcome"], result["reason"]) == ("failed", "deadline")


def test_settings_of_the_controller_are_used_and_survive_a_restart(box: Box, plain: FakeController) -> None:
    join(box, plain)
    probes = {"host": {"every": "nonsense"}, "new": {}, "lan": {"enabled": False}}
    targets = [{"name": "vnix", "kind": "domestic", "address": "192.0.2.9"}]
    plain.extra = {"settings": {"revision": 7, "probes": probes, "targets": targets}}
    with box.running():
        until(lambda: plain.heads and plain.heads[-1]["settings_revision"] == 7, "the revision is told back")
    plain.extra = {}
    with box.running():
        count = len(plain.heads)
        until(lambda: len(plain.heads) > count, "an exchange")
        assert plain.heads[-1]["settings_revision"] == 7


def test_a_box_whose_clock_is_ten_years_off_works_and_says_so(
    box: Box, controller: FakeController, root: Authority
) -> None:
    join(box, controller, root)
    with box.running(TEST_YEARS="-10"):
        until(lambda: bodies(controller, "windows"), "windows arrive")
        until(lambda: "off by" in box.command("status").stdout, "status names the clock")
    starts = [window["start"] for windows in bodies(controller, "windows") for window in windows]
    assert all(start["wall"] < time.time() - 9 * 365 * 86_400 for start in starts)
    assert all(abs(start["mono"] - time.clock_gettime(time.CLOCK_BOOTTIME)) < 120 for start in starts)


def test_a_restored_controller_that_forgot_the_box_takes_it_back(
    box: Box, controller: FakeController, root: Authority
) -> None:
    join(box, controller, root)
    forgotten = {"on": False}

    def forget(path: str, _body: bytes) -> Answer | None:
        if path == "/v1/join":
            forgotten["on"] = False
        if forgotten["on"] and path == "/v1/exchange":
            return problem(404, "unknown-agent", 60, epoch=99, epoch_proof=controller.epoch_proof)
        return None

    controller.hook = forget
    with box.running():
        until(lambda: len(bodies(controller, "result")) >= 2, "results arrive")
        before = bodies(controller, "result")
        with controller.lock:
            controller.batches, controller.next_seq, controller.token = {}, 1, "other"
            controller.epoch, controller.epoch_proof = 99, root.epoch_proof(99)
            forgotten["on"] = True
            joins = len(controller.joins)
        until(lambda: len(controller.joins) > joins, "it joins again with its kept request")
        until(lambda: all(body in bodies(controller, "result") for body in before), "everything comes again")
    assert len(set(controller.joins)) == 1


def test_a_clone_is_told_to_stop_and_keeps_everything(box: Box, plain: FakeController) -> None:
    join(box, plain)
    plain.hook = lambda path, _body: problem(409, "clone-suspected") if path == "/v1/exchange" else None
    with box.running():
        until(lambda: "Two machines use one identity" in box.command("status").stdout, "status names it")
    assert plain.batches == {}


def test_five_kills_of_the_whole_agent_lose_and_double_nothing(box: Box, plain: FakeController) -> None:
    join(box, plain)
    for life in range(5):
        with box.running() as process:
            until_lives(plain, life + 1)
            time.sleep(0.13 * life)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(5)
    with box.running():
        until_lives(plain, 6)
    moments = Counter(str(body["at"]) for body in started(plain))
    assert len(moments) == 6
    assert max(moments.values()) == 1
    assert [body["facts"].get("clean") for body in started(plain)][1:] == [False] * 5
    assert set(range(1, plain.next_seq)) == set(plain.batches) | plain.settled


def until_lives(controller: FakeController, number: int) -> None:
    until(lambda: len(started(controller)) >= number, f"life {number} is told", 30)


def started(controller: FakeController) -> list[Any]:
    return [body for body in bodies(controller, "state") if body["subject"] == "box" and body["after"] == "up"]


def test_work_that_waits_is_fetched_at_once(box: Box, plain: FakeController) -> None:
    join(box, plain)
    with box.running(TRUONGNET_EXCHANGE_EVERY="600", TRUONGNET_FIRST_WINDOW="600"):
        until(lambda: plain.beats, "a beat")
        count = len(plain.heads)
        plain.work = True
        until(lambda: len(plain.heads) > count, "an exchange follows the beat's answer")


def test_a_ca_that_is_rolled_over_is_followed(
    box: Box, controller: FakeController, root: Authority, tmp_path: Path
) -> None:
    join(box, controller, root)
    newer = authority("newer")
    controller.extra = {"roots": [root.pem, newer.pem]}
    with box.running():
        until(lambda: len(known_roots(box)) == 2, "both roots are pinned")
    moved = FakeController(public=controller.public, epoch_proof=newer.epoch_proof(1), next_seq=controller.next_seq)
    moved.extra = {"roots": [newer.pem]}
    certificate = newer.server_file(tmp_path / "newer.pem", "127.0.0.1")
    with serving(moved, certificate), box.running(TRUONGNET_CONTROLLER=moved.url):
        until(lambda: known_roots(box) == [newer.pem], "the older root is let go")
        count = len(moved.heads)
        until(lambda: len(moved.heads) > count, "exchanges go on")


def known_roots(box: Box) -> list[str]:
    known = identities.load(box.state)
    return known.roots if known else []


def test_a_disk_that_is_full_for_a_while_stops_nothing_and_loses_nothing(box: Box, plain: FakeController) -> None:
    join(box, plain)
    with box.running() as process:
        until(lambda: bodies(plain, "inventory"), "it runs")
        limit(process.pid, 4_096)  # no file may grow beyond a page
        for number in range(3):
            (box.directory / "hardware").write_text(f"full{number}")
            time.sleep(1.2)
        until(lambda: "Trouble with the disk" in box.command("status").stdout or "disk" in box.log(), "it says so")
        assert process.poll() is None
        beats = len(plain.beats)
        until(lambda: len(plain.beats) > beats, "it goes on beating")
        limit(process.pid, resource.RLIM_INFINITY)
        arrives(plain, "full2")
    assert set(range(1, plain.next_seq)) == set(plain.batches) | plain.settled
    assert not [body for body in bodies(plain, "thinned") if body["records"]]


def limit(pid: int, size: int) -> None:
    """How large that process may make a file: as good as a full disk."""
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size == resource.RLIM_INFINITY else size, hard))


def test_a_second_agent_on_the_same_directory_is_refused(box: Box, plain: FakeController) -> None:
    join(box, plain)
    with box.running():
        until(lambda: plain.heads, "it runs")
        second = box.command("run")
        assert second.returncode == 1
        assert "Another agent" in second.stderr


def test_a_box_that_has_not_joined_waits_for_it(box: Box, plain: FakeController) -> None:
    with box.running():
        until(lambda: "has not joined" in box.log(), "it says so")
        join(box, plain)
        until(lambda: plain.heads, "it begins by itself")
    assert identities.load(box.state) is not None
