"""Whom a silence speaks of: a line is never blamed for what the school's own network, Wi-Fi or spare line did."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.plan.verdict import from_days
from monitoring.contract import MET, NOT_ENOUGH, NOT_MET, Promise, Verdict, judge
from monitoring.days import roll_up
from monitoring.rules import RULES
from monitoring.spans import DOWN, INSIDE, OTHER, SETTLE, UP, states

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600.0, 86_400.0
START = 1_793_466_000.0  # Sunday, 1 November 2026, 00:00 in Viet Nam


def asked(target: str, at: float, *, answers: bool, **labels: str) -> dict[str, Any]:
    figure = 0.02 if answers else None
    made = {"name": "rtt_seconds", "labels": {"target": target, **labels}, "at": at, "seconds": HOUR, "agent": "a"}
    return made | {"count": 60, "lost": 0 if answers else 60, "median": figure, "p95": figure}


def hours(kinds: str, *, is_mute: bool = False) -> list[dict[str, Any]]:
    """One letter an hour: "u" up, "d" line silent, "g" gateway silent too, "n" no gateway at all, "w" over Wi-Fi, "s"
    by a spare line, "S" by a spare line that is silent, "." nothing."""
    made = []
    for number, kind in enumerate(kinds):
        at = START + number * HOUR
        labels = {"w": {"medium": "wifi"}, "s": {"way": "spare"}, "S": {"way": "spare"}}.get(kind, {})
        if kind != ".":
            made.append(asked("domestic:vnix", at, answers=kind in "uws", **labels))
        if kind not in ".n" and not (is_mute and kind == "u"):
            made.append(asked("gateway", at, answers=kind not in "g" and not is_mute, **labels))
    return made


def told(windows: list[dict[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for first, past, kind in states(windows, START, START + 90 * DAY):
        found[kind] = found.get(kind, 0.0) + past - first
    return found


def judged(windows: list[dict[str, Any]], days: int = 10) -> Verdict:
    promise, rule = Promise(down_bps=100e6, up_bps=100e6), RULES["qcvn34-2019"]
    hours = {name: lambda _at: True for name in ("is_school_time", "is_open_time")}
    return judge(promise, rule, [], windows, start=START, end=START + days * DAY, **hours, zone=ZONE)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("uud", {UP: 2, DOWN: 1}),
        ("uug", {UP: 2, INSIDE: 1}),
        ("uun", {UP: 2, INSIDE: 1}),
        ("uuw", {UP: 2, OTHER: 1}),
        ("uusS", {UP: 2, OTHER: 2}),
        ("gg", {INSIDE: 2}),
    ],
)
def test_what_an_hour_says_of_the_line(kinds: str, expected: dict[str, int]) -> None:
    assert told(hours(kinds)) == {kind: count * HOUR for kind, count in expected.items()}


def test_a_gateway_that_ignores_pings_clears_nobody() -> None:
    assert told(hours("uudd", is_mute=True)) == {UP: 2 * HOUR, DOWN: 2 * HOUR}


def test_a_box_that_tells_of_no_gateway_is_judged_as_before() -> None:
    line = [window for window in hours("uud") if window["labels"]["target"] != "gateway"]
    assert told(line) == {UP: 2 * HOUR, DOWN: HOUR}


def test_a_router_that_is_back_has_time_to_dial_and_no_more() -> None:
    assert told(hours("ugd")) == {UP: HOUR, INSIDE: HOUR + SETTLE, DOWN: HOUR - SETTLE}


def test_five_hours_without_the_router_do_not_break_a_contract() -> None:
    verdict = judged(hours("u" * 100 + "g" * 5 + "u" * 135))
    assert (verdict.clause("availability").verdict, verdict.time.inside) == (MET, 5 * HOUR)
    assert judged(hours("u" * 100 + "d" * 5 + "u" * 135)).clause("availability").verdict == NOT_MET


def test_a_spare_line_neither_keeps_the_contract_nor_breaks_it() -> None:
    verdict = judged(hours("s" * 240))
    assert verdict.clause("availability").verdict == verdict.clause("rtt").verdict == NOT_ENOUGH
    assert (verdict.time.measured, verdict.time.other, verdict.clause("rtt").all.n) == (0.0, 240 * HOUR, 0)


@settings(deadline=None, max_examples=50)
@given(st.text("ud", min_size=120, max_size=240), st.integers(0, 239), st.integers(1, 200))
def test_an_outage_inside_the_school_never_breaks_a_contract(kinds: str, first: int, count: int) -> None:
    first %= len(kinds)
    lost = kinds[first : first + count]
    with_it = kinds[:first] + "g" * len(lost) + kinds[first + len(lost) :]
    before, after = (judged(hours(some)).clause("availability") for some in (kinds, with_it))
    assert after.verdict != NOT_MET or before.verdict == NOT_MET


def test_too_little_of_the_line_seen_says_how_much_more_is_needed() -> None:
    clause = judged(hours("d" + "u" * 110 + "g" * 129)).clause("availability")
    assert (clause.verdict, clause.more) == (NOT_ENOUGH, {"hours": 89}), "one hour of 200 is allowed, 111 were seen"


def test_a_day_says_what_it_left_out_and_a_month_of_days_leaves_out_the_same() -> None:
    windows = hours("u" * 10 + "g" * 4 + "d" + "s" * 5 + "u" * 3 + ".")
    day = roll_up(windows, [], START, START + DAY, START + DAY)
    seconds = {name: day["figures"][f"{name}_seconds"] for name in (INSIDE, OTHER)}
    assert seconds == {INSIDE: 4 * HOUR + SETTLE, OTHER: 5 * HOUR}
    assert (day["up_seconds"], day["down_seconds"]) == (13 * HOUR, HOUR - SETTLE)
    assert day["unknown_seconds"] == HOUR
    again = told(from_days([{**day, "start": START}]))
    assert again == {UP: day["up_seconds"], DOWN: day["down_seconds"], **seconds}
