"""A box exchanges: what it sends is stored once, what it is told is right, and it is answered after the commit."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict

from sqlmodel import select

from agent.wire import Item, Thinned
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


def test_windows_of_one_hour_are_gathered_in_one_row(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    for start in (now - 3000, now - 2100, now - 1200):
        province.exchange(box, box.batch(now, [box.windows(start, "gateway")]))
    with province.session() as session:
        (hour,) = session.exec(select(Hour)).all()
        assert [round(window["at"] - now) for window in hour.windows] == [-3000, -2100, -1200]


def test_a_batch_that_is_sent_again_is_stored_once(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    batch = box.batch(now, [box.state(now, "target:gateway", "up", "down"), box.windows(now, "gateway")])
    assert province.exchange(box, batch)["next_seq"] == 2
    assert province.exchange(box, batch, batch)["next_seq"] == 2
    with province.session() as session:
        assert len(session.exec(select(Event).where(Event.kind == "target")).all()) == 1
        assert len(session.exec(select(Hour)).one().windows) == 1


def test_batches_above_a_gap_are_taken_and_the_gap_stays_open_until_it_is_filled(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    one, two, three = (box.batch(now, [box.windows(now, "gateway")]) for _ in range(3))
    assert province.exchange(box, one, three)["next_seq"] == 2
    assert province.exchange(box, two)["next_seq"] == 4
    with province.session() as session:
        assert session.exec(select(Agent)).one().ahead == []
        assert len(session.exec(select(SealedBatch)).all()) == 3


def test_a_gap_is_closed_by_the_report_that_its_batches_were_thinned(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    one = box.batch(now, [box.windows(now, "gateway")])
    box.seq = 5  # 2, 3 and 4 were dropped when the disk was full
    thinned = Thinned(at=box.stamp(now), reason="spool-full", records=90, seqs=[2, 3, 4])
    assert province.exchange(box, one)["next_seq"] == 2
    assert province.exchange(box, box.batch(now, [Item(kind="thinned", body=asdict(thinned))]))["next_seq"] == 6
    with province.session() as session:
        event = session.exec(select(Event).where(Event.kind == "spool")).one()
        assert (event.after, event.detail, event.facts["records"]) == ("thinned", "spool-full", 90)


def test_a_box_is_told_its_settings_once_and_again_when_they_change(province: Province) -> None:
    box = province.accepted()
    settings = province.exchange(box)["settings"]
    assert settings["labels"] == {"school": "82001", "school_name": "Trường THCS Hùng Vương"}
    assert province.exchange(box)["settings"] is None
    lost = province.exchange(box, settings_revision=1)
    assert lost["settings"]["revision"] == settings["revision"]


def test_a_box_is_told_the_roots_until_it_is_known_to_have_them(province: Province) -> None:
    box = province.accepted()
    assert province.exchange(box)["roots"] == province.services.keys.roots_pem
    token = box.token
    assert province.exchange(box)["roots"] == []
    box.token = token  # that reply was lost
    assert province.exchange(box)["roots"] == []


def test_a_new_box_may_measure_at_once_and_then_when_its_turn_comes(province: Province) -> None:
    box = province.accepted()
    assert province.exchange(box)["measure"]["port"] == province.services.settings.measure_port
    assert province.exchange(box)["measure"] is None
    province.clock.now += 10
    province.exchange(box, box.batch(province.clock(), [box.speed(province.clock())]))
    assert province.exchange(box)["measure"] is None
    province.clock.now += 2 * province.services.settings.speed_every
    assert province.exchange(box)["measure"] is not None


def test_a_lost_reply_is_normal_even_twice_in_a_row(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    token = box.token
    for _ in range(3):
        box.token = token
        province.exchange(box)
    province.exchange(box)


def test_a_copied_disk_is_quarantined_and_shown_and_both_copies_stop(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    copied = box.token
    province.exchange(box)
    own, box.token, box.boot = box.token, copied, "boot-of-the-copy"
    province.exchange(box)
    box.token, box.boot = own, "boot-1"
    answer = province.send(box)
    assert (answer.status_code, answer.json()["code"]) == (409, "clone-suspected")
    assert province.send(box).json()["code"] == "quarantined"
    with province.session() as session:
        event = session.exec(select(Event).where(Event.after == "quarantined")).one()
        assert (event.kind, event.detail) == ("agent", "clone-suspected")


def test_a_clone_at_one_school_touches_no_other_school(province: Province) -> None:
    box, other = province.accepted(), province.accepted("82002")
    province.exchange(box)
    province.exchange(other)
    box.token = other.token
    assert province.send(box).status_code == 409
    assert province.exchange(other)["next_seq"] == 1


def test_an_exchange_that_is_replayed_changes_nothing(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    body = box.head(now) + b"\n" + box.batch(now, [box.windows(now, "gateway")])
    first = province.client.post("/v1/exchange", content=body)
    box.keep(first.json())
    again = province.client.post("/v1/exchange", content=body)
    assert (again.status_code, again.json()["code"]) == (409, "replayed")
    province.exchange(box)


def test_a_box_that_is_pending_refused_or_unknown_is_told_so_and_nothing_is_stored(province: Province) -> None:
    from tests.integration.controller.box import Box

    pending, stranger = Box(booted_at=province.clock() - 10), Box(booted_at=province.clock() - 10)
    province.join(pending, province.code())
    now = province.clock()
    batch = pending.batch(now, [pending.windows(now, "gateway")])
    assert province.send(pending, batch).json()["code"] == "not-accepted"
    answer = province.send(stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-agent")
    with province.session() as session:
        assert session.exec(select(SealedBatch)).all() == []


def test_a_wrong_clock_neither_loses_nor_reorders_and_is_shown(province: Province) -> None:
    ten_years = 10 * 365 * 86_400.0
    box, now = province.accepted(wall_error=-ten_years), province.clock()
    changes = [box.state(now - 300 + n * 60, "target:gateway", "up", "down") for n in range(3)]
    province.exchange(box, *(box.batch(now, [change]) for change in changes))
    with province.session() as session:
        events = session.exec(select(Event).where(Event.kind == "target").order_by("id")).all()
        assert [round(event.at - now) for event in events] == [-300, -240, -180]
        skew = session.exec(select(Agent)).one().clock_skew
        assert skew is not None
        assert abs(skew + ten_years) < 2
        assert session.exec(select(Event).where(Event.kind == "clock")).one().after == "wrong"


def test_control_characters_go_and_vietnamese_is_stored_in_one_form(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    decomposed = unicodedata.normalize("NFD", "cổng mạng Hùng Vương")
    change = box.state(now, f"target:{decomposed}", "up", "down")
    change.body["detail"] = "a\x00b\x1b[31mc\u2028d\ud800"
    province.exchange(box, box.batch(now, [change]), hostname="hộp\x07 1")
    with province.session() as session:
        event = session.exec(select(Event).where(Event.kind == "target")).one()
        assert event.subject == "target:cổng mạng Hùng Vương"
        assert event.detail == "a b [31mc d\N{REPLACEMENT CHARACTER}"
        assert session.exec(select(Agent)).one().hostname == "hộp  1"
