"""What a month's verdict is made from, read for a few schools at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from controller import planned
from controller.admission_data import default_calendar
from controller.plan import months
from controller.plan.verdict import Known, Line
from controller.store import table_of
from controller.tables import Agent, Day, Hour, Link, Measurement, School
from monitoring.calendar import effective
from monitoring.contract import SpeedTest
from monitoring.days import bounds
from monitoring.upgrade import Book, book

LINE_FIELDS = (
    "provider", "down_bps", "up_bps", "price_vnd", "starts_on", "ends_on", "availability", "max_rtt", "excluded",
    "rule",
)  # fmt: skip
HOUR = 3600


def known(connection: Connection, ids: Sequence[int], month: str, zone: ZoneInfo) -> list[Known]:
    """In the order of ``ids``; schools that are gone meanwhile are left out."""
    school = table_of(School)
    wanted = (school.c.id, school.c.pupils, school.c.shifts, school.c.calendar)
    rows = {row.id: row for row in connection.execute(select(*wanted).where(school.c.id.in_(ids)))}
    found_lines, start, end = lines(connection, ids), *months.bounds(month, zone)
    tests, default = _tests(connection, ids, start, end), default_calendar(connection)
    works, boxes = planned.entries(connection, ids, start, end, zone), at_router(connection, ids)
    return [
        Known(
            school_id=key,
            pupils=rows[key].pupils,
            shifts=rows[key].shifts,
            calendar=effective(rows[key].calendar, default),
            line=_with_work(found_lines.get(key, Line()), works.get(key, ())),
            tests=tests.get(key, ()),
            windows=_windows(connection, key, start, end),
            days=_days(connection, key, month, zone),
            main=boxes.get(key, ()),
        )
        for key in ids
        if key in rows
    ]


def at_router(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Of each school the box at its router and those that were it before, by their ids."""
    agent = table_of(Agent)
    query = select(agent.c.school_id, agent.c.id).where(agent.c.school_id.in_(ids), agent.c.is_main)
    found: dict[int, list[str]] = {}
    for school, box in connection.execute(query.order_by(agent.c.id)):
        found.setdefault(school, []).append(box)
    return found


def lines(connection: Connection, ids: Sequence[int]) -> dict[int, Line]:
    """The main line of each school; without one that is called so, the first."""
    link = table_of(Link)
    query = (
        select(link.c.school_id, *(link.c[name] for name in LINE_FIELDS))
        .where(link.c.school_id.in_(ids))
        .order_by(link.c.school_id, link.c.is_primary.desc(), link.c.name)
    )
    found: dict[int, Line] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["school_id"], Line(**{name: row[name] for name in LINE_FIELDS}))
    return found


def _with_work(line: Line, works: Sequence[Sequence[str]]) -> Line:
    """Planned work is left out of availability like what the contract itself leaves out."""
    return replace(line, works=works) if works else line


def prices(connection: Connection, *, is_sample: bool) -> Book:
    """By the contracts of real schools, or of samples: the one never prices the other."""
    link, school = table_of(Link), table_of(School)
    query = (
        select(link.c.provider, link.c.down_bps, link.c.price_vnd)
        .join(school, school.c.id == link.c.school_id)
        .where(school.c.is_sample.is_(is_sample), school.c.is_demo.is_(False), link.c.is_primary.is_(True))
        .where(link.c.price_vnd.is_not(None))  # a spare line over mobile says nothing of what a school's line costs
    )
    return book(tuple(row) for row in connection.execute(query))


def _tests(connection: Connection, ids: Sequence[int], start: float, end: float) -> dict[int, list[SpeedTest]]:
    table = table_of(Measurement)
    names = ("school_id", "agent_id", "at", "is_valid", "down_bps", "up_bps", "scope", "body")
    query = select(*(table.c[name] for name in names)).where(
        table.c.school_id.in_(ids), table.c.probe == "speed", table.c.outcome == "ok", table.c.at >= start,
        table.c.at < end,
    )  # fmt: skip
    found: dict[int, list[SpeedTest]] = {}
    for row in connection.execute(query.order_by(table.c.at)):
        found.setdefault(row.school_id, []).append(test_of(row))
    return found


def test_of(row: Any) -> SpeedTest:
    """A stored speed test; what its facts do not tell is what every box did before they told it."""
    facts = _mapping(_mapping(row.body).get("facts"))
    interface = _mapping(facts.get("interface"))
    validity = facts.get("validity")
    return SpeedTest(
        at=row.at,
        down_bps=row.down_bps,
        up_bps=row.up_bps,
        is_valid=row.is_valid,
        scope=row.scope,
        mode=str(facts.get("mode") or "full"),
        medium=str(interface.get("medium") or ""),
        reasons=tuple(str(reason) for reason in validity[:20]) if isinstance(validity, list) else (),
        device=row.agent_id,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _windows(connection: Connection, school: int, start: float, end: float) -> list[dict[str, Any]]:
    hour = table_of(Hour)
    query = select(hour.c.windows).where(
        hour.c.school_id == school, hour.c.hour_at >= int((start - HOUR) // HOUR * HOUR), hour.c.hour_at < end
    )
    rows = connection.scalars(query.order_by(hour.c.hour_at))
    return [window for one in rows for window in one if window["name"] == "rtt_seconds"]


def _days(connection: Connection, school: int, month: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    day, (first, past) = table_of(Day), months.days(month)
    names = ("day", "up_seconds", "down_seconds", "rtt_median", "figures")
    query = select(*(day.c[name] for name in names)).where(
        day.c.school_id == school, day.c.day >= first, day.c.day < past
    )
    rows = connection.execute(query.order_by(day.c.day)).mappings()
    return [{**row, "start": bounds(row["day"], zone)[0]} for row in rows]
