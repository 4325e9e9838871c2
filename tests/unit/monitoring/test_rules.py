"""Rules are data: each with its edition and source; what was not seen judges nothing, the province's are laid over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.registry.words import SHOWN
from monitoring.rules import RULES, chosen, need


def test_every_rule_names_its_edition_or_the_provinces_settings_and_says_what_it_is_in_both_languages() -> None:
    for rule in RULES.values():
        assert rule.edition or rule.id.startswith("province-")
        assert rule.source
        assert rule.note_vi
        assert rule.note_en
        assert rule.kind in ("contract", "target")


def test_the_edition_whose_figures_were_not_seen_has_none_and_is_never_used() -> None:
    unseen = RULES["qcvn34-2022"]
    assert not unseen.is_seen
    assert (unseen.speed_share, unseen.rtt, unseen.availability) == (None, None, None)
    assert chosen({"contract": "qcvn34-2022"}).contract.id == "qcvn34-2019"
    assert chosen().of("qcvn34-2022").id == "qcvn34-2019"
    assert "2022" in RULES["qcvn34-2019"].note_en


def test_the_registry_offers_exactly_the_rules_that_can_judge_a_contract() -> None:
    assert set(SHOWN["rule"]) == {rule.id for rule in RULES.values() if rule.kind == "contract" and rule.is_seen}


@pytest.mark.parametrize(
    ("target", "pupils", "shifts", "needed"),
    [
        ("un-itu", None, 1, 20e6),
        ("un-itu", 400, 1, 20e6),
        ("un-itu", 401, 1, 20.05e6),
        ("un-itu", 1_200, 1, 60e6),
        ("brazil", 300, 1, 300e6),
        ("brazil", 301, 2, 151e6),
        ("brazil", None, 1, None),
        ("brazil", 0, 1, None),
    ],
)
def test_what_a_school_needs(target: str, pupils: int | None, shifts: int, needed: float | None) -> None:
    assert need(RULES[target], pupils, shifts) == needed


def test_the_provinces_own_figures_are_laid_over_and_nonsense_is_left_out() -> None:
    stored: dict[str, Any] = {
        "contract": "province-contract",
        "target": "province-target",
        "province-contract": {"speed_share": 0.9, "rtt": "quick", "hours": "night"},
        "province-target": {"per_school_bps": 30e6, "above_pupils": 2.5},
        "enough": {"min_tests": 4, "min_days": -1},
    }
    found = chosen(stored)
    assert (found.contract.speed_share, found.contract.rtt, found.contract.hours) == (0.9, 0.05, "school")
    assert (found.target.per_school_bps, found.target.above_pupils) == (30e6, 400)
    assert (found.contract.min_tests, found.contract.min_days) == (4, 5)
    assert found.rules["qcvn34-2019"].speed_share == 0.8, "a standard's own figures cannot be changed"


ANYTHING = st.one_of(st.none(), st.text(), st.integers(), st.dictionaries(st.text(), st.none()))


@given(st.dictionaries(st.text(), ANYTHING))
def test_whatever_is_stored_there_is_always_a_rule(stored: dict[str, Any]) -> None:
    found = chosen(stored)
    assert found.contract.is_seen
    assert found.target.kind == "target"


@given(st.sampled_from(["un-itu", "brazil", "province-target"]), st.integers(1, 5_000), st.integers(0, 500))
def test_more_pupils_never_need_less(target: str, pupils: int, more: int) -> None:
    assert (need(RULES[target], pupils + more) or 0) >= (need(RULES[target], pupils) or 0)
