"""Cases that happen in schools, by name, and what must hold for whatever else may happen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.identity.decide import decide, shared_values
from inventory.identity.match import FAMILIES, Known, judge
from inventory.identity.normal import STRONG
from inventory.identity.sighting import Sighting
from tests.unit.inventory.identity.machines import JUNK, OTHER, TOLD, as_known, known, same, seen

NEW_BOARD = {kind: OTHER[kind] for kind in ("serial", "uuid", "board", "mac")}


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("nothing changed", {}),
        ("it was renamed", {"host": "may-giao-vien"}),
        ("it was re-imaged", {"host": "lab-07", "glpi": "master-2026-06-01"}),
        ("its disk was replaced", {"disk": "S3Z9NB0K123456"}),
        ("its network card was replaced", {"mac": "d8:cb:8a:01:02:03"}),
        ("its UUID changed with the firmware", {"uuid": "77777777-6666-4555-8444-333333333321"}),
        ("it stands in another school", {"school": 2}),
        ("a dock was plugged in", {"mac": ["18:c0:4d:aa:bb:03", "00:e0:4c:68:01:db"]}),
        ("a guest's adapter makes up an address", {"mac": ["18:c0:4d:aa:bb:03", "da:a1:19:00:00:01"]}),
        ("the agent has no right to read the firmware", {"serial": "", "uuid": "", "board": ""}),
        ("the maker left the firmware as it was", JUNK),
    ],
)
def test_it_is_surely_the_same_when(what: str, changes: dict[str, Any]) -> None:
    assert judge(same(**changes), as_known()).level == "sure", what


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("its board was replaced: serial, UUID and address are new, the disk is not", NEW_BOARD),
        ("its disk went into another machine of the same name", {**OTHER, "disk": TOLD["disk"], "host": TOLD["host"]}),
        ("its firmware was cloned into another machine", {"mac": OTHER["mac"], "disk": OTHER["disk"]}),
        ("the sticker is on a machine with another serial number", {**OTHER, "tag": "TS-0001"}),
        ("a box's disk was copied", {**OTHER, "key": "9f86d081884c7d65"}),
    ],
)
def test_a_human_is_asked_when(what: str, changes: dict[str, Any]) -> None:
    match = judge(same(**changes), as_known(tag="TS-0001", key="9f86d081884c7d65"))
    assert match.level == "maybe", what
    assert match.is_conflict, what


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("everything is another's", OTHER),
        ("the whole room was imaged from it", {**OTHER, "host": TOLD["host"], "glpi": TOLD["glpi"]}),
        ("only an adapter went over", {**OTHER, "mac": TOLD["mac"]}),
        ("they share the maker's junk", {**OTHER, **JUNK}),
    ],
)
def test_it_is_another_machine_when(what: str, changes: dict[str, Any]) -> None:
    assert judge(same(**changes), as_known()).level == "no", what


def test_the_uuid_of_689_schools_joins_no_two_of_them() -> None:
    one = known(serial="Default string", uuid="03000200-0400-0500-0006-000700080009", mac="18:c0:4d:00:00:01")
    other = seen(serial="Default string", uuid="03000200-0400-0500-0006-000700080009", mac="18:c0:4d:00:00:02")
    assert judge(other, one).level == "no"
    assert decide(other, [one]).ask == ()


def test_a_value_that_two_machines_hold_says_nothing_of_either() -> None:
    shared = shared_values({("serial", "P6UJRZ309"): {1, 2}, ("mac", "18:c0:4d:aa:bb:03"): {1}}, [])
    assert shared == {("serial", "P6UJRZ309")}
    match = judge(seen(serial="P6UJRZ309", host="pc-01"), known(serial="P6UJRZ309", host="pc-01"), shared)
    assert (match.level, match.evidence[0].state) == ("no", "shared")


def test_two_records_that_may_be_one_machine_count_as_one_holder_until_somebody_answers() -> None:
    holders = {("mac", "18:c0:4d:aa:bb:03"): {1, 2, 3}}
    assert shared_values(holders, [(1, 2)]) == frozenset(holders)
    assert shared_values(holders, [(1, 2), (3, 2)]) == frozenset()


def test_two_computers_with_one_cloned_address_stay_two_each_by_its_name() -> None:
    one = known(1, mac="18:c0:4d:aa:bb:03", host="pc-01", model="H310M DS2")
    two = known(2, mac="18:c0:4d:aa:bb:03", host="pc-02", model="H310M DS2")
    shared = shared_values({("mac", "18:c0:4d:aa:bb:03"): {1, 2}}, [])
    decision = decide(seen(mac="18:c0:4d:aa:bb:03", host="pc-02", model="H310M DS2"), [one, two], shared)
    assert decision.same is not None
    assert decision.same.id == 2


def test_an_address_on_the_wire_finds_its_machine_at_the_school_and_asks_nobody() -> None:
    wire = seen(source="lan", mac=TOLD["mac"])
    found = decide(wire, [as_known()]).same
    assert found is not None
    elsewhere = decide(seen(source="lan", school=2, mac=TOLD["mac"]), [as_known()])
    assert (elsewhere.same, elsewhere.ask, elsewhere.is_nothing) == (None, (), True)
    assert not decide(wire, []).is_nothing


def test_what_was_but_an_address_becomes_the_machine_that_tells_of_itself() -> None:
    decision = decide(same(), [known(7, mac=TOLD["mac"])])
    assert decision.same is not None
    assert decision.same.id == 7


def test_a_repaired_machine_whose_new_address_was_seen_first_is_asked_about() -> None:
    decision = decide(same(**NEW_BOARD), [as_known(1), known(7, mac=OTHER["mac"])])
    assert decision.same is not None
    assert (decision.same.id, [match.id for match in decision.ask]) == (7, [1])


def test_a_part_that_was_there_once_counts_half_and_never_surely() -> None:
    before = seen(serial=TOLD["serial"], mac=TOLD["mac"]).values
    repaired = Known(id=1, school=1, device="pc", values=same(**OTHER).values, former=before)
    match = judge(seen(serial=TOLD["serial"], mac=TOLD["mac"]), repaired)
    assert match.level == "maybe"
    assert [line.points for line in match.evidence if line.state == "former"] == [25, 20]


def test_a_form_with_a_name_alone_is_put_before_a_human() -> None:
    form = seen(source="form", tag="TS-0001", host="phong-tin-01", model="HP ProDesk 400 G7")
    decision = decide(form, [as_known()])
    assert (decision.same, [match.id for match in decision.ask]) == (None, [1])


def test_one_family_that_several_share_is_no_ground_to_choose() -> None:
    form = seen(source="form", serial="P6UJRZ309")
    decision = decide(form, [known(1, serial="P6UJRZ309"), known(2, serial="P6UJRZ309")])
    assert (decision.same, [match.id for match in decision.ask]) == (None, [1, 2])


def test_a_printer_is_no_computer_whatever_number_they_share() -> None:
    assert judge(seen(serial="MY47L1W1JH"), known(device="printer", serial="MY47L1W1JH")).level == "no"


VALUES: dict[str, st.SearchStrategy[str]] = {
    kind: st.sampled_from([TOLD[kind][0], OTHER[kind][0], *JUNK.get(kind, []), ""]) for kind in TOLD
}
SIGHTINGS = st.builds(
    lambda told, school, source: seen(source=source, school=school, **told),
    st.fixed_dictionaries(VALUES),
    st.integers(1, 2),
    st.sampled_from(["glpi", "box", "form"]),
)


def to_known(number: int, sighting: Sighting) -> Known:
    return Known(id=number, school=sighting.school, device="pc", values=sighting.values)


@given(SIGHTINGS, st.lists(SIGHTINGS, max_size=4), st.randoms())
def test_the_order_of_candidates_does_not_matter(sighting: Sighting, others: list[Sighting], chance: Any) -> None:
    candidates = [to_known(number, other) for number, other in enumerate(others, 1)]
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert decide(sighting, candidates) == decide(sighting, shuffled)


@given(SIGHTINGS, SIGHTINGS)
def test_it_is_never_surely_the_same_unless_something_strong_agrees(one: Sighting, other: Sighting) -> None:
    match = judge(one, to_known(1, other))
    if match.level == "sure":
        common = {kind for kind in STRONG if one.of(kind) & other.of(kind)}
        assert common
        against = sum(state == "disagrees" for state in match.families.values())
        assert not against or match.agreeing > against
    assert set(match.families) <= set(FAMILIES)


@given(SIGHTINGS, SIGHTINGS)
def test_evidence_explains_the_whole_score_of_families_that_do_not_repeat(one: Sighting, other: Sighting) -> None:
    """What is shown to a human is what was counted."""
    match = judge(one, to_known(1, other))
    assert bool(match.evidence) or match.score == 0
    assert all(line.points >= 0 for line in match.evidence if line.state in ("agrees", "shared", "former"))
    assert all(line.points < 0 for line in match.evidence if line.state == "disagrees")
