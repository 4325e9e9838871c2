"""Planned work as contracts see it, and the map that is kept for many schools."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlmodel import Session, select

from controller import planned
from controller.config import load
from controller.main import create_services
from controller.scope import Scope
from controller.services import Services
from controller.tables import Commune, KeptMap, Link, Maintenance, School
from controller.web.read import kept, map_kept
from monitoring.excluded import read

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = dt.datetime(2026, 11, 1, tzinfo=ZONE).timestamp()
END = dt.datetime(2026, 12, 1, tzinfo=ZONE).timestamp()
AT = dt.datetime(2026, 11, 10, 22, tzinfo=ZONE).timestamp()
HOUR = 3_600.0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = create_services(load(None, {}, data_dir=tmp_path))
    with Session(made.engine) as session:
        session.add_all([Commune(code="1", name="Một"), Commune(code="2", name="Hai")])
        session.flush()
        session.add_all([School(id=key, code=f"A{key}", name=f"Trường {key}", commune_code=str(key)) for key in (1, 2)])
        session.flush()
        session.add_all([Link(school_id=1, provider="VNPT"), Link(school_id=2, provider="FPT")])
        session.commit()
    yield made
    made.engine.dispose()


def work(services: Services, **given: object) -> dict[int, list[list[str]]]:
    with Session(services.engine) as session:
        values = {"starts_at": AT, "ends_at": AT + 2 * HOUR, "created_at": AT - 86_400, **given}
        session.add(Maintenance.model_validate(values))
        session.commit()
        return dict(planned.entries(session.connection(), [1, 2], START, END, ZONE))


@pytest.mark.parametrize(
    ("kind", "place", "schools"),
    [("school", "A1", {1}), ("commune", "2", {2}), ("provider", "VNPT", {1}), ("province", "", {1, 2})],
)
def test_planned_work_is_left_out_for_the_schools_that_it_covers(
    services: Services, kind: str, place: str, schools: set[int]
) -> None:
    found = work(services, scope_kind=kind, scope_id=place)
    assert set(found) == schools
    for entries in found.values():
        excluded = read(entries, ZONE)
        assert entries == [["2026-11-10T22:00:00", "2026-11-11T00:00:00"]]
        assert [excluded.holds(at, ZONE) for at in (AT - 1, AT, AT + 2 * HOUR - 1, AT + 2 * HOUR)] == [
            False, True, True, False,
        ]  # fmt: skip


def test_work_entered_after_it_began_excuses_only_what_follows(services: Services) -> None:
    found = work(services, scope_kind="school", scope_id="A1", created_at=AT + HOUR)
    assert found == {1: [["2026-11-10T23:00:00", "2026-11-11T00:00:00"]]}


def test_work_entered_when_it_was_over_excuses_nothing(services: Services) -> None:
    assert work(services, scope_kind="school", scope_id="A1", created_at=AT + 3 * HOUR) == {}


def test_the_map_of_few_schools_is_not_kept(services: Services) -> None:
    map_kept.renew(services, AT)
    with Session(services.engine) as session:
        assert session.exec(select(KeptMap)).all() == []


def test_the_map_of_many_schools_is_kept_for_who_sees_all_and_not_when_it_is_old(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MANY", 2)
    map_kept.renew(services, AT)
    with Session(services.engine) as session:
        ready = kept.kept(session, Scope(is_all=True), kept.MAP, AT + 60)
        assert ready is not None
        body = orjson.loads(gzip.decompress(ready))
        assert ([one["properties"]["code"] for one in body["schools"]["features"]], body["drawn"]) == (
            ["A1", "A2"], "22:00",
        )  # fmt: skip
        assert kept.kept(session, Scope(commune_codes=frozenset({"1"})), kept.MAP, AT + 60) is None
        assert kept.kept(session, Scope(is_all=True), kept.MAP, AT + kept.OLD + 1) is None
