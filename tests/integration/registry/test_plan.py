"""Months rolled up in the background, on both databases: what is due, marked and added up, within scope."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from controller.plan import adding, marks, rollup
from controller.plan.counts import count_all, count_up
from controller.plan.months import before, bounds, days, month_of
from controller.scope import Scope, key_of
from controller.tables import Day, Hour, Link, Measurement, PlanMonth, School, SchoolMonth
from tests.integration.api.world import HERE, NOON, OWN, SIBLING, STRANGER, THERE, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600.0, 86_400.0
NOVEMBER, OCTOBER = "2026-11", "2026-10"
EVERYTHING = Scope(is_all=True)


def give(
    world: World, code: str, *, down: float | None = None, up: float | None = None, pupils: int | None = None,
    price: int | None = None, provider: str = "VNPT", tests: int = 40, gets: float = 95e6, end: float = NOON,
    **facts: Any,
) -> int:  # fmt: skip
    """A contract, ``tests`` tests six hours apart until ``end``, and a good window for each hour of them."""
    with world.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        school.pupils = pupils
        key = key_of(school)
        link = session.exec(select(Link).where(Link.school_id == key)).one()
        link.down_bps, link.up_bps, link.price_vnd, link.provider = down, up, price, provider
        session.add_all([school, link])
        for number in range(tests):
            at = end - (number + 1) * 6 * HOUR
            session.add(
                Measurement(
                    school_id=key, agent_id=f"box {code}", seq=100 + number, item=0, probe="speed", outcome="ok", at=at,
                    scope="network", is_valid=not facts.get("validity"), down_bps=gets, up_bps=gets,
                    body={"facts": facts},
                )
            )  # fmt: skip
        first = (int(end) // 3600 - tests * 6) * 3600
        for hour in range(first, int(end) // 3600 * 3600, 3600):
            if session.get(Hour, (key, hour)) is None:
                session.add(Hour(school_id=key, hour_at=hour, windows=[window(hour)]))
        session.commit()
    return key


def window(at: float, lost: int = 0) -> dict[str, Any]:
    made = {"name": "rtt_seconds", "labels": {"target": "domestic:vnix"}, "at": float(at), "seconds": 3600.0}
    return made | {"count": 60, "lost": lost, "median": 0.012, "p95": 0.02, "min": 0.01, "max": 0.03, "jitter": 0.001}


def rolled(world: World, now: float = NOON) -> int:
    return rollup.roll_up(world.services.engine, ZONE, now, budget=30.0)


def verdict(world: World, key: int, month: str = NOVEMBER) -> SchoolMonth:
    with world.session() as session:
        row = session.get(SchoolMonth, (month, key))
        assert row is not None
        return row


def test_a_school_that_gets_what_it_was_promised_and_needs(world: World) -> None:
    key = give(world, OWN, down=100e6, up=100e6, pupils=300, price=290_000)
    assert rolled(world) == 3
    row = verdict(world, key)
    assert (row.contract, row.target, row.cause) == ("met", "met", "fine")
    assert (row.tests, row.down_median, row.promised_down_bps, row.need_bps) == (40, 95e6, 100e6, 20e6)
    assert row.rtt_median == pytest.approx(0.012)
    assert row.availability == 1.0
    assert row.facts["rule"] == "qcvn34-2019"
    assert [clause["verdict"] for clause in row.facts["clauses"]] == ["met"] * 4


def test_a_school_of_which_nothing_is_known_is_never_met(world: World) -> None:
    rolled(world)
    with world.session() as session:
        stranger = session.exec(select(School).where(School.code == STRANGER)).one()
    row = verdict(world, key_of(stranger))
    assert (row.contract, row.target, row.cause, row.tests) == ("not-enough", "not-enough", "unknown", 0)


def test_a_small_contract_gets_the_next_step_with_a_price_from_the_provinces_own_contracts(world: World) -> None:
    key = give(world, OWN, down=30e6, up=30e6, pupils=1_200, price=200_000, gets=29e6)
    for code in (SIBLING, STRANGER):
        give(world, code, down=80e6, up=80e6, price=320_000)
    rolled(world)
    assert (verdict(world, key).cause, verdict(world, key).upgrade_bps) == ("contract", 80e6)
    assert (verdict(world, key).upgrade_vnd, verdict(world, key).price_n) == (None, 0), "two contracts are no price"
    with world.session() as session:
        session.add(Link(school_id=key, name="3", provider="FPT", down_bps=80e6, price_vnd=400_000, is_primary=True))
        session.commit()
    with world.services.engine.begin() as connection:
        marks.contracts_changed(connection, NOVEMBER, [key])
    assert rolled(world) == 1
    row = verdict(world, key)
    assert (row.upgrade_vnd, row.more_vnd, row.price_n, row.price_basis) == (320_000, 120_000, 3, "province")


def test_planned_work_that_is_entered_changed_or_removed_has_its_month_judged_again(world: World) -> None:
    early, root = NOON - 3 * HOUR, "/api/v1/maintenance"
    world.clock.now = early
    keys = {code: give(world, code, down=80e6, up=80e6) for code in (OWN, SIBLING, STRANGER)}
    rolled(world, early)

    def again(now: float) -> set[str]:
        with world.session() as session:
            rows = session.exec(select(SchoolMonth).where(SchoolMonth.is_stale)).all()
            found = {code for code, key in keys.items() if key in {row.school_id for row in rows}}
        rolled(world, now)
        return found

    work = {"scope_kind": "school", "scope_id": OWN, "starts_at": NOON - 2 * HOUR, "ends_at": NOON - HOUR}
    made = world.as_admin("POST", root, json=work).json()
    assert again(NOON) == {OWN}
    facts = verdict(world, keys[OWN]).facts
    assert (facts["planned"], facts["time"]["excluded"]) == (HOUR, HOUR)
    world.as_admin("PATCH", f"{root}/{made['id']}", json={"ends_at": NOON - 1.5 * HOUR})
    assert again(NOON) == {OWN}
    assert verdict(world, keys[OWN]).facts["planned"] == HOUR / 2
    assert world.as_admin("DELETE", f"{root}/{made['id']}").status_code == 204
    assert again(NOON) == {OWN}
    assert verdict(world, keys[OWN]).facts["planned"] == 0
    for place, schools in (
        ({"scope_kind": "commune", "scope_id": HERE}, {OWN, SIBLING}),
        ({"scope_kind": "provider", "scope_id": "VNPT"}, set(keys)),
        ({"scope_kind": "province", "scope_id": ""}, set(keys)),
        ({"scope_kind": "province", "scope_id": "", "starts_at": NOON + 40 * DAY, "ends_at": NOON + 41 * DAY}, set()),
    ):
        assert world.as_admin("POST", root, json=work | place).status_code == 201
        assert again(NOON) == schools, place


def test_a_provider_that_delivers_too_little_is_the_line_and_no_larger_contract_is_asked_for(world: World) -> None:
    key = give(world, OWN, down=100e6, up=100e6, pupils=300, gets=15e6)
    rolled(world)
    row = verdict(world, key)
    assert (row.contract, row.target, row.cause, row.upgrade_bps) == ("not-met", "not-met", "line", None)


def test_tests_in_light_mode_and_over_wifi_are_not_held_against_anyone(world: World) -> None:
    key = give(world, OWN, down=100e6, up=100e6, gets=3e6, mode="light")
    by_air = give(world, SIBLING, down=100e6, up=100e6, gets=3e6, validity=["wifi"])
    rolled(world)
    for one in (key, by_air):
        assert (verdict(world, one).contract, verdict(world, one).tests) == ("not-enough", 0)
    assert verdict(world, by_air).facts["triangle"]["why"] == "only-wifi"


def test_what_goes_on_is_rolled_up_daily_and_a_month_once_more_after_its_end(world: World) -> None:
    give(world, OWN, down=100e6, up=100e6)
    assert rolled(world) == 3
    assert rolled(world, NOON + HOUR) == 0
    assert rolled(world, NOON + DAY) == 3
    end = bounds(NOVEMBER, ZONE)[1]
    assert rolled(world, end + HOUR) == 3, "the new month alone: the last boxes have not reported yet"
    assert rolled(world, end + 4 * HOUR) == 3
    assert rolled(world, end + 5 * HOUR) == 0
    assert verdict(world, 1).at == end + 4 * HOUR


def test_late_days_and_changed_schools_mark_their_months(world: World) -> None:
    key = give(world, OWN, down=100e6, up=100e6)
    rolled(world)
    with world.services.engine.begin() as connection:
        connection.execute(SchoolMonth.__table__.insert().values(  # type: ignore[attr-defined]
            {**SchoolMonth(month=OCTOBER, school_id=key).model_dump(), "facts": {}}))  # fmt: skip
        marks.days_changed(connection, [(key, "2026-10-30"), (key, "2026-11-20")], "2026-11-24")
    assert rolled(world, NOON + 60) == 1
    assert verdict(world, key, OCTOBER).at == NOON + 60
    with world.session() as session:
        school = session.get(School, key)
        assert school is not None
        school.pupils, school.updated_at = 900, NOON + 120
        session.add(school)
        session.commit()
    assert rolled(world, NOON + 180) == 1
    assert verdict(world, key).need_bps == 45e6


def test_months_of_before_are_made_from_days_where_the_hours_are_gone(world: World) -> None:
    key = give(world, OWN, down=100e6, up=100e6, end=bounds(OCTOBER, ZONE)[1])
    with world.session() as session:
        for hour in session.exec(select(Hour).where(Hour.school_id == key)).all():
            session.delete(hour)
        for number in range(1, 31):
            day = f"2026-10-{number:02}"
            session.add(Day(school_id=key, day=day, up_seconds=85_900, down_seconds=500, rtt_median=0.02))
        session.commit()
    assert rollup.roll_up_history(world.services.engine, ZONE, NOON) == 1
    row = verdict(world, key, OCTOBER)
    assert (row.facts["basis"], row.tests) == ("days", 40)
    assert row.availability == pytest.approx(85_900 / 86_400)
    assert (row.contract, row.rtt_median) == ("not-met", 0.02), "500 seconds a day are more than 0.5 %"
    assert rollup.roll_up_history(world.services.engine, ZONE, NOON) == 0


def test_counts_name_every_school_and_stay_within_scope(world: World) -> None:
    give(world, OWN, down=100e6, up=100e6, pupils=300)
    give(world, SIBLING, down=100e6, up=100e6, pupils=300, gets=10e6)
    rolled(world)
    with world.session() as session:
        everything = adding.total(adding.cells(session, EVERYTHING, NOVEMBER))
        assert (everything.schools, everything.judged, everything.target_met, everything.unknown) == (3, 2, 1, 1)
        assert (everything.contract_met, everything.contract_not_met, everything.with_contract) == (1, 1, 3)
        here = adding.cells(session, Scope(commune_codes=frozenset({HERE})), NOVEMBER)
        assert (adding.total(here).schools, {cell.commune for cell in here}) == (2, {HERE})
        there = adding.cells(session, Scope(commune_codes=frozenset({THERE})), NOVEMBER)
        assert (adding.total(there).schools, adding.total(there).judged) == (1, 0)
        own = Scope(school_codes=frozenset({OWN}))
        assert adding.total(adding.cells(session, own, NOVEMBER)).schools == 1
        assert adding.trend(session, own)[NOVEMBER].target_met == 1
        assert adding.trend(session, EVERYTHING)[NOVEMBER] == everything
        mixed = Scope(commune_codes=frozenset({THERE}), school_codes=frozenset({OWN}))
        assert adding.total(adding.cells(session, mixed, NOVEMBER)).schools == 2


def test_the_demonstration_school_enters_nothing(world: World) -> None:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        school.is_demo = True
        session.add(school)
        session.commit()
    assert rolled(world) == 2
    with world.session() as session:
        assert adding.total(adding.cells(session, EVERYTHING, NOVEMBER)).schools == 2


def test_counting_anew_forgets_months_without_verdicts(world: World) -> None:
    rolled(world)
    with world.session() as session:
        for row in session.exec(select(SchoolMonth)).all():
            session.delete(row)
        session.commit()
    with world.services.engine.begin() as connection:
        count_all(connection, NOON)
    with world.session() as session:
        assert session.exec(select(PlanMonth)).all() == []


def test_two_who_count_at_once_take_turns(world: World) -> None:
    """One process may lose its lease while it counts."""
    engine, second = world.app.state.services.engine, ThreadPoolExecutor(1)

    def count() -> None:
        with engine.begin() as connection:
            count_up(connection, NOVEMBER, NOON + 1)

    with second, engine.begin() as connection:
        count_up(connection, NOVEMBER, NOON)
        other = second.submit(count)
        with pytest.raises(TimeoutError):
            other.result(0.3)
        connection.commit()
        other.result(10)
    with world.session() as session:
        assert {row.at for row in session.exec(select(PlanMonth))} == {NOON + 1}


def test_months_of_the_calendar() -> None:
    assert (before("2026-01"), before("2026-12", -1), before("2026-03", 14)) == ("2025-12", "2027-01", "2025-01")
    assert days("2026-02") == ("2026-02-01", "2026-03-01")
    start, end = bounds("2026-11", ZONE)
    assert (month_of(start, ZONE), month_of(start - 1, ZONE), end - start) == ("2026-11", "2026-10", 30 * DAY)
