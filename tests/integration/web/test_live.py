"""``/live``: what changed goes to those who may hear of it; the number of listeners is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from controller.changes import Change, Changes
from controller.problems import Problem
from controller.web import places as bounds
from controller.web.pages import live
from controller.web.places import Places
from tests.integration.api.world import ADMIN, World


def listen(changes: Changes, mine: frozenset[int] | None, act: Callable[[], Awaitable[None]], count: int) -> list[str]:
    """The first ``count`` pieces of a stream while ``act`` goes on."""

    async def run() -> list[str]:
        stream = live.events(changes, mine, Places(), 1)
        got = [(await anext(stream)).decode()]
        await act()
        while len(got) < count:
            got.append((await asyncio.wait_for(anext(stream), 5)).decode())
        await stream.aclose()  # type: ignore[attr-defined]
        return got

    return asyncio.run(run())


def test_one_hears_of_ones_own_schools_and_of_what_concerns_all() -> None:
    changes = Changes()

    async def act() -> None:
        for school, kind in ((7, "status"), (8, "status"), (None, "registry"), (7, "measurement")):
            changes.publish(school, kind)

    got = listen(changes, frozenset({7}), act, 4)
    assert [piece.strip() for piece in got[1:]] == [
        'data: {"school":7,"kind":"status"}',
        'data: {"school":null,"kind":"registry"}',
        'data: {"school":7,"kind":"measurement"}',
    ]


def test_a_listener_that_is_too_slow_is_told_to_look_at_everything() -> None:
    changes = Changes()

    async def act() -> None:
        for number in range(2_000):
            changes.publish(number, "status")
        await asyncio.sleep(0)

    assert "resync" in listen(changes, None, act, 2)[1]


def test_a_stream_ends_after_a_while_and_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LIFETIME", 0.05)
    places, changes = Places(), Changes()

    async def run() -> int:
        return len([piece async for piece in live.events(changes, None, places, 1)])

    assert asyncio.run(run()) >= 1
    with places.take(1) as is_taken:
        assert is_taken


def test_one_person_has_so_many_places_and_all_together_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_OF_ONE", 2)
    monkeypatch.setattr(bounds, "MAX_STREAMS", 3)
    places = Places()
    with places.take(1), places.take(1), places.take(2):
        assert places.is_full(1)
        assert places.is_full(3), "no place for anybody"
        with places.take(3) as is_taken:
            assert not is_taken
    assert not places.is_full(1)


def test_who_finds_no_place_is_told_to_come_back(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_STREAMS", 0)
    answer = sqlite_world.call(ADMIN, "GET", "/live")
    assert answer.status_code == Problem("busy").status
    assert answer.headers["Retry-After"] == "30"


def test_nobody_listens_without_signing_in(sqlite_world: World) -> None:
    assert sqlite_world.call(None, "GET", "/live").status_code == 401


def test_what_concerns_no_school_of_mine_does_not_concern_me() -> None:
    assert live.concerns(Change(3, "status"), None)
    assert not live.concerns(Change(3, "status"), frozenset({4}))
