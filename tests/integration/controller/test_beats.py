"""Beats: answered from memory, written down now and then, and what schools' statuses hang on."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from controller import status
from controller.background import Background, Task
from controller.tables import Agent, Event, Latest, Lease, School
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province


def beat(province: Province, box: Box, token: str, **changes: object) -> tuple[int, dict[str, object]]:
    body = {"agent": box.id, "token": token, "boot": box.boot, "up": 1000.0, "next_seq": box.seq, **changes}
    answer = province.client.post("/v1/beat", content=json.dumps(body))
    reply: dict[str, object] = answer.json()
    return answer.status_code, reply


def statuses(province: Province, *, listening_since: float = 0.0) -> dict[str, str]:
    services = province.services
    with services.engine.begin() as connection:
        status.refresh(
            connection,
            now=province.clock(),
            beat_every=services.settings.beat_every,
            zone=services.settings.zone,
            heard=services.beats.last(),
            listening_since=listening_since,
        )
    with province.session() as session:
        rows = session.exec(select(School.code, Latest.status).where(Latest.school_id == School.id))
        return {code: found for code, found in rows}  # noqa: C416 - rows are no pairs to mypy


def test_a_beat_is_answered_and_written_down_by_the_next_flush(province: Province) -> None:
    box = province.accepted()
    token = province.exchange(box)["beat_token"]
    province.clock.now += 30
    assert beat(province, box, token) == (200, {"work": False, "after": 30.0, "now": province.clock()})
    province.services.beats.flush(province.services.engine)
    with province.session() as session:
        assert session.exec(select(Agent)).one().last_beat_at == province.clock()


def test_a_woken_box_is_told_to_exchange_until_it_has(province: Province) -> None:
    box = province.accepted()
    token = province.exchange(box)["beat_token"]
    province.services.beats.wake([box.id])
    assert beat(province, box, token)[1]["work"] is True
    province.exchange(box)
    assert beat(province, box, token)[1]["work"] is False


def test_a_beat_without_a_good_token_is_refused(province: Province) -> None:
    box, other = province.accepted(), province.accepted()
    token, others = province.exchange(box)["beat_token"], province.exchange(other)["beat_token"]
    for wrong in ("", "x", ".", others, token[:-1], token.upper(), "é" + token, f"ffffffff.{token.split('.')[1]}"):
        assert beat(province, box, wrong)[0] == 401, wrong
    province.clock.now += 86_401
    assert beat(province, box, token)[1]["code"] == "bad-token"


@pytest.mark.parametrize("change", [{"agent": 5}, {"up": "x"}, {"boot": None}, {"next_seq": ["x"]}])
def test_a_beat_of_the_wrong_shape_is_refused(province: Province, change: dict[str, object]) -> None:
    assert beat(province, Box(), "x", **change)[1]["code"] == "bad-request"


def test_a_school_goes_silent_by_the_controllers_clock_and_comes_back(province: Province) -> None:
    box = province.accepted()
    token = province.exchange(box)["beat_token"]
    start = province.clock()
    assert statuses(province) == {"82001": "up", "82002": "no-box"}
    province.clock.now += 95
    assert statuses(province)["82001"] == "up"
    province.clock.now += 1
    assert statuses(province)["82001"] == "silent"
    beat(province, box, token)
    assert statuses(province)["82001"] == "up"
    with province.session() as session:
        found = session.exec(select(Event).where(Event.kind == "school").order_by("id")).all()
        assert [(event.before, event.after) for event in found][-2:] == [("up", "silent"), ("silent", "up")]
        assert found[-2].at == start  # silent since its last sign of life, not since we noticed


def test_after_our_own_outage_no_school_is_called_silent_before_it_could_speak(province: Province) -> None:
    province.exchange(province.accepted())
    statuses(province)
    province.clock.now += 7_200
    assert statuses(province, listening_since=province.clock() - 10)["82001"] == "up"
    assert statuses(province, listening_since=province.clock() - 100)["82001"] == "silent"


def test_what_the_box_sees_of_the_line_decides_the_status(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    down = box.state(now, "target:domestic:vnix", "up", "down")
    province.exchange(box, box.batch(now, [down]))
    assert statuses(province)["82001"] == "down"
    province.exchange(box, box.batch(now, [box.state(now + 0.1, "target:domestic:vnix", "down", "up")]))
    assert statuses(province)["82001"] == "up"


def test_the_background_does_its_tasks_and_one_process_holds_each_lease(province: Province) -> None:
    first, second = Background(province.services), Background(province.services)
    province.clock.now += 3_600
    first.tick(province.clock())
    second.tick(province.clock())
    assert not any(province.services.pulse.failures().values())
    with province.session() as session:
        holders = {lease.holder for lease in session.exec(select(Lease))}
    assert first.holder in holders
    assert second.holder not in holders


def test_work_that_takes_long_comes_less_often(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    began, spent = province.clock(), [0.0]

    def work(_now: float) -> None:
        spent[0] += 2.0

    background = Background(province.services)
    background.tasks = (Task("slow", 5.0, work, is_shared=False, share=0.1),)
    monkeypatch.setattr("controller.background.time.monotonic", lambda: spent[0])
    for second in range(41):
        background.tick(began + second)
    assert spent[0] == 3 * 2.0, "at the beginning, after 20 seconds and after 40"
