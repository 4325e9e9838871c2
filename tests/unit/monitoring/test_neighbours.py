"""Who vanished with whom, and what an incident's parts say together."""

from __future__ import annotations

import pytest

from monitoring.causes import TOGETHER, Neighbours
from monitoring.neighbours import Around, Vanished, span
from monitoring.verdict import basis, is_due, whole

HERE, BESIDE, AWAY = ("82001", "VNPT"), ("82001", "Viettel"), ("82002", "VNPT")
CUT = 1_000.0


def lost(school: int, place: tuple[str, str] = HERE, *, at: float = CUT, is_gone: bool = True) -> Vanished:
    return Vanished(school=school, began=at, place=place, is_gone=is_gone)


@pytest.mark.parametrize("is_gone", [True, False])
def test_the_same_is_counted_while_it_lasts_and_when_all_are_back(is_gone: bool) -> None:
    """Four of one provider vanish, two of another do not; back, they are among those that are well."""
    vanished = [lost(number, is_gone=is_gone) for number in range(4)]
    well = {BESIDE: 2, AWAY: 3, HERE: 0 if is_gone else 4}
    found = Around(vanished, well).neighbours(0, CUT, HERE)
    assert found == Neighbours(same=3, same_gone=3, others=2, others_gone=0, away=3, away_gone=0)
    assert found.are_lit


def test_what_began_at_another_time_did_not_vanish_with_it() -> None:
    later = lost(1, BESIDE, at=CUT + TOGETHER + 1)
    assert Around([lost(0), later], {}).neighbours(0, CUT, HERE) == Neighbours(others=1)
    assert span([CUT, CUT + 50]) == (CUT - TOGETHER, CUT + 50 + TOGETHER)


def test_a_school_without_a_known_provider_has_none_elsewhere() -> None:
    found = Around([lost(1, ("82002", ""))], {("82003", ""): 4}).neighbours(0, CUT, ("82001", ""))
    assert found == Neighbours()


@pytest.mark.parametrize(
    ("ended", "told_at", "is_silent", "has_box", "by"),
    [
        (None, CUT, True, True, "outside"),
        (None, CUT + 60, False, True, "box"),
        (None, None, False, False, "outside"),
        (CUT + 600, CUT + 0.5, False, True, ""),
        (CUT + 600, CUT + 700, False, True, "box"),
        (CUT + 600, None, False, False, ""),
    ],
)
def test_by_what_a_part_is_judged(
    ended: float | None, told_at: float | None, is_silent: bool, has_box: bool, by: str
) -> None:
    assert basis(CUT, ended, told_at, is_silent=is_silent, has_box=has_box) == by


def test_a_part_is_judged_until_its_box_tells_no_more() -> None:
    assert is_due(None, CUT, CUT)
    assert is_due(CUT, None, None)
    assert is_due(CUT, CUT + 10, CUT + 20)
    assert not is_due(CUT, CUT + 10, CUT + 10)
    assert not is_due(CUT, CUT + 10, None)


def test_the_whole_is_final_when_half_of_the_boxes_have_told() -> None:
    first = [("power", 0.4)] * 4
    assert whole(first, [("isp-access", 0.9), ("", 0.0), ("", 0.0), ("", 0.0)]).cause == "power"
    said = whole(first, [("isp-access", 0.9), ("isp-access", 0.7), ("", 0.0), ("", 0.0)])
    assert (said.cause, said.confidence, said.is_final, said.first) == ("isp-access", 0.8, True, ("power", 0.4))
    assert whole([("", 0.0)], [("", 0.0)]).cause == ""
