"""Days are rolled up, once or many times alike, and what is old goes in small chunks while the rest stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from controller import retention
from controller.config import Settings
from controller.incidents import old as old_incidents
from controller.migrations import partitions
from controller.tables import (
    Day,
    Event,
    Hour,
    Incident,
    IncidentSchool,
    IncidentStep,
    Latest,
    Measurement,
    Rejected,
    School,
    SealedBatch,
    StaleDay,
)  # fmt: skip
from tests.integration.controller.conftest import Province

DAY = 86_400.0


def roll_up(province: Province) -> list[Day]:
    services = province.services
    retention.roll_up_days(services.engine, services.settings, province.clock())
    with province.session() as session:
        return list(session.exec(select(Day).order_by("day")))


def fill(province: Province) -> None:
    """One school, noon: an hour up, a quarter of an hour down, two tests over the network and one on loopback."""
    box, now = province.accepted(), province.clock()
    windows = [box.windows(now - 4500 + n * 900, "domestic:a", rtt=0.02) for n in range(4)]
    windows.append(box.windows(now - 900, "domestic:a", count=30, lost=30))
    tests = [
        box.speed(now - 600, down=90e6, up=40e6),
        box.speed(now - 500, down=1e6, up=1e6, valid=False),
        box.speed(now - 400, down=9e9, up=9e9, scope="loopback"),
    ]
    province.exchange(box, box.batch(now, [*windows, *tests, box.state(now, "target:gateway", "up", "down")]))


def test_a_day_says_how_long_the_line_was_up_and_how_fast(province: Province) -> None:
    fill(province)
    (day,) = roll_up(province)
    assert day.day == "2026-11-24"
    assert (round(day.up_seconds), round(day.down_seconds)) == (3600, 900)
    assert round(day.unknown_seconds) == 12 * 3600 - 4500
    assert (day.tests, day.tests_valid, day.down_bps_median, day.up_bps_median) == (2, 1, 90e6, 40e6)
    assert (day.rtt_median, day.loss_ratio) == (0.02, 0.2)


def test_rolling_up_again_gives_the_same_and_late_windows_are_added(province: Province) -> None:
    fill(province)
    before = roll_up(province)[0].model_dump()
    with province.session() as session:
        session.add(StaleDay(school_id=before["school_id"], day=before["day"]))
        session.commit()
    assert roll_up(province)[0].model_dump() == before
    box, now = province.accepted(), province.clock()
    province.exchange(
        box, box.batch(now, [box.windows(now - 7200, "domestic:a"), box.windows(now - DAY, "domestic:a")])
    )
    days = roll_up(province)
    assert [day.day for day in days] == ["2026-11-23", "2026-11-24"]
    assert round(days[1].up_seconds) == 4500
    with province.session() as session:
        assert session.exec(select(StaleDay)).all() == []


def test_old_rows_go_and_young_ones_stay(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    services = province.services
    with services.engine.begin() as connection:
        partitions.make_ahead(connection, province.clock())
    fill(province)
    roll_up(province)

    def remove() -> dict[str, int]:
        return retention.remove_old(services.engine, services.settings, province.clock())

    def left() -> dict[str, int]:
        with province.session() as session:
            tables = (Hour, Measurement, Event, SealedBatch, Day, Rejected)
            return {table.__name__: len(session.exec(select(table)).all()) for table in tables}

    assert set(remove().values()) == {0}
    before = left()
    province.clock.now += 91 * DAY
    assert remove()["hour"] >= 1
    assert left() == before | {"Hour": 0}
    province.clock.now += 310 * DAY
    remove()
    assert left() == before | {"Hour": 0, "SealedBatch": 0}
    province.clock.now += 3650 * DAY
    remove()
    assert set(left().values()) == {0}
    with province.session() as session:
        assert session.exec(select(Latest)).first() is not None


def test_an_envelope_that_nothing_cites_is_emptied_and_its_number_stays_known(
    province: Province, settings: Settings
) -> None:
    box, now = province.accepted(), province.clock()
    batches = [box.batch(now, [box.windows(now, "gateway")]), box.batch(now, [box.speed(now)])]
    province.exchange(box, *batches)
    retention.remove_old(province.services.engine, replace(settings, hour_retention_days=1), now + 2 * DAY)
    with province.session() as session:
        rows = session.exec(select(SealedBatch).order_by("seq")).all()
        assert [(row.is_evidence, row.envelope == b"") for row in rows] == [(False, True), (True, False)]
        assert rows[1].envelope == batches[1]


def test_incidents_that_are_long_over_go_with_their_timelines_and_open_ones_never(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_incidents, "CHUNK", 2)
    province.accepted()
    now = province.clock()

    def add(number: int, state: str, closed: float | None) -> None:
        with province.session() as session:
            school = session.exec(select(School.id)).first() or 0
            session.add(Incident(id=number, state=state, opened_at=now, began_at=now, closed_at=closed))
            session.flush()
            session.add(IncidentSchool(incident_id=number, school_id=school, began_at=now))
            session.add(IncidentStep(incident_id=number, school_id=school, at=now, kind="comment", actor="hoa"))
            session.commit()

    def left(days: float) -> list[int | None]:
        services = province.services
        retention.remove_old(services.engine, services.settings, now + days * DAY)
        with province.session() as session:
            parts = session.exec(select(IncidentSchool.incident_id).order_by("incident_id")).all()
            assert session.exec(select(IncidentStep.incident_id).order_by("incident_id")).all() == parts
            assert session.exec(select(Incident.id).order_by("id")).all() == parts
            return list(parts)

    for number in range(1, 6):
        add(number, "merged" if number == 3 else "closed", now)
    add(6, "open", None)
    add(7, "closed", now + 10 * DAY)
    add(8, "closed", now)  # the newest keeps its number from the next
    assert left(399) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert left(401) == [6, 7, 8]
    assert left(5_000) == [6, 8]
