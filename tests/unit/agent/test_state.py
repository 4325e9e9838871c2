"""Up and down with hysteresis."""

from __future__ import annotations

from agent.state import FINE_SECONDS, States
from agent.wire import Stamp, StateChange


def at(mono: float) -> Stamp:
    return Stamp(wall=1_000_000 + mono, mono=mono, boot="b")


def run(states: States, answers: str, start: float = 0.0) -> list[StateChange]:
    """One observation each 30 s: "1" answered, "0" missed."""
    found = [states.observe("target:gateway", one == "1", at(start + 30 * place)) for place, one in enumerate(answers)]
    return [change for change in found if change is not None]


def test_the_first_answer_makes_the_unknown_known() -> None:
    (change,) = run(States(), "11111")
    assert (change.before, change.after, change.at.mono) == ("unknown", "up", 0.0)


def test_two_misses_are_no_outage_and_three_are() -> None:
    states = States()
    run(states, "1")
    assert run(states, "00100100110", 30) == []
    (change,) = run(states, "000", 1_000)
    assert (change.before, change.after) == ("up", "down")


def test_a_change_is_dated_at_the_first_observation_that_spoke_for_it() -> None:
    states = States()
    run(states, "1")
    (change,) = run(states, "100011", 100)[:1]
    assert change.at.mono == 130.0
    assert change.facts["decided_after_seconds"] == 60.0


def test_one_answer_is_no_recovery_and_two_are() -> None:
    states = States()
    run(states, "1000")
    assert run(states, "1010", 500) == []
    (change,) = run(states, "11", 1_000)
    assert (change.before, change.after, change.at.mono) == ("down", "up", 1_000.0)


def test_what_never_answered_is_down_after_three_misses() -> None:
    (change,) = run(States(), "000000")
    assert (change.before, change.after) == ("unknown", "down")


def test_an_answer_after_two_first_misses_makes_it_up() -> None:
    (change,) = run(States(), "001")
    assert (change.before, change.after, change.at.mono) == ("unknown", "up", 60.0)


def test_trouble_lasts_while_something_is_down_but_not_for_ever() -> None:
    states = States()
    run(states, "1000")
    assert states.is_trouble(100.0)
    assert not states.is_trouble(100.0 + FINE_SECONDS)
    run(states, "11", 200)
    assert not states.is_trouble(260.0)


def test_the_number_of_subjects_is_bounded() -> None:
    states = States()
    for number in range(10_000):
        states.observe(f"target:{number}", True, at(0))
    assert len(states.subjects) <= 200
