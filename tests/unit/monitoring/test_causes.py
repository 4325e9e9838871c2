"""Why a school cannot be reached: from outside while it is dark, and by what its box told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.web.incident_words import ADVICE, CAUSES, EVIDENCE
from monitoring import causes as module
from monitoring.causes import LIKELY, OF_PROVIDER, Dark, Neighbours, provisional
from monitoring.outage import Outage, judge
from monitoring.told import Told

CUT, BACK = 10_000.0, 11_000.0
OUTSIDE = ("target:domestic:vnix", "target:international:one")
ALL = ("target:gateway", "target:isp-hop", *OUTSIDE, "target:dns", "target:controller")


def told(at: float, subject: str, after: str, before: str = "", **facts: Any) -> Told:
    return Told(at, subject, before or ("down" if after == "up" else "up"), after, facts)


def start(at: float, *, up: float, died: float | None = None, clean: bool = False, same: bool = False) -> Told:
    facts: dict[str, Any] = {"up_seconds": up, "clean": clean, "same_boot": same}
    if died is not None:
        facts["last_alive_at"] = died
    return Told(at, "box", "down", "up", facts)


def well(at: float = 1_000.0) -> list[Told]:
    """All answered by themselves since long ago."""
    return [
        start(at, up=20.0),
        *(told(at + 2, subject, "up", "unknown", address="192.0.2.1") for subject in ALL),
    ]


def cut(*lost: str, at: float = CUT + 10, back: float | None = BACK + 10, **facts: Any) -> list[Told]:
    downs = [told(at, subject, "down", **{"spoke": True, **facts}) for subject in lost]
    return downs + ([told(back, subject, "up") for subject in lost] if back is not None else [])


def outage(*more: Told, **facts: Any) -> Outage:
    known = sorted([*well(), *more], key=lambda one: one.at)
    return Outage(**{"began": CUT, "ended": BACK + 30, "told": known, **facts})


DEAF = Neighbours(same=3, others=2)
DARK = Neighbours(same=3, same_gone=3, others=2, others_gone=2)


@pytest.mark.parametrize(
    ("dark", "cause"),
    [
        (Dark(since=CUT, neighbours=DARK), "power"),
        (Dark(since=CUT, neighbours=Neighbours(same=3, same_gone=3, others=2)), "isp-access"),
        (Dark(since=CUT, neighbours=Neighbours(same=3, same_gone=3, others=2, away=6, away_gone=5)), "isp-core"),
        (Dark(since=CUT, neighbours=Neighbours(same=3, same_gone=3)), "power"),
        (Dark(since=CUT, neighbours=DEAF), "power"),
        (Dark(since=CUT, neighbours=DEAF, states={"power:AC": "down"}), "power"),
        (Dark(since=CUT, neighbours=DEAF, is_our_side=True), "controller"),
        (Dark(since=CUT, neighbours=DEAF, is_near_closing=True), "power"),
    ],
)
def test_while_a_school_is_dark_its_neighbours_speak_for_it(dark: Dark, cause: str) -> None:
    found = provisional(dark)
    assert found.cause == cause
    assert 0 < found.confidence < 1
    assert found.evidence


def test_a_few_schools_of_one_provider_are_only_a_suspicion() -> None:
    few = provisional(Dark(since=CUT, neighbours=Neighbours(same=3, same_gone=3, others=2)))
    assert few.confidence < LIKELY


@settings(max_examples=200)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.data())
def test_without_a_lit_neighbour_no_provider_is_named(same: int, others: int, away: int, data: st.DataObject) -> None:
    near = Neighbours(
        same=same,
        same_gone=data.draw(st.integers(0, same)),
        others=others,
        others_gone=data.draw(st.integers(min(1, others), others)),
        away=away,
        away_gone=data.draw(st.integers(0, away)),
    )
    assert provisional(Dark(since=CUT, neighbours=near)).cause not in OF_PROVIDER


@pytest.mark.parametrize(
    ("case", "cause"),
    [
        (outage(*cut(*ALL, neighbour="failed")), "router"),
        (outage(told(CUT + 10, "link:eth0", "down"), *cut(*ALL), told(BACK + 10, "link:eth0", "up")), "lan"),
        (
            outage(told(CUT + 10, "link:eth0", "down"), told(BACK - 90, "link:eth0", "up"), *cut(*ALL, back=BACK + 10)),
            "router",
        ),
        (outage(*cut("target:isp-hop", *OUTSIDE, "target:dns", "target:controller")), "isp-access"),
        (outage(*cut(*OUTSIDE, "target:controller")), "isp-core"),
        (outage(*cut(OUTSIDE[1]), was_silent=False), "international"),
        (outage(*cut("target:dns"), was_silent=False), "dns"),
        (outage(*cut("target:controller")), "controller"),
        (outage(has_measured=True), "controller"),
        (outage(has_measured=False), "box"),
        (outage(is_our_side=True), "controller"),
        # the gateway forwards, and never answers by itself: the line, not the router
        (outage(*cut(*ALL, neighbour="reachable", spoke=False)), "isp-access"),
        # names are not found while the line is out: no name server is to blame
        (outage(*cut("target:dns", "target:controller", outside_answers=0)), "isp-access"),
    ],
)
def test_the_first_part_that_failed_while_all_before_it_held_is_the_cause(case: Outage, cause: str) -> None:
    found = judge(case)
    assert found.cause == cause
    if found.cause not in ("controller", "box") or case.told[-1].at > CUT:
        assert found.began is not None


def rebirth(*, after: float, **facts: Any) -> list[Told]:
    """It died at the cut and starts at the end; the line answers ``after`` seconds after its power came."""
    begun = start(BACK + 35, up=30.0, died=CUT + 5, **facts)
    return [begun, *(told(BACK + 5 + after, subject, "up", "unknown") for subject in ALL)]


@pytest.mark.parametrize(
    ("case", "cause"),
    [
        (outage(*rebirth(after=120)), "power"),
        (outage(*rebirth(after=32)), "box"),
        (outage(*rebirth(after=32), neighbours=DARK), "power"),
        (outage(*rebirth(after=32, clean=True)), "box"),
        (outage(*rebirth(after=32, same=True)), "box"),
        (outage(told(CUT - 20, "power:ups", "down"), *rebirth(after=32, clean=True)), "power"),
    ],
)
def test_a_box_that_died_first_tells_power_from_its_own_trouble(case: Outage, cause: str) -> None:
    assert judge(case).cause == cause


def test_a_box_on_battery_knows_that_it_was_the_power() -> None:
    lost = cut("target:isp-hop", *OUTSIDE, "target:dns", "target:controller")
    found = judge(outage(told(CUT - 5, "power:AC", "down"), *lost))
    assert found.cause == "power"
    assert found.confidence > 0.9


def test_what_was_mended_before_is_another_story() -> None:
    earlier = [told(CUT - 150, "target:dns", "down", spoke=True), told(CUT - 60, "target:dns", "up")]
    assert judge(outage(*earlier, *cut("target:controller"))).cause == "controller"


def test_of_a_flapping_line_the_last_end_counts() -> None:
    lost = ("target:isp-hop", *OUTSIDE, "target:controller")
    twice = [*cut(*lost, back=CUT + 200), *cut(*lost, at=CUT + 400)]
    found = judge(outage(*twice))
    assert found.ended is not None
    assert abs(found.ended - BACK) < 35


SUBJECTS = st.sampled_from([*ALL, "link:eth0", "power:AC", "box"])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.floats(8_000, 13_000), SUBJECTS, st.sampled_from(["up", "down"])), max_size=30),
    st.booleans(),
)
def test_any_story_gets_a_cause_with_a_confidence(story: list[tuple[float, str, str]], silent: bool) -> None:
    found = judge(outage(*(told(at, subject, after) for at, subject, after in story), was_silent=silent))
    assert found.cause in module.CAUSES
    assert 0 < found.confidence <= 1


PARTS = ("causes.py", "outage.py", "outage_parts.py")


def test_every_piece_of_evidence_and_every_cause_has_its_words() -> None:
    sources = "".join((Path(module.__file__).parent / name).read_text() for name in PARTS)
    codes = set(re.findall(r'Evidence\(\s*"([a-z-]+)"', sources)) | {"others-dark", "others-lit", "others-some"}
    codes |= {"agent-stopped", "agent-ended"}
    assert codes == set(EVIDENCE)
    assert set(CAUSES) == {*module.CAUSES, ""} == set(ADVICE)
