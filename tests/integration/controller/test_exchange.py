"""A box exchanges: what it sends is stored once, what it is told is right, and it is answered after the commit."""

from __future__ import annotations

from sqlmodel import select

from controller.tables import Agent, Event, Hour, Latest, Measurement, SealedBatch
from tests.integration.controller.conftest import Province


def test_an_accepted_box_sends_windows_and_a_speed_test_and_both_are_stored(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    reply = province.exchange(
        box, box.batch(now, [box.windows(now - 900, "gateway", "domestic:vnix")]), box.batch(now, [box.speed(now - 60)])
    )
    assert (reply["next_seq"], reply["epoch"], reply["problems"]) == (3, 1, [])
    with province.session() as session:
        hours = session.exec(select(Hour)).all()
        assert sum(len(hour.windows) for hour in hours) == 2
        assert abs(hours[0].windows[0]["at"] - (now - 900)) < 1.0
        measurement = session.exec(select(Measurement)).one()
        assert (measurement.down_bps, measurement.up_bps, measurement.is_valid) == (95e6, 40e6, True)
        latest = session.exec(select(Latest).where(Latest.school_id == hours[0].school_id)).one()
        assert (latest.down_bps, latest.rtt, latest.loss_ratio) == (95e6, 0.01, 0.0)
        assert len(session.exec(select(SealedBatch)).all()) == 2


def test_a_batch_that_is_sent_again_is_stored_once(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    batch = box.batch(now, [box.state(now, "target:gateway", "up", "down")])
    assert province.exchange(box, batch)["next_seq"] == 2
    assert province.exchange(box, batch)["next_seq"] == 2
    with province.session() as session:
        assert len(session.exec(select(Event).where(Event.kind == "target")).all()) == 1


def test_batches_above_a_gap_are_taken_and_the_gap_stays_open_until_it_is_filled(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    one, two, three = (box.batch(now, [box.windows(now, "gateway")]) for _ in range(3))
    assert province.exchange(box, one, three)["next_seq"] == 2
    assert province.exchange(box, two)["next_seq"] == 4
    with province.session() as session:
        assert session.get(Agent, box.id).ahead == []  # type: ignore[union-attr]
