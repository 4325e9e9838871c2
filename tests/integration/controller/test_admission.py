"""Leave to measure: who gets it, for when, how much; groups that share a link; budgets; a person's wish; replicas."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from controller import exchange
from controller.admission_data import CALENDAR, MEASURING
from controller.config import Settings
from controller.main import create_services
from controller.measure.tokens import verify
from controller.services import Services
from controller.tables import Link, MeasurePlan, MeasureSpent, School, Setting
from monitoring.admission import GRACE, LASTS
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import NOON, Province

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MB = 1_000_000
TAUGHT = {"shifts": [{"periods": [["07:00", "10:30"], ["13:00", "16:30"]]}]}
PLACE = GRACE + LASTS["full"]


def at(clock: str, day: int = 24) -> float:
    return dt.datetime.combine(dt.date(2026, 11, day), dt.time.fromisoformat(clock), ZONE).timestamp()


def put(province: Province, key: str, value: Any) -> None:
    with province.session() as session:
        session.merge(Setting(key=key, value=value, updated_at=province.clock()))
        session.commit()


def change(province: Province, code: str = "82001", **values: Any) -> None:
    with province.session() as session:
        row = session.exec(select(School).where(School.code == code)).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def line(province: Province, code: str, **values: Any) -> None:
    with province.session() as session:
        row = session.exec(select(School).where(School.code == code)).one()
        session.add(Link(school_id=row.id or 0, **values))
        session.commit()


def plan_of(province: Province, box: Box) -> MeasurePlan:
    with province.session() as session:
        return session.exec(select(MeasurePlan).where(MeasurePlan.agent_id == box.id)).one()


def result(province: Province, box: Box, used: float = 20 * MB, **facts: Any) -> dict[str, Any]:
    """Report a speed test that was begun a moment ago."""
    item = box.speed(province.clock() - 5, **facts)
    item.body["samples"].append({"name": "bytes_used", "value": used, "labels": {}, "at": None})
    return province.exchange(box, box.batch(province.clock(), [item]))


def more_schools(province: Province, count: int, **link: Any) -> list[Box]:
    """Schools with a line and an accepted box each."""
    boxes = []
    for number in range(count):
        code = f"83{number:03}"
        with province.session() as session:
            session.add(School(code=code, name=f"Trường {number}", commune_code="29869"))
            session.commit()
        line(province, code, **link)
        boxes.append(province.accepted(code))
    return boxes


def test_leave_says_how_much_may_be_spent_and_the_token_says_the_same(province: Province) -> None:
    line(province, "82001", down_bps=50e6, up_bps=50e6)
    box = province.accepted()
    leave = province.exchange(box)["measure"]
    assert (leave["mode"], leave["max_bytes"]) == ("full", 37_500_000)
    key = province.services.keys.measure_key.public_key()
    claims = verify(leave["token"], key, leave["not_before"])
    assert (claims.school, claims.max_bytes) == ("82001", leave["max_bytes"])
    assert leave["expires"] - leave["not_before"] == GRACE


def test_a_lesson_is_measured_lightly_and_an_exam_all_day(province: Province) -> None:
    change(province, calendar=TAUGHT)
    change(province, "82002", calendar={"exams": [["2026-11-24", "2026-11-24"]]})
    province.clock.now = at("08:00")
    taught, examined = province.accepted(), province.accepted("82002")
    for box, reason in ((taught, "lesson"), (examined, "exam")):
        leave = province.exchange(box)["measure"]
        assert (leave["mode"], leave["max_bytes"]) == ("light", MB)
        assert plan_of(province, box).reason == reason


def test_a_school_without_a_calendar_follows_the_provinces(province: Province) -> None:
    put(province, CALENDAR, TAUGHT)
    province.clock.now = at("08:00")
    assert province.exchange(province.accepted())["measure"]["mode"] == "light"
    change(province, "82002", calendar={"always": True})
    assert province.exchange(province.accepted("82002"))["measure"]["mode"] == "full"


def test_a_heavy_test_is_over_before_the_lesson_begins(province: Province) -> None:
    change(province, calendar=TAUGHT)
    province.clock.now = at("12:59") + 20
    leave = province.exchange(province.accepted())["measure"]
    assert leave["mode"] == "light"


def test_schools_on_one_backhaul_get_their_places_one_after_the_other(province: Province) -> None:
    boxes = more_schools(province, 6, backhaul="OLT  Cao Lãnh", provider="VNPT", down_bps=100e6)
    leaves = [province.exchange(box)["measure"] for box in boxes]
    starts = [leave["not_before"] for leave in leaves]
    assert all(later - one >= PLACE for one, later in pairwise(starts))
    assert {leave["mode"] for leave in leaves} == {"full"}


def test_the_servers_rate_is_never_exceeded_and_the_rest_come_later(province: Province) -> None:
    put(province, MEASURING, {"server_mbps": 250, "server_tests": 8, "provider_tests": 0})
    boxes = more_schools(province, 5, down_bps=100e6)
    starts = sorted(province.exchange(box)["measure"]["not_before"] for box in boxes)
    assert [sum(one <= start < one + PLACE for one in starts) for start in starts] == [2, 2, 2, 2, 1]


def test_who_finds_no_place_is_told_when_to_come_again_and_each_another_time(province: Province) -> None:
    put(province, MEASURING, {"server_tests": 1, "provider_tests": 0})
    boxes = more_schools(province, 40, down_bps=100e6)
    replies = [province.exchange(box) for box in boxes]
    refused = [reply["exchange_after"] for reply in replies if reply["measure"] is None]
    assert refused
    assert all(30 <= wait <= 900 for wait in refused)
    assert len(set(refused)) > len(refused) / 2, "they are spread"
    with province.session() as session:
        reasons = set(session.exec(select(MeasurePlan.reason)))
    assert reasons <= {"quiet", "crowded", "full-up"}


def test_a_lost_leave_is_given_again_for_the_same_place(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    change(province, "82001", name="x")
    token = box.token
    with province.session() as session:
        plan = session.get(MeasurePlan, box.id)
        assert plan is not None
        plan.start, plan.until = province.clock() + 300, province.clock() + 345
        session.add(plan)
        session.commit()
    province.exchange(box)
    box.token = token  # that reply never came
    again = province.exchange(box)["measure"]
    assert again["not_before"] == province.clock() + 300
    box.boot = "boot-2"  # and now it forgot, too
    box.booted_at = province.clock()
    assert province.exchange(box)["measure"]["not_before"] == province.clock() + 300


def test_a_result_frees_its_place_and_is_counted_once(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    province.clock.now += 15
    token = box.token
    result(province, box, used=21 * MB)
    plan = plan_of(province, box)
    assert (plan.until <= province.clock(), plan.tries, plan.bytes) == (True, 0, 0)
    assert plan.next_at is not None
    assert plan.next_at > province.clock() + 900
    box.token, box.seq = token, box.seq - 1
    result(province, box, used=21 * MB)  # sent again: its reply was lost
    with province.session() as session:
        spent = session.exec(select(MeasureSpent)).one()
    assert (spent.month, spent.bytes, spent.tests) == ("2026-11", 21 * MB, 1)


def test_a_test_within_the_machine_costs_nothing(province: Province) -> None:
    box = province.accepted()
    result(province, box, scope="loopback")
    with province.session() as session:
        assert session.exec(select(MeasureSpent)).all() == []


def test_an_invalid_test_is_tried_again_soon_and_not_for_ever(province: Province) -> None:
    box, until = province.accepted(), province.clock() + 6 * 3_600
    starts: list[float] = []
    while province.clock() < until:
        leave = province.exchange(box)["measure"]
        if leave is not None:
            starts.append(leave["not_before"])
            province.clock.now = leave["not_before"] + 20
            reply = result(province, box, valid=False, validity=["cross-traffic"])
            if reply["measure"] is not None:
                starts.append(reply["measure"]["not_before"])
                province.clock.now = starts[-1] + 20
                result(province, box, valid=False, validity=["cross-traffic"])
        province.clock.now += 100
    waits = [round(after - one, -2) for one, after in pairwise(starts)]
    assert waits[:2] == [300.0, 1_800.0]
    assert 1_800.0 <= waits[2] <= 3_600.0, "or its own slot, where that comes sooner"
    assert plan_of(province, box).tries >= 4
    assert len(starts) <= 6, "then only at its own times"


def test_a_line_faster_than_believed_gets_more_bytes_next_time(province: Province) -> None:
    line(province, "82001", down_bps=100e6, up_bps=100e6)
    box = province.accepted()
    assert province.exchange(box)["measure"]["max_bytes"] == 75 * MB
    province.clock.now += 20
    item = box.speed(province.clock() - 5, valid=False, validity=["short"])
    for sample in item.body["samples"]:
        if sample["name"] == "down_bits_per_second":
            sample["value"] = 150e6
    leave = province.exchange(box, box.batch(province.clock(), [item]))["measure"]
    assert plan_of(province, box).seen_bps == 150e6
    assert (leave["mode"], leave["max_bytes"]) == ("short", 30 * MB)


def test_an_exhausted_budget_leaves_watching_only_until_the_next_month(province: Province) -> None:
    line(province, "82001", down_bps=100e6, budget_mb=50)
    with province.session() as session:
        school = session.exec(select(School).where(School.code == "82001")).one()
        session.add(MeasureSpent(school_id=school.id or 0, month="2026-11", bytes=50 * MB, tests=3))
        session.commit()
    box = province.accepted()
    assert province.exchange(box)["measure"] is None
    plan = plan_of(province, box)
    assert (plan.mode, plan.reason) == ("passive", "budget")
    assert plan.next_at is not None
    province.clock.now = dt.datetime(2026, 12, 1, 9, tzinfo=ZONE).timestamp()
    assert province.exchange(box)["measure"] is not None


def test_what_is_granted_counts_before_it_is_reported(province: Province) -> None:
    line(province, "82001", down_bps=100e6, up_bps=100e6, budget_mb=100)
    first, second = province.accepted(), province.accepted()
    modes = [province.exchange(box)["measure"]["mode"] for box in (first, second)]
    assert modes == ["full", "light"]  # 75 of 100 MB are gone, and two fifths of the month are to come


def test_a_start_of_a_box_is_worth_one_test_and_a_flapping_one_none(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    province.clock.now += 20
    result(province, box)
    box.boot, box.booted_at = "boot-2", province.clock()
    assert province.exchange(box)["measure"] is None  # the last test is too new
    province.clock.now += 7_200
    box.boot, box.booted_at = "boot-3", province.clock()
    leave = province.exchange(box)["measure"]
    assert 0 < leave["not_before"] - province.clock() <= 960


def test_a_person_goes_before_the_plan_within_the_same_limits(province: Province) -> None:
    boxes = more_schools(province, 3, backhaul="olt", down_bps=100e6)
    asked, waiting = boxes[0], boxes[1]
    for box in boxes:
        province.exchange(box)
        province.clock.now += 60
        result(province, box)
    province.clock.now += 4_000
    with province.session() as session:
        for row in session.exec(select(MeasurePlan)):
            row.next_at = province.clock() - 60  # everybody's turn has come
            session.add(row)
        row = session.exec(select(MeasurePlan).where(MeasurePlan.agent_id == asked.id)).one()
        row.asked_at, row.asked_by = province.clock(), "hoa"
        row.next_at = province.clock() + 40_000
        session.add(row)
        session.commit()
    parcels = [
        exchange.read(box.head(province.clock()), box.id, box.public, province.clock()) for box in (waiting, asked)
    ]
    outcomes = province.services.ingest.commit(parcels)
    later, first = (outcome.reply.measure for outcome in outcomes if outcome and outcome.reply)
    assert first is not None
    assert later is not None
    assert first.not_before <= province.clock() + 10
    assert later.not_before >= first.not_before + 30
    assert (first.mode, plan_of(province, asked).asked_at) == ("full", None)


def test_after_an_outage_of_all_nobody_bunches(province: Province) -> None:
    put(province, MEASURING, {"server_mbps": 500, "server_tests": 4, "provider_tests": 0})
    boxes = more_schools(province, 30, down_bps=100e6)
    for box in boxes:
        province.exchange(box)
    province.clock.now += 86_400 + 7_200  # the line was cut for a day: everybody missed their turns
    starts = []
    for box in boxes:
        leave = province.exchange(box)["measure"]
        if leave is not None:
            starts.append(leave["not_before"])
    assert len(starts) >= 25
    assert max(sum(one <= start < one + 30 for one in starts) for start in starts) <= 4
    assert max(starts) - min(starts) > 600


# -- replicas ---------------------------------------------------------------------------------------------------------


@contextmanager
def second(settings: Settings, province: Province) -> Iterator[Services]:
    """Another process's services over the same database."""
    services = create_services(settings, province.clock)
    services.ingest.epoch()
    try:
        yield services
    finally:
        services.engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_replicas_never_give_one_place_twice(province: Province, settings: Settings) -> None:
    boxes = more_schools(province, 24, backhaul="olt", provider="vnpt", down_bps=100e6)
    barrier = threading.Barrier(2)

    def serve(services: Services, mine: Sequence[Box]) -> list[float]:
        barrier.wait()
        found = []
        for box in mine:
            parcel = exchange.read(box.head(province.clock()), box.id, box.public, province.clock())
            outcome = services.ingest.commit([parcel])[0]
            assert outcome is not None
            assert outcome.reply is not None, outcome.refusal
            if outcome.reply.measure is not None and outcome.reply.measure.mode != "light":
                found.append(outcome.reply.measure.not_before)
        return found

    with second(settings, province) as other, ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(serve, services, mine) for services, mine in
                  ((province.services, boxes[::2]), (other, boxes[1::2]))]  # fmt: skip
        starts = sorted(start for half in halves for start in half.result(60))
    assert len(starts) >= 20
    assert all(later - one >= PLACE for one, later in pairwise(starts))
    with Session(province.services.engine) as session:
        held = session.exec(select(MeasurePlan).where(col(MeasurePlan.start).is_not(None))).all()
    assert len(held) == len(boxes)
    assert province.clock() == NOON
