"""The sample province: the same each time, in itself consistent, marked as a sample, and gone without a trace."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from sqlmodel import select as rows_of

from controller.background import Background
from controller.samples import PILOTS, SamplesError, count, load, remove
from controller.store import table_of
from controller.tables import (
    Agent,
    Audit,
    Commune,
    Contact,
    Day,
    Device,
    Event,
    Hour,
    InventorySnapshot,
    Latest,
    Link,
    Measurement,
    Room,
    School,
    Setting,
)
from monitoring import days as rolling
from monitoring.days import bounds, roll_up
from monitoring.windows import figures
from tests.integration.api.world import NOON, World
from tests.integration.registry.calls import counts, done

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OF_SCHOOL = (Link, Room, Contact, Agent, Hour, Day, Measurement, Event, Device, Latest, InventorySnapshot)
KEPT = (Audit, Commune, Setting)  # what stays after removing: the record of it, the real communes


def sample(world: World, schools: int = 60, days: int = 4, seed: int = 82) -> None:
    assert load(world.services.engine, days=days, schools=schools, seed=seed, now=NOON + 500) == schools


def all_rows(world: World, models: Iterable[type[SQLModel]]) -> dict[str, list[str]]:
    with world.services.engine.connect() as connection:
        return {model.__name__: sorted(map(repr, connection.execute(select(table_of(model))))) for model in models}


def totals(world: World) -> dict[str, int]:
    """Rows of every table but those that keep the memory of what was done."""
    with world.services.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in SQLModel.metadata.sorted_tables
            if table not in [table_of(model) for model in KEPT]
        }


def test_removing_leaves_nothing_of_it_and_touches_nothing_else(world: World) -> None:
    before, kept = totals(world), all_rows(world, (School, *OF_SCHOOL))
    sample(world)
    loaded = totals(world)
    for model in OF_SCHOOL:
        assert loaded[table_of(model).name] > before[table_of(model).name], model
    assert remove(world.services.engine) == 60
    assert totals(world) == before
    assert all_rows(world, (School, *OF_SCHOOL)) == kept
    assert remove(world.services.engine) == 0


def test_removing_gives_the_room_back(sqlite_world: World) -> None:
    file = sqlite_world.services.settings.data_dir / "truongnet.sqlite"
    sample(sqlite_world, schools=60, days=4)
    with sqlite_world.services.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    full = file.stat().st_size
    remove(sqlite_world.services.engine)
    assert file.stat().st_size < full / 4


def test_every_school_is_marked_and_named_as_a_sample(sqlite_world: World) -> None:
    sample(sqlite_world)
    with sqlite_world.session() as session:
        schools = session.exec(rows_of(School).where(School.code.startswith("MAU-"))).all()
        contacts = session.exec(rows_of(Contact).where(Contact.email.endswith("@example.org"))).all()
    assert len(schools) == 60
    assert all(school.is_sample for school in schools)
    assert len({school.name for school in schools}) == 60
    assert len(contacts) == 120
    assert all(contact.name.endswith("(mẫu)") and contact.phone == "" for contact in contacts), "no people"


def test_the_same_seed_makes_the_same_province_and_another_one_another(sqlite_world: World) -> None:
    models = (School, Hour, Day, Measurement, Event, Device, Latest, Agent)
    seen = []
    for seed in (1, 1, 2):
        sample(sqlite_world, schools=12, days=2, seed=seed)
        seen.append(plain(all_rows(sqlite_world, models)))
        remove(sqlite_world.services.engine)
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]


def plain(rows: dict[str, list[str]]) -> str:
    """Without the numbers that the database gives."""
    return re.sub(r"\(\d+, ", "(", repr(rows))


def test_samples_are_not_loaded_twice(sqlite_world: World) -> None:
    sample(sqlite_world, schools=5, days=1)
    with pytest.raises(SamplesError, match="there are samples already"):
        load(sqlite_world.services.engine, days=1, schools=5)
    assert count(sqlite_world.services.engine) == 5


def test_the_second_of_two_that_load_at_once_leaves_the_first_alone(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(sqlite_world, schools=5, days=1)
    before = totals(sqlite_world)
    module = importlib.import_module("controller.samples.load")  # the package has a function of this name
    monkeypatch.setattr(module, "count", lambda engine: 0)  # as it was when the second one looked
    with pytest.raises(IntegrityError):
        load(sqlite_world.services.engine, days=1, schools=5)
    assert totals(sqlite_world) == before


def test_what_fails_half_way_is_taken_out_again(sqlite_world: World) -> None:
    def fail(done: int, _total: int) -> None:
        if done > 20:
            raise RuntimeError("the disk is full")

    before = totals(sqlite_world)
    with pytest.raises(RuntimeError):
        load(sqlite_world.services.engine, days=1, schools=60, now=NOON, progress=fail)
    assert totals(sqlite_world) == before


def test_days_are_what_rolling_up_the_hours_comes_to(sqlite_world: World) -> None:
    sample(sqlite_world, schools=40, days=5)
    checked = 0
    with sqlite_world.session() as session:
        for day in session.exec(rows_of(Day).join(School, Day.school_id == School.id).where(School.is_sample)).all():  # type: ignore[arg-type]
            start, end = bounds(day.day, ZONE)
            hours = session.exec(
                rows_of(Hour).where(Hour.school_id == day.school_id, Hour.hour_at >= start, Hour.hour_at < end)
            ).all()
            runs = session.exec(
                rows_of(Measurement).where(
                    Measurement.school_id == day.school_id,
                    Measurement.probe == "speed",
                    Measurement.at >= start,
                    Measurement.at < end,
                )
            ).all()
            windows = [window for hour in hours for window in hour.windows]
            tests = [rolling.Test(run.is_valid, run.down_bps, run.up_bps) for run in runs]
            made = roll_up(windows, tests, start, end, NOON + 500)
            stored = day.model_dump(exclude={"school_id", "day"})
            assert stored["figures"] == pytest.approx(made.pop("figures"))
            stored.pop("figures")
            assert stored == pytest.approx(made), (day.school_id, day.day)
            checked += 1
    assert checked > 150


def test_the_newest_figures_are_those_of_the_newest_windows(sqlite_world: World) -> None:
    sample(sqlite_world, schools=500, days=1)
    with sqlite_world.session() as session:
        latest = session.exec(rows_of(Latest).join(School, Latest.school_id == School.id).where(School.is_sample)).all()  # type: ignore[arg-type]
    assert len(latest) == 500
    assert {"up", "down", "degraded", "silent", "expected-off", "no-box"} == {row.status for row in latest}
    for row in latest:
        assert (row.rtt, row.loss_ratio) == figures(row.windows)
        if row.status == "down":
            assert row.loss_ratio == 1.0
        if row.status == "up":
            assert row.loss_ratio is not None
            assert row.loss_ratio < 0.05
        if row.status == "no-box":
            assert (row.down_bps, row.windows) == (None, [])


def test_samples_go_out_as_a_workbook_and_come_in_again_as_the_same(sqlite_world: World) -> None:
    sample(sqlite_world, schools=150, days=1)
    made = done(sqlite_world, sqlite_world.as_admin("GET", "/api/v1/exports/registry.xlsx").content)
    assert {name: one[:2] for name, one in counts(made["preview"]).items()} == dict.fromkeys(
        ("schools", "links", "rooms", "contacts", "users"), (0, 0)
    )
    assert counts(made["preview"])["schools"] == (0, 0, 153)


def test_the_status_tick_leaves_samples_alone(sqlite_world: World) -> None:
    sample(sqlite_world, schools=60, days=1)
    before = all_rows(sqlite_world, (Latest,))
    sqlite_world.clock.now += 86_400
    Background(sqlite_world.services).tick(sqlite_world.clock())
    after = all_rows(sqlite_world, (Latest,))
    assert len(set(before["Latest"]) - set(after["Latest"])) <= 3, "only the three real schools may change"


def test_samples_are_loaded_and_removed_over_the_api_in_the_background(world: World) -> None:
    background = Background(world.services)
    assert state(world) == "absent"
    assert world.as_admin("POST", "/api/v1/samples", json={"pilot": True, "days": 1}).status_code == 202
    assert state(world) == "loading"
    assert world.as_admin("DELETE", "/api/v1/samples").json()["code"] == "samples-busy"
    work(background, world)
    made = world.as_admin("GET", "/api/v1/samples").json()
    assert (made["state"], made["schools"]) == ("present", PILOTS)
    assert world.as_admin("POST", "/api/v1/samples", json={}).json()["code"] == "samples-present"
    assert world.as_admin("GET", "/api/v1/overview").json()["is_sample"] is True
    assert world.as_admin("DELETE", "/api/v1/samples").status_code == 202
    assert state(world) == "removing"
    work(background, world)
    assert state(world) == "absent"


def test_work_whose_process_died_shows_as_failed_and_can_be_cleaned_up(sqlite_world: World) -> None:
    world, background = sqlite_world, Background(sqlite_world.services)
    world.as_admin("POST", "/api/v1/samples", json={"pilot": True, "days": 1})
    work(background, world)
    with world.session() as session:  # as it stands in the middle of the work
        setting = session.get(Setting, "samples.work")
        assert setting is not None
        setting.value = {"state": "loading", "begun": True, "done": 3, "total": 5, "days": 1, "by": "x"}
        session.add(setting)
        session.commit()
    world.clock.now += 120
    assert state(world) == "failed"
    assert world.as_admin("DELETE", "/api/v1/samples").status_code == 202
    work(background, world)
    assert state(world) == "absent"


def state(world: World) -> str:
    return str(world.as_admin("GET", "/api/v1/samples").json()["state"])


def work(background: Background, world: World) -> None:
    """Take up what was asked for and wait for its end."""
    thread = background.samples.tick(world.clock())
    assert thread is not None
    thread.join(60)
    assert not thread.is_alive()
