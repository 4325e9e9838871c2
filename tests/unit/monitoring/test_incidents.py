"""Which troubles are one incident: grouping, flapping, the province's own side, restarts. By example and at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.grouping import HOLD
from monitoring.incident_steps import (
    Again,
    Back,
    Close,
    Ended,
    Join,
    Known,
    Member,
    Merge,
    Open,
    OurSide,
    Resume,
    Seen,
    Step,
    Widen,
)
from monitoring.incidents import QUIET, QUIET_FLAPPING, advance, healthy

NOW = 1_000_000.0


def school(number: int, status: str = "up", *, commune: str = "a", provider: str = "VNPT", **more: Any) -> Seen:
    since = more.pop("since", NOW - 300)
    return Seen(id=number, commune=commune, provider=provider, status=status, since=since, **more)


def province() -> list[Seen]:
    """Two communes of six: four on one provider, two on another."""
    return [
        school(6 * place + number, commune="ab"[place], provider="VNPT" if number < 4 else "Viettel")
        for place in (0, 1)
        for number in range(6)
    ]


def lost(schools: list[Seen], *numbers: int, since: float = NOW - 200, status: str = "silent") -> list[Seen]:
    return [replace(one, status=status, since=since) if one.id in numbers else one for one in schools]


def opened(known: list[Known], schools: list[Seen], now: float = NOW, ours: OurSide | None = None) -> list[Step]:
    return advance(known, schools, healthy(schools), now, ours)


def incident(*members: Member, kind: str = "school", **more: Any) -> Known:
    first = {"id": 1, "kind": kind, "began": NOW - 200, "opened": NOW - 60, "commune": "a", "provider": "VNPT"}
    return Known(**{**first, **more}, members={one.school: one for one in members})


def test_a_school_is_given_a_moment_before_it_is_an_incident() -> None:
    schools = lost(province(), 0, since=NOW - 95 - HOLD + 5)
    assert opened([], schools) == []
    (step,) = opened([], schools, NOW + 5)
    assert isinstance(step, Open)
    assert (step.kind, [one.id for one in step.schools], step.began) == ("school", [0], NOW - 95 - HOLD + 5)


def test_one_communes_schools_on_one_provider_are_one_incident() -> None:
    (step,) = opened([], lost(province(), 0, 1, 2))
    assert isinstance(step, Open)
    assert (step.kind, step.commune, step.provider, len(step.schools)) == ("area", "a", "VNPT", 3)


def test_a_whole_commune_over_both_providers_has_none_of_them() -> None:
    (step,) = opened([], lost(province(), 0, 1, 2, 3, 4, 5))
    assert isinstance(step, Open)
    assert (step.kind, step.commune, step.provider, len(step.schools)) == ("area", "a", "", 6)


def test_what_vanishes_minutes_apart_is_not_one() -> None:
    schools = lost(lost(province(), 0, 1, since=NOW - 200), 2, since=NOW - 400)
    kinds = [step.kind for step in opened([], schools) if isinstance(step, Open)]
    assert kinds == ["school", "school", "school"]


def test_two_of_many_are_chance_and_two_of_two_are_not() -> None:
    assert [step.kind for step in opened([], lost(province(), 0, 1)) if isinstance(step, Open)] == ["school", "school"]
    (step,) = opened([], lost(province(), 4, 5))
    assert isinstance(step, Open)
    assert (step.kind, step.provider) == ("area", "Viettel")


def test_a_provider_that_is_gone_everywhere_is_one_incident() -> None:
    schools = [
        school(number, "silent", commune=f"c{number}", provider="Viettel", since=NOW - 200) for number in range(5)
    ] + [school(10 + number, commune=f"c{number}") for number in range(5)]
    (step,) = opened([], schools)
    assert isinstance(step, Open)
    assert (step.kind, step.provider, len(step.schools)) == ("provider", "Viettel", 5)


def test_a_late_one_joins_its_neighbours() -> None:
    known = [incident(*(Member(school=n, began=NOW - 250) for n in (0, 1, 2)), kind="area")]
    schools = lost(lost(province(), 0, 1, 2, since=NOW - 250), 3, since=NOW - 180)
    assert opened(known, schools) == [Join(1, schools[3])]


def test_young_incidents_of_one_school_become_one() -> None:
    known = [
        incident(Member(school=number, began=NOW - 200), id=number + 1, opened=NOW - 30 + number) for number in (0, 1)
    ]
    schools = lost(province(), 0, 1, 2)
    steps = opened(known, schools)
    assert Widen(1, "area", "a", "VNPT", NOW - 200) in steps
    assert {step.school.id for step in steps if isinstance(step, Join)} == {1, 2}
    assert Merge(2, 1) in steps


def test_flapping_is_one_incident_and_is_watched_longer() -> None:
    known = incident(Member(school=0, began=NOW - 900, ended=NOW - 100, flaps=1))
    again = lost(province(), 0, since=NOW - 96)
    assert [type(step) for step in opened([known], again)] == [Again]
    flapping = incident(Member(school=0, began=NOW - 900, ended=NOW - QUIET, flaps=2))
    assert opened([flapping], province()) == []
    assert opened([flapping], province(), NOW + QUIET_FLAPPING - QUIET) == [Close(1, NOW - QUIET)]


def test_it_is_over_when_all_stayed_well() -> None:
    known = incident(Member(school=0, began=NOW - 900), Member(school=1, began=NOW - 900, ended=NOW - 700))
    assert opened([known], province()) == [Back(1, 0, NOW - 300), Close(1, NOW - 300)]
    still = lost(province(), 0, since=NOW - 900)
    assert opened([known], still) == []


def test_a_night_neither_ends_an_outage_nor_begins_one() -> None:
    known = incident(Member(school=0, began=NOW - 900))
    night = [replace(one, status="expected-off") if one.id == 0 else one for one in province()]
    assert opened([known], night) == []
    assert opened([], night) == []


def test_planned_work_opens_nothing() -> None:
    schools = [replace(one, is_planned=True) for one in lost(province(), 0)]
    assert opened([], schools) == []


def test_what_people_reported_stays_open_until_they_close_it() -> None:
    known = incident(Member(school=0, began=NOW - 900, is_measured=False), is_reported=True)
    assert opened([known], province()) == []
    measured = incident(Member(school=0, began=NOW - 900), is_reported=True)
    assert Back(1, 0, NOW - 300) in opened([measured], province())


def test_our_own_side_is_one_incident_and_no_school_is_in_one() -> None:
    schools = lost(province(), 0, 1, 2, 3, since=NOW - 130)
    ours = OurSide(since=NOW - 130)
    assert opened([], schools, ours=ours) == [Open(kind="province", began=NOW - 130)]
    known = [Known(id=7, kind="province", began=NOW - 130, opened=NOW)]
    assert opened(known, schools, ours=ours) == []
    assert opened(known, province()) == [Ended(7, NOW)]
    assert opened(known, province(), ours=OurSide(ended=NOW - 50)) == [Ended(7, NOW - 50)]
    ended = [replace(known[0], ended=NOW - 100)]
    assert opened(ended, province(), ours=ours) == [Resume(7)]
    assert opened(ended, province(), NOW + QUIET) == [Close(7, NOW - 100)]


STATES = st.sampled_from(["up", "silent", "down", "degraded", "expected-off", "no-box"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(STATES, min_size=12, max_size=12), min_size=1, max_size=12), st.data())
def test_whatever_happens_a_school_is_in_one_open_incident_at_most_and_twice_is_once(
    rounds: list[list[str]], data: st.DataObject
) -> None:
    book: dict[int, Known] = {}
    now, schools = NOW, province()
    for states in rounds:
        now += data.draw(st.sampled_from([10.0, 60.0, 400.0, 1_000.0]))
        schools = [
            replace(one, status=state, reason="dns" if state == "degraded" else "", since=now - 100.0)
            if one.status != state
            else one
            for one, state in zip(schools, states, strict=True)
        ]
        for step in advance(list(book.values()), schools, healthy(schools), now):
            play(book, step, now)
        again = [step for step in advance(list(book.values()), schools, healthy(schools), now) if is_news(step)]
        assert again == [], "asked twice it says nothing new"
        members = [number for one in book.values() for number in one.members]
        assert len(members) == len(set(members))
        for one in schools:
            if one.is_troubled and now - one.noticed >= HOLD:
                assert any(one.id in incident.members for incident in book.values())


def is_news(step: Step) -> bool:
    return not isinstance(step, Close)


def play(book: dict[int, Known], step: Step, now: float) -> None:
    """The least that a book must do."""
    if isinstance(step, Open):
        number = max(book, default=0) + len(book) + 1
        members = {one.id: Member(school=one.id, began=one.since) for one in step.schools}
        book[number] = Known(
            id=number, kind=step.kind, began=step.began, opened=now, commune=step.commune, provider=step.provider,
            severity=step.severity, members=members,
        )  # fmt: skip
        return
    if isinstance(step, Close | Merge):
        book.pop(step.incident)
        return
    known = book[step.incident]
    members = dict(known.members)
    match step:
        case Join():
            members[step.school.id] = Member(school=step.school.id, began=step.school.since)
        case Back():
            members[step.school] = replace(members[step.school], ended=step.at)
        case Again():
            flaps = members[step.school.id].flaps + 1
            members[step.school.id] = replace(members[step.school.id], ended=None, flaps=flaps)
        case Widen():
            known = replace(known, kind=step.kind, commune=step.commune, provider=step.provider)
        case _:
            known = replace(known, severity="down")
    book[step.incident] = replace(known, members=members)
