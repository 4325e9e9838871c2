"""What other machines used meanwhile, by the router's counter, and what is said where none told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agent.lan.wan import Counter, Span, Total
from agent.speedtest.others import Others, Own, others, span
from tests.unit.agent.speedtest.made import ALL, QUIET, SECONDS, facts, leg


def test_a_quiet_school_is_no_reason_and_the_counter_is_named() -> None:
    said = facts(leg("down"), leg("up"))
    assert (said["valid"], said["validity"], said["remarks"]) == (True, [], [])
    assert said["others"] == {"by": "upnp", "down_bits_per_second": 0.0, "up_bits_per_second": 0.0}


@pytest.mark.parametrize("way", ["down", "up"])
def test_what_another_machine_moves_past_the_box_is_cross_traffic(way: str) -> None:
    """As much again as our own, in one direction, and not a byte of it on our card."""
    busy = Span(2 * ALL, int(0.1 * ALL), SECONDS) if way == "down" else Span(int(0.1 * ALL), 2 * ALL, SECONDS)
    legs = {"down": leg("down"), "up": leg("up")}
    said = facts(**{**legs, way: replace(legs[way], wan=busy)})
    assert (said["valid"], said["validity"]) == (False, ["cross-traffic"])
    assert said["others"][f"{way}_bits_per_second"] == pytest.approx(0.92 * ALL * 8 / SECONDS)


def test_what_the_other_way_carried_late_is_not_held_against_a_leg() -> None:
    """A router that counts once a second tells a part of the download only after the upload began."""
    assert facts(leg("down"), leg("up", wan=replace(QUIET, received=ALL)))["validity"] == []


@pytest.mark.parametrize(
    "wan", [None, Span(0, 0, SECONDS), Span(ALL // 2, ALL // 2, SECONDS)], ids=["none", "stands still", "counts late"]
)
def test_where_no_counter_saw_our_own_bytes_it_is_remarked_and_does_not_invalidate(wan: Span | None) -> None:
    said = facts(leg("down", wan=wan), leg("up"), router="upnp" if wan else "")
    assert (said["valid"], said["remarks"]) == (True, ["others-unseen"])
    assert said["others"]["down_bits_per_second"] is None


def test_within_one_machine_nobody_is_missed() -> None:
    assert facts(leg("down", wan=None), leg("up", wan=None), is_loopback=True)["remarks"] == []


def test_our_own_bytes_and_questions_are_not_others() -> None:
    own = Own.of_payload(1_000_000, 1_000_000, 20_000)
    assert others(1_090_000, own, 1.0) == 0.0
    assert others(1_225_000, own, 1.0) == pytest.approx(1e6)
    assert others(700_000, own, 1.0) is None


def test_a_router_that_fails_once_is_not_asked_again() -> None:
    asked: list[int] = []

    def read() -> Total:
        asked.append(len(asked))
        if len(asked) == 2:
            raise OSError("gone")
        return Total(1, 2, 3.0)

    async def talk() -> tuple[list[Total | None], str]:
        seen = Others(lambda: Counter("snmp", read))
        return [await seen.total() for _ in range(4)], seen.by

    totals, by = asyncio.run(talk())
    assert totals == [Total(1, 2, 3.0), None, None, None]
    assert (len(asked), by) == (2, "")
    assert span(totals[0], totals[1]) is None


def test_nobody_waits_long_for_a_router_that_tells_nothing() -> None:
    async def talk() -> tuple[Total | None, str]:
        seen = Others(lambda: None)
        return await seen.total(), seen.by

    assert asyncio.run(talk()) == (None, "")
