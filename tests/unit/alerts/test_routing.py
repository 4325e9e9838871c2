"""Who hears of what, and when what failed is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from controller.alerts.alert import KINDS, SEVERITIES, Call, from_data
from controller.alerts.retry import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MAX_AGE,
    MAX_TRIES,
    Outcome,
    is_final,
    is_given_up,
    pause,
)
from controller.alerts.routing import addressed, wants
from tests.unit.alerts.examples import ALERT, alert


def route(**changes: Any) -> dict[str, Any]:
    return {"kinds": [], "severity": "info", "scope_kind": "province", "scope_id": "", **changes}


def test_a_receiver_without_wishes_hears_everything() -> None:
    for kind in KINDS:
        for severity in SEVERITIES:
            assert wants(route(), alert(kind=kind, severity=severity))


@pytest.mark.parametrize(
    ("kind", "code", "told"),
    [
        ("province", "", ["Trường A", "Trường B", "Trường C"]),
        ("commune", "29001", ["Trường A", "Trường B"]),
        ("school", "82003", ["Trường C"]),
    ],
)
def test_whom_to_call_is_told_of_ones_own_schools_alone(kind: str, code: str, told: list[str]) -> None:
    calls = (
        Call("82001", "29001", "Trường A", "Hoa 0277 1"),
        Call("82002", "29001", "Trường B", "Lan 0277 2"),
        Call("82003", "29002", "Trường C", "Mai 0277 3"),
    )
    made = addressed(route(scope_kind=kind, scope_id=code), from_data(alert(calls=calls).as_data()))
    assert made.facts[: len(ALERT.facts)] == ALERT.facts
    said = made.facts[len(ALERT.facts) :]
    assert [fact.vi.removeprefix("Gọi ").partition(":")[0] for fact in said] == told
    assert all("0277" in fact.en for fact in said)
    assert made.calls == ()


def test_kinds_and_severities_are_kept_apart() -> None:
    assert wants(route(kinds=["outage"]), ALERT)
    assert not wants(route(kinds=["rogue-dhcp", "province"]), ALERT)
    assert [wants(route(severity=least), ALERT) for least in SEVERITIES] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "code", "hears"),
    [("commune", "29001", True), ("commune", "29002", False), ("school", "82002", True), ("school", "82001", False)],
)
def test_a_part_of_the_province_hears_of_its_own_schools(kind: str, code: str, hears: bool) -> None:
    assert wants(route(scope_kind=kind, scope_id=code), ALERT) is hears


def test_an_alert_survives_the_database() -> None:
    import json

    assert from_data(json.loads(json.dumps(ALERT.as_data()))) == ALERT


def test_pauses_double_up_to_an_hour_and_a_receiver_may_ask_for_more() -> None:
    assert [pause(n) for n in (1, 2, 3)] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pause(50) == pause(10**6) == LONGEST_PAUSE
    assert pause(1, 120.0) == 120.0
    assert pause(1, 10.0**9) == LONGEST_PAUSE


def test_what_is_refused_for_what_it_says_is_given_up_and_a_changed_key_is_not() -> None:
    assert [is_final(status) for status in (400, 410, 413, 422)] == [True] * 4
    assert [is_final(status) for status in (401, 403, 404, 408, 429, 500, 503)] == [False] * 7
    failed = Outcome(False, "HTTP 500")
    assert not is_given_up(failed, 1, 0.0)
    assert is_given_up(failed, MAX_TRIES, 0.0)
    assert is_given_up(failed, 1, MAX_AGE)
    assert is_given_up(Outcome(False, "HTTP 410", is_final=True), 1, 0.0)
