"""Which changes of state have no raw samples around them."""

from __future__ import annotations

from typing import Any

import pytest

from controller.evidence.coverage import without_raw
from controller.evidence.derive import Records
from controller.evidence.report.measured import _raw_words


def state(at: float, subject: str = "target:gateway", before: str = "up", after: str = "down") -> dict[str, Any]:
    named = {"agent": "b1", "seq": 4, "item": 0, "sealed": True}
    return {"at": at, "subject": subject, "before": before, "after": after, **named}


def raw(at: float, agent: str = "b1") -> dict[str, Any]:
    return {"at": at, "subject": "target:gateway", "agent": agent, "samples": []}


def whys(states: list[dict[str, Any]], raws: list[dict[str, Any]]) -> list[tuple[float, str]]:
    return [(one["at"], one["why"]) for one in without_raw(Records(states=states, raw=raws))]


def test_a_change_with_samples_around_its_moment_is_not_named() -> None:
    assert whys([state(10_000.0)], [raw(10_000.0)]) == []
    assert whys([state(10_300.0, "target:dns")], [raw(10_000.0)]) == [], "changes that lie close together share them"


@pytest.mark.parametrize("raws", [[], [raw(9_399.0)], [raw(10_601.0)], [raw(10_000.0, "b2")]])
def test_a_change_whose_samples_are_not_there_is_named(raws: list[dict[str, Any]]) -> None:
    assert whys([state(10_000.0)], raws) == [(10_000.0, "none")]


def test_what_is_never_sampled_and_a_first_look_say_so() -> None:
    states = [state(1.0, "agent", "down", "up"), state(2.0, before="unknown", after="up"), state(3.0, "link:eth0")]
    assert whys(states, []) == [(1.0, "not-sampled"), (2.0, "first-look"), (3.0, "none")]


def test_the_report_says_of_how_many_and_why() -> None:
    assert "Mọi thay đổi đều có." in _raw_words(2, [])
    said = _raw_words(2, without_raw(Records(states=[state(1.0), state(2.0, "clock")], raw=[])))
    assert "2 thay đổi không có mẫu thô" in said
    assert "1 lẽ ra phải có nhưng không có trong hồ sơ" in said
