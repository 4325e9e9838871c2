"""What a box could read of its machine, and what it could not, as people see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.web.read.school_hardware import DUPLEX, MISSING, SECTIONS, cards

MACHINES = sorted((Path(__file__).parents[2] / "recorded/probes/host").glob("*/expected.json"))


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.parent.name)
def test_whatever_a_machine_could_not_tell_is_on_its_card_with_the_reason(path: Path) -> None:
    sections = json.loads(path.read_text())["sections"]
    shown = dict(zip(SECTIONS, cards(sections), strict=True))
    for name, why in sections["missing"].items():
        card = shown[name.partition(".")[0]]
        said = MISSING[why["reason"]]
        assert said in {card.missing, *(fact.value for fact in card.facts)}, name


def test_a_disk_whose_health_is_not_known_says_why() -> None:
    health = {"status": "unknown", "reason": "asleep"}
    (card,) = cards({"disks": [{"name": "sdb", "kind": "hdd", "bytes": 1, "health": health}]})
    assert MISSING["asleep"] in [fact.value for fact in card.facts]


@pytest.mark.parametrize(("said", "words"), [("full", [DUPLEX["full"]]), ("half", [DUPLEX["half"]]), ("unknown", [])])
def test_the_duplex_of_a_card_is_said_in_words(said: str, words: list[str]) -> None:
    (card,) = cards({"network": [{"name": "eth0", "carrier": "up", "duplex": said}]})
    assert [fact.value for fact in card.facts if fact.label == "Song công"] == words


def test_a_reason_that_this_province_does_not_know_yet_is_still_a_reason() -> None:
    (card,) = cards({"missing": {"usb": {"reason": "brand-new", "detail": "xHCI"}}})
    assert (card.missing, card.detail) == (MISSING["unreadable"], "xHCI")


@pytest.mark.parametrize(
    "odd", [{"missing": 5}, {"missing": {"usb": 5}}, {"missing": {"usb.": []}}, {"disks": 5}, [], None]
)
def test_odd_sections_break_nothing(odd: object) -> None:
    cards(odd)
