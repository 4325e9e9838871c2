"""Texts exist in both languages and take the same values."""

from __future__ import annotations

import string

import pytest

from agent.probes import PROBES
from agent.say import ADVICE, REASONS, TEXTS, Speaker, language


def names(text: str) -> set[str]:
    return {name for _text, name, _format, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_take_the_same_values(key: str) -> None:
    vietnamese, english = TEXTS[key]
    assert vietnamese
    assert english
    assert names(vietnamese) == names(english)


def test_every_reason_and_advice_says_something_in_both_languages() -> None:
    for pairs in (*REASONS.values(), tuple(ADVICE.values())):
        for pair in pairs:
            assert all(text.strip() for text in pair)


def test_every_probe_is_described() -> None:
    assert {f"probe.{name}" for name in PROBES} <= set(TEXTS)


def test_vietnamese_is_the_first_language() -> None:
    assert language(None, {}) == "vi"
    assert language(None, {"TRUONGNET_LANG": "en"}) == "en"
    assert language("vi", {"TRUONGNET_LANG": "en"}) == "vi"
    assert language("fr", {}) == "vi"


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert Speaker("vi").reason("brand-new", "why") == "brand-new (why)"
    assert Speaker("vi").todo("brand-new") == ""


def test_times_are_told_in_the_largest_unit_that_fits() -> None:
    say = Speaker("en")
    assert [say.ago(each) for each in (-3, 59, 130, 7_300, 200_000)] == ["0 s", "59 s", "2 min", "2 h", "2 days"]
