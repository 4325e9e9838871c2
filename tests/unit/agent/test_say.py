"""Texts exist in both languages and take the same values."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from agent import frame
from agent.probes import PROBES
from agent.say import TEXTS, Speaker, language
from agent.say_reasons import ADVICE, PROBE_REASONS, REASONS


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


def test_every_reason_of_a_probe_is_said_in_both_languages_and_what_to_do_in_both_or_in_none() -> None:
    for wrong, todo in PROBE_REASONS.values():
        assert all(text.strip() for text in wrong)
        assert bool(todo[0]) == bool(todo[1])


REASON = re.compile(r'(?:(?:Skip|ProbeError)\(\s*|lack\(\s*f?"[^"]*",\s*)"([a-z-]+)"')
# Of the helper and of the protocol between programs: no person at a school can do anything about these.
INTERNAL = {"bad-argument", "helper-request", "token-malformed"}


def test_every_reason_that_a_probe_can_give_is_explained() -> None:
    code = "".join(path.read_text() for path in Path(frame.__file__).parent.rglob("*.py"))
    given = set(REASON.findall(code))
    assert {"needs-root", "no-targets", "link-down", "no-edid"} <= given, "the pattern finds them"
    assert given - INTERNAL <= set(PROBE_REASONS) | set(REASONS)


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
