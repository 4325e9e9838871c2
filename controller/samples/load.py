"""Loads the sample province: the schools first, then everything of a few of them in each transaction.

Short transactions, because SQLite has one writer and boxes report meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Engine, select
from sqlmodel import Session

from controller import audit
from controller.migrations import partitions
from controller.plan.counts import count_all
from controller.plan.months import before, month_of
from controller.plan.rollup import roll_up_schools
from controller.registry.communes import fill_communes
from controller.samples import incidents, parts
from controller.samples.hardware import inventory
from controller.samples.life import Life, live
from controller.samples.plan import Plan, plans
from controller.samples.put import put, put_tuples
from controller.samples.remove import count, remove
from controller.samples.reports import Reports
from controller.samples.windows import HOUR, QUARTER, SPEAKS, Windows
from controller.store import table_of
from controller.tables import (
    Agent,
    Commune,
    Contact,
    Day,
    Device,
    Event,
    InventorySnapshot,
    Latest,
    Link,
    Measurement,
    Room,
    School,
)
from inventory.communes import bare
from monitoring.days import bounds, day_of
from monitoring.windows import figures, newest

SCHOOLS = 1_084
CHUNK = 20  # schools a transaction
DAY = 86_400
FAR = "international:cloud"
MIDDLE = 7 * DAY  # so far back windows of three targets, further back of one

Progress = Callable[[int, int], None]  # schools done, schools in all


WHY = {
    "present": "đã có dữ liệu mẫu; hãy gỡ trước / there are samples already; remove them first",
    "no-communes": "không biết xã, phường nào của tỉnh này / no commune of this province is known",
}


class SamplesError(Exception):
    """They cannot be loaded; ``code`` is one of ``WHY``."""

    def __init__(self, code: str) -> None:
        super().__init__(WHY[code])
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    now: float
    quarter: int  # the last quarter of an hour that is over
    start: int
    fine_from: int
    zone: ZoneInfo


def load(
    engine: Engine,
    *,
    days: int = 30,
    schools: int = SCHOOLS,
    seed: int = 82,
    now: float | None = None,
    zone: ZoneInfo | None = None,
    province_code: str = "82",
    fine_hours: int = 24,
    by: str = "cli",
    progress: Progress | None = None,
) -> int:
    """Load ``schools`` invented schools (the first five are pilots) with ``days`` days; how many were loaded.

    ``fine_hours``: for so long back windows are as fine as boxes send them. Raises SamplesError. When it fails half-way
    everything is taken out again.
    """
    if count(engine):
        raise SamplesError("present")
    zone = zone or ZoneInfo("Asia/Ho_Chi_Minh")
    now = time.time() if now is None else now
    quarter = int(now) // QUARTER * QUARTER
    first_day = day_of(now - (days - 1) * DAY, zone)
    fine = max(quarter // HOUR * HOUR - fine_hours * HOUR, 0)
    times = _Times(now=now, quarter=quarter, start=int(bounds(first_day, zone)[0]), fine_from=fine, zone=zone)
    fill_communes(engine, province_code)
    pairs = _schools(engine, times, schools, seed, province_code)  # fails as a whole, when two load at once
    try:
        for first in range(0, len(pairs), CHUNK):
            some = pairs[first : first + CHUNK]
            with engine.begin() as connection:
                _fill(connection, some, times)
            roll_up_schools(engine, zone, now, [key for key, _, _ in some], _months(times))
            if progress is not None:
                progress(min(first + CHUNK, len(pairs)), len(pairs))
    except BaseException:
        remove(engine, by=by)
        raise
    with engine.begin() as connection:
        count_all(connection, now)
    with Session(engine) as session:
        incidents.write(session, pairs, now)
        audit.record(session, by, "samples.load", "samples", now=now, schools=len(pairs), days=days)
        session.commit()
    return len(pairs)


def _months(times: _Times) -> list[str]:
    """Those that the sample days lie in."""
    last, found = month_of(times.quarter, times.zone), [month_of(times.start, times.zone)]
    while found[-1] < last:
        found.append(before(found[-1], -1))
    return found


def _schools(engine: Engine, times: _Times, schools: int, seed: int, province: str) -> list[tuple[int, Plan, Life]]:
    """The schools themselves, stored, with their ids."""
    commune, school = table_of(Commune), table_of(School)
    with engine.begin() as connection:
        query = (
            select(commune.c.code, commune.c.name).where(commune.c.province_code == province).order_by(commune.c.code)
        )
        communes = [(row.code, _short(row.name)) for row in connection.execute(query)]
        if not communes:
            raise SamplesError("no-communes")
        partitions.make_ahead(connection, times.start, months=2)
        made = [(plan, live(plan, times.start, times.quarter, times.zone)) for plan in plans(communes, schools, seed)]
        put(connection, School, (parts.school(plan, life, times.start) for plan, life in made))
        found = connection.execute(select(school.c.code, school.c.id).where(school.c.is_sample.is_(True)))
        ids = {row.code: row.id for row in found}
    return [(ids[plan.code], plan, life) for plan, life in made]


def _short(name: str) -> str:
    """ "Phường Mỹ Tho" → "Mỹ Tho"."""
    cut = len(bare(name).split())
    return " ".join(name.split()[-cut:])


def _fill(connection: Connection, pairs: Sequence[tuple[int, Plan, Life]], times: _Times) -> None:
    """Everything of some schools."""
    now = times.now
    put(connection, Link, (row for key, plan, _ in pairs for row in parts.links(plan, key)))
    put(connection, Room, (row for key, plan, _ in pairs for row in parts.rooms(plan, key)))
    put(connection, Contact, (row for key, plan, _ in pairs for row in parts.contacts(plan, key)))
    put(connection, Agent, (row for key, plan, life in pairs for row in parts.agents(plan, life, key, now)))
    put(connection, InventorySnapshot, (row for key, plan, life in pairs for row in inventory(plan, life, key)))
    put(connection, Device, (row for key, plan, life in pairs for row in parts.devices(plan, life, key, now)))
    latest = []
    for key, plan, life in pairs:
        latest.append(_reports(connection, key, plan, life, times) if plan.has_box else _nothing(key))
    put(connection, Latest, latest)


def _nothing(school_id: int) -> dict[str, Any]:
    return Latest(school_id=school_id).model_dump()


def _reports(connection: Connection, key: int, plan: Plan, life: Life, times: _Times) -> dict[str, Any]:
    """Hours, days, measurements and events of one school; its newest of everything."""
    windows = Windows(plan, life, now=times.quarter, fine_from=times.fine_from, middle_from=times.quarter - MIDDLE)
    hours = [(key, hour, text) for hour, text in windows.hours(times.zone)]
    put_tuples(connection, "hour", ("school_id", "hour_at", "windows"), hours)
    reports = Reports(plan, life, key, now=times.quarter)
    measurements = list(reports.measurements())
    put(connection, Measurement, measurements)
    put(connection, Event, reports.events())
    tests = [row for row in measurements if row["probe"] == "speed"]
    put(connection, Day, _days(key, life, windows, tests, times))
    return _latest(key, life, hours, tests, times)


def _days(
    key: int, life: Life, windows: Windows, tests: Sequence[dict[str, Any]], times: _Times
) -> list[dict[str, Any]]:
    by_day: dict[str, list[dict[str, Any]]] = {}
    for test in tests:
        by_day.setdefault(day_of(test["at"], times.zone), []).append(test)
    found = []
    for day in _dates(life.joined, times):
        valid = [test for test in by_day.get(day, ()) if test["is_valid"]]
        downs, ups = [test["down_bps"] for test in valid], [test["up_bps"] for test in valid]
        total = windows.day(day)
        row = total.row(day, times.now, times.zone, downs, ups, len(by_day.get(day, ())))
        found.append({"school_id": key, "day": day, **row})
    return found


def _dates(first: float, times: _Times) -> list[str]:
    days = []
    at = first
    while (day := day_of(at, times.zone)) <= day_of(times.quarter, times.zone):
        days.append(day)
        at = bounds(day, times.zone)[1] + HOUR
    return days


def _latest(
    key: int, life: Life, hours: Sequence[tuple[int, int, str]], tests: Sequence[dict[str, Any]], times: _Times
) -> dict[str, Any]:
    shown = newest((), [window for _, _, text in hours[-2:] for window in orjson.loads(text)])
    rtt, loss = figures(shown)
    valid = [test for test in tests if test["is_valid"]]
    at = max([window["at"] for window in shown] + [test["at"] for test in tests[-1:]], default=0.0)
    row = _nothing(key) | {"at": at, "status": life.status, "status_reason": life.reason, "rtt": rtt}
    row |= {"status_since": float(life.since), "loss_ratio": loss, "windows": shown, "states": _states(life)}
    if valid:
        newest_test = valid[-1]
        row |= {"down_bps": newest_test["down_bps"], "up_bps": newest_test["up_bps"]}
        row |= {"speed_at": newest_test["at"], "speed_scope": "network"}
    return row


def _states(life: Life) -> dict[str, Any]:
    lost = {"internet": ("dns", SPEAKS, FAR), "gateway": ("gateway", "dns", SPEAKS, FAR)}
    down = lost.get(life.reason, ()) if life.status == "down" else ()
    return {
        f"target:{name}": {
            "after": "down" if name in down else "up",
            "at": float(life.since if name in down else life.joined),
            "detail": "",
        }
        for name in ("gateway", "dns", SPEAKS, FAR)
    }
