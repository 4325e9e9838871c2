"""From runs of reach to what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.watch import Watch
from agent.windows import Windows
from agent.wire import Outcome, Result, Sample, Stamp, StateChange


def at(mono: float) -> Stamp:
    return Stamp(wall=mono, mono=mono, boot="b")


def reach(mono: float, answers: dict[str, bool], outcome: Outcome = "ok", reason: str = "") -> Result:
    samples = [
        Sample(name="rtt_seconds" if yes else "lost_count", value=0.01 if yes else 1.0, labels={"target": target})
        for target, yes in answers.items()
    ]
    return Result(probe="reach", outcome=outcome, started=at(mono), duration=1.0, reason=reason, samples=samples)


def watching() -> Watch:
    return Watch(Windows(at(0), 30.0))


def changes(told: list[Any]) -> list[tuple[str, str]]:
    return [(body.subject, body.after) for _kind, _at, body in told if isinstance(body, StateChange)]


def test_one_answer_of_several_tries_is_an_answer() -> None:
    watch = watching()
    both = reach(0, {"gateway": False})
    both.samples.extend(reach(0, {"gateway": True}).samples)
    told, changed = watch.take(both, {})
    assert changed
    assert changes(told) == [("target:gateway", "up")]
    (window,) = watch.windows.close(at(30))
    assert (window.count, window.lost) == (2, 1)


def test_a_gateway_that_ignores_pings_but_forwards_is_up_and_loses_nothing() -> None:
    watch = watching()
    for run in range(5):
        alive = Sample(name="alive_count", value=1.0, labels={"target": "gateway"})
        told, _ = watch.take(replace(reach(30 * run, {}), samples=[alive]), {})
        assert changes(told) == ([("target:gateway", "up")] if run == 0 else [])
    assert watch.windows.close(at(300)) == []


def test_a_gateway_that_is_not_even_found_any_more_goes_down() -> None:
    watch = watching()
    watch.take(reach(0, {"gateway": True, "isp-hop": True}), {})
    found = [changes(watch.take(reach(30 * run, {}, "failed", "no-route"), {})[0]) for run in (1, 2, 3)]
    assert found == [[], [], [("target:gateway", "down")]]


def test_a_target_that_the_settings_no_longer_name_is_forgotten() -> None:
    watch = watching()
    watch.take(reach(0, {"gateway": True, "domestic:vnix": True}), {})
    for run in range(1, 5):
        assert changes(watch.take(reach(30 * run, {"gateway": True}), {})[0]) == []
    assert set(watch.states.as_dict()) == {"target:gateway"}


def test_a_failing_probe_is_told_once_and_not_each_30_seconds() -> None:
    watch = watching()
    told = [watch.take(reach(30 * run, {}, "failed", "no-route"), {})[0] for run in range(5)]
    assert [len([1 for kind, *_rest in each if kind == "result"]) for each in told] == [1, 0, 0, 0, 0]


def test_a_cable_that_is_pulled_is_told_at_once_and_the_first_look_is_not() -> None:
    watch = watching()
    good = {"gateway": True}
    assert changes(watch.take(reach(0, good), {"eth0": "up"})[0]) == [("target:gateway", "up")]
    assert changes(watch.take(reach(30, good), {"eth0": "down", "usb0": "up"})[0]) == [("link:eth0", "down")]
    assert changes(watch.take(reach(60, good), {"eth0": "down"})[0]) == []


def test_windows_are_short_while_something_is_down() -> None:
    watch = watching()
    watch.take(reach(0, {"gateway": True}), {})
    watch.tick(at(30), 900.0, 60.0, 0.0)
    assert watch.next_tick(31, 900.0, 60.0, 0.0) == 900.0
    for run in (2, 3, 4):
        watch.take(reach(30 * run, {"gateway": False}), {})
    assert watch.next_tick(121, 900.0, 60.0, 0.0) == 60.0, "overdue: it closes at once"
    told = watch.tick(at(121), 900.0, 60.0, 0.0)
    assert [kind for kind, *_rest in told] == ["windows"]
    assert watch.next_tick(122, 900.0, 60.0, 0.0) == 180.0


def test_when_the_box_stops_everything_in_memory_is_told() -> None:
    watch = watching()
    watch.take(reach(0, {"gateway": True}), {})
    for mono in (10, 20, 30, 40):
        told, _changed = watch.take(reach(mono, {"gateway": False}), {})
        assert [kind for kind, *_rest in told] == (["state", "raw"] if mono == 30 else [])
    assert [kind for kind, *_rest in watch.finish(at(50))] == ["windows", "raw"]
