"""A flood from one box takes what is its own; the others do not notice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from controller.refusal import Refusal
from controller.store import write
from controller.tables import Rejected, SealedBatch
from tests.integration.controller.conftest import Province


def test_a_box_that_sends_without_end_is_slowed_down_and_the_others_are_not(province: Province) -> None:
    flood, other = province.accepted(), province.accepted("82002")
    answers = [province.send(flood) for _ in range(70)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert {answer.json()["code"] for answer in answers[60:] if answer.status_code != 200} == {"slow-down"}
    assert answers[-1].headers["retry-after"] == "1"
    assert province.exchange(other)["next_seq"] == 1
    province.clock.now += 10
    province.exchange(flood)


def test_bad_seals_in_the_name_of_a_box_do_not_use_up_its_allowance(province: Province) -> None:
    victim, thief = province.accepted(), province.accepted("82002")
    thief_key, thief.key = thief.key, victim.key
    head = thief.head(province.clock())
    thief.key = thief_key
    forged = head.replace(b'"sig":"', b'"sig":"AAAA')
    for _ in range(100):
        assert province.client.post("/v1/exchange", content=forged).status_code == 400
    province.exchange(victim)


def test_a_box_has_one_exchange_at_a_time(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    box, ingest = province.accepted(), province.services.ingest
    gate, commit = threading.Event(), ingest.commit

    def slow(parcels: object) -> object:
        gate.wait(10)
        return commit(parcels)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest, "commit", slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(province.send, box) for _ in range(2))
        while not (first.done() or second.done()):
            threading.Event().wait(0.01)
        gate.set()
        codes = sorted([first.result().status_code, second.result().status_code])
    assert codes == [200, 429]


def test_when_the_database_cannot_be_written_boxes_are_asked_to_come_again_and_nothing_is_acknowledged(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, ingest, now = province.accepted(), province.services.ingest, province.clock()
    batch = box.batch(now, [box.windows(now, "gateway")])

    def broken(_parcels: object) -> object:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "commit", broken)
        answer = province.send(box, batch)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "30")
    assert province.exchange(box, batch)["next_seq"] == 2
    with province.session() as session:
        assert len(session.exec(select(SealedBatch)).all()) == 1


def test_data_that_the_database_refuses_is_set_aside_and_does_not_stop_the_others(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, now = province.accepted(), province.clock()

    def picky(connection: object, rows: object, *rest: object) -> object:
        if getattr(rows, "measurements", None):
            raise ValueError("the driver does not like this")
        return write(connection, rows, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("controller.ingest.write", picky)
    assert province.exchange(box, box.batch(now, [box.speed(now)]))["next_seq"] == 2
    assert province.exchange(box, box.batch(now, [box.windows(now, "gateway")]))["next_seq"] == 3
    with province.session() as session:
        assert [row.reason for row in session.exec(select(Rejected))] == ["store-failed"]
        assert len(session.exec(select(SealedBatch)).all()) == 2


def test_a_full_queue_says_busy(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_arrived: object) -> None:
        raise Refusal("busy", "more arrives than can be read; come again", 5)

    monkeypatch.setattr(province.services.ingest, "receive", full)
    answer = province.send(province.accepted())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
