"""Whether it is our side: most vanish together, or our own line is down. And what a status is meanwhile."""

from __future__ import annotations

import pytest

from monitoring.side import Look, Side, Uplink, after, looked, most_are_gone
from monitoring.status import Facts, Standing, follow

NOW, BEAT = 1_000_000.0, 30.0


@pytest.mark.parametrize(
    ("ages", "is_ours"),
    [
        ([], False),
        ([96.0], False),
        ([96.0] * 3, False),
        ([96.0, 90.0, 80.0, 70.0, 5.0], True),
        ([94.0] * 10, False),
        ([96.0] + [61.0] * 5 + [10.0] * 4, True),
        ([96.0] + [61.0] * 4 + [10.0] * 5, False),
    ],
)
def test_one_that_is_silent_and_most_others_late_are_our_side(ages: list[float], is_ours: bool) -> None:
    assert most_are_gone(ages, BEAT) == is_ours


def test_our_side_begins_with_the_first_that_was_lost_and_ends_with_our_line() -> None:
    side = after(Side(), [100.0, 90.0, 80.0, 70.0], BEAT, Uplink("unknown"), NOW)
    assert side == Side(since=NOW - 100, schools=4)
    assert after(side, [400.0] * 4, BEAT, Uplink("unknown"), NOW + 300) == side
    assert after(side, [400.0] * 4, BEAT, Uplink("ok", NOW + 290), NOW + 300) == Side(NOW - 100, NOW + 290, 4)
    assert after(side, [10.0] * 4, BEAT, Uplink("unknown"), NOW + 300) == Side(NOW - 100, NOW + 300, 4)


def test_the_schools_that_we_do_not_hear_are_counted_while_it_goes_on() -> None:
    ages = [96.0, *(66.0 + number for number in range(6)), 40.0, 45.0, 50.0]
    side = after(Side(), ages, BEAT, Uplink(), NOW)
    assert side.schools == 7
    side = after(side, [age + 30 for age in ages], BEAT, Uplink(), NOW + 30)
    assert (side.schools, side.is_cut) == (10, True)
    assert after(side, [5.0] * 10, BEAT, Uplink(), NOW + 60).schools == 10


def test_two_looks_without_an_answer_are_down_and_one_answer_is_enough() -> None:
    look = looked(Look(), {"a:443": True, "b:443": False}, NOW)
    assert (look.state, look.since, look.proven) == ("ok", NOW, ("a:443",))
    look = looked(look, {"a:443": False, "b:443": False}, NOW + 30)
    assert (look.state, look.since) == ("ok", NOW)
    look = looked(look, {"a:443": False, "b:443": False}, NOW + 60)
    assert (look.state, look.since) == ("down", NOW + 60)
    assert look.at(NOW + 61) == Uplink("down", NOW + 60)
    assert look.at(NOW + 600) == Uplink("unknown")
    assert looked(look, {"a:443": False, "b:443": False}, NOW + 3_600).state == "unknown", "one miss after a long pause"
    assert looked(look, {"a:443": False, "b:443": True}, NOW + 90).state == "ok"


def test_silence_of_those_who_never_answered_says_nothing() -> None:
    look = Look()
    for number in range(4):
        look = looked(look, {"a:443": False}, NOW + 30 * number)
        assert look.state == "unknown"
    look = looked(looked(look, {"a:443": True}, NOW + 120), {"b:443": False}, NOW + 150)
    assert (look.state, look.proven) == ("unknown", ()), "those who are asked now are others"


def test_our_line_alone_is_enough_and_an_unknown_one_is_not_well() -> None:
    assert after(Side(), [10.0] * 4, BEAT, Uplink("down", NOW - 30), NOW).is_cut
    assert not after(Side(), [10.0] * 4, BEAT, Uplink("unknown"), NOW).is_cut


def test_silence_is_held_against_nobody_while_it_is_ours_and_shortly_after() -> None:
    assert Side(NOW - 100).is_held(NOW)
    assert Side(NOW - 100, NOW - 10).is_held(NOW)
    assert not Side(NOW - 900, NOW - 500).is_held(NOW)
    assert not Side().is_held(NOW)


def test_a_held_school_keeps_its_status_and_says_why() -> None:
    facts = Facts(now=NOW, has_box=True, last_seen=NOW - 200)
    before = Standing("up", "", NOW - 9_000)
    assert follow(before, facts, is_held=True) == Standing("up", "province", NOW - 9_000)
    assert follow(before, facts) == Standing("silent", "no-beat", NOW - 200)
    assert follow(Standing("silent", "no-beat", NOW - 200), facts, is_held=True) is None
    assert follow(before, facts, is_deaf=True) is None


def test_planned_work_is_no_outage() -> None:
    facts = Facts(now=NOW, has_box=True, last_seen=NOW - 200, is_planned=True)
    assert follow(None, facts) == Standing("expected-off", "maintenance", NOW - 200)
    down = Facts(
        now=NOW, has_box=True, last_seen=NOW, is_planned=True, states={"target:gateway": {"after": "down", "at": NOW}}
    )
    after_it = follow(None, down)
    assert after_it is not None
    assert (after_it.status, after_it.reason) == ("expected-off", "maintenance")


def test_a_newer_answer_overtakes_an_old_window_of_loss() -> None:
    window = {
        "name": "rtt_seconds", "labels": {"target": "domestic:a"}, "at": NOW - 60, "seconds": 60.0, "count": 6,
        "lost": 6, "median": None,
    }  # fmt: skip
    states = {"target:domestic:a": {"after": "up", "at": NOW - 5}}
    well = Facts(now=NOW, has_box=True, last_seen=NOW, windows=[window], states=states)
    still = Facts(now=NOW, has_box=True, last_seen=NOW, windows=[window])
    assert follow(None, well) == Standing("up", "", NOW)
    assert follow(None, still) == Standing("down", "internet", NOW)
