"""Rolls months up: a few schools in each short transaction, so long as the time given lasts, the most wanted first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, false, func, or_, select, true, update

from controller.bulk import insert_rows, replacing
from controller.plan import choice, months
from controller.plan.counts import count_up, newest_count
from controller.plan.reading import known, prices
from controller.plan.verdict import Row, month_row
from controller.store import table_of
from controller.tables import Day, School, SchoolMonth
from monitoring.rules import Chosen
from monitoring.upgrade import Book

CHUNK = 20  # schools a transaction
MOST = 400  # looked up at a time
HOUR, DAY = 3_600.0, 86_400.0
AFTER = 0.9 * DAY  # a month that goes on is rolled up again
CLOSE = 3 * HOUR  # after its end, when the last boxes have reported
HISTORY = 12  # months back
COUNT_EVERY = 300.0
KEY = ("month", "school_id")
COLUMNS = tuple(SchoolMonth.model_fields)
# The mark is taken away before anything is read: what changes meanwhile marks the month again.
CHANGES = replacing(KEY, (name for name in COLUMNS if name not in (*KEY, "is_stale")))


def roll_up(engine: Engine, zone: ZoneInfo, now: float, *, budget: float = 2.0) -> int:
    """What is due of this month and the last one, and what is marked; how many months of schools were rolled up.

    ``budget``: seconds after which the rest waits for the next time.
    """
    month, until, done = months.month_of(now, zone), time.monotonic() + budget, 0
    touched: set[str] = set()
    while time.monotonic() < until:
        with engine.connect() as connection:
            due = _due(connection, month, now, zone)
        if not due:
            break
        for of_month in sorted({one for one, _ in due}, reverse=True):
            ids = [key for one, key in due if one == of_month]
            done += _some(engine, zone, now, of_month, ids, until)
            touched.add(of_month)
    with engine.begin() as connection:
        for of_month in sorted(touched | {month}):
            counted = newest_count(connection, of_month)
            if counted is None or (of_month in touched and now - counted >= COUNT_EVERY) or now - counted >= HOUR:
                count_up(connection, of_month, now)
    return done


def roll_up_history(engine: Engine, zone: ZoneInfo, now: float, *, budget: float = 60.0) -> int:
    """Months of the last year that have days and no verdict: of before this was there."""
    until, done = time.monotonic() + budget, 0
    month = months.month_of(now, zone)
    for back in range(1, HISTORY):
        of_month = months.before(month, back)
        with engine.connect() as connection:
            ids = _without_verdict(connection, of_month)
        if ids:
            made = _some(engine, zone, now, of_month, ids, until)
            done += made
            if made:
                with engine.begin() as connection:
                    count_up(connection, of_month, now)
        if time.monotonic() >= until:
            break
    return done


def roll_up_schools(engine: Engine, zone: ZoneInfo, now: float, ids: Sequence[int], of_months: Sequence[str]) -> None:
    """These schools' months, now, without the counts: of sample data, and for tests."""
    for month in of_months:
        _some(engine, zone, now, month, ids, float("inf"))


def _some(engine: Engine, zone: ZoneInfo, now: float, month: str, ids: Sequence[int], until: float) -> int:
    done = 0
    with engine.connect() as connection:
        chosen = choice.read(connection)
        books = {is_sample: prices(connection, is_sample=is_sample) for is_sample in (False, True)}
    for first in range(0, len(ids), CHUNK):
        if first and time.monotonic() >= until:
            break
        some = ids[first : first + CHUNK]
        with engine.begin() as connection:
            _unmark(connection, month, some)
        with engine.connect() as connection:
            rows = _rows(connection, zone, now, month, some, chosen, books)
        with engine.begin() as connection:
            insert_rows(connection, table_of(SchoolMonth), COLUMNS, rows, CHANGES)
        done += len(some)
    return done


def _unmark(connection: Connection, month: str, ids: Sequence[int]) -> None:
    row = table_of(SchoolMonth)
    these = and_(row.c.month == month, row.c.school_id.in_(ids), row.c.is_stale.is_(True))
    connection.execute(update(row).where(these).values(is_stale=False))


def _rows(
    connection: Connection, zone: ZoneInfo, now: float, month: str, ids: Sequence[int], chosen: Chosen,
    books: dict[bool, Book],
) -> list[Row]:  # fmt: skip
    start, end = months.bounds(month, zone)
    school = table_of(School)
    is_sample = {
        row.id: row.is_sample
        for row in connection.execute(select(school.c.id, school.c.is_sample).where(school.c.id.in_(ids)))
    }
    return [
        month_row(one, month, start, end, now, zone, chosen, books[is_sample[one.school_id]])
        for one in known(connection, ids, month, zone)
    ]


def _due(connection: Connection, month: str, now: float, zone: ZoneInfo) -> list[tuple[str, int]]:
    """(month, school), at most MOST. Samples are a picture of one moment: they come again only when they are marked."""
    school, row = table_of(School), table_of(SchoolMonth)
    marked = select(row.c.month, row.c.school_id).where(row.c.is_stale.is_(True)).limit(MOST)
    due = [(found.month, found.school_id) for found in connection.execute(marked)]
    closed = months.bounds(month, zone)[0] + CLOSE
    for of_month, is_old in (
        (month, or_(row.c.at < now - AFTER, school.c.updated_at > row.c.at)),
        (months.before(month), and_(row.c.at < closed, true() if now >= closed else false())),
    ):
        if len(due) >= MOST:
            break
        is_there = and_(row.c.school_id == school.c.id, row.c.month == of_month)
        missing: ColumnElement[bool] = row.c.school_id.is_(None) if of_month == month else false()
        query = (
            select(school.c.id)
            .select_from(school.outerjoin(row, is_there))
            .where(school.c.is_demo.is_(False), school.c.is_sample.is_(False), or_(missing, is_old))
            .order_by(func.coalesce(row.c.at, 0.0), school.c.id)
            .limit(MOST - len(due))
        )
        due += [(of_month, key) for key in connection.scalars(query)]
    return list(dict.fromkeys(due))


def _without_verdict(connection: Connection, month: str) -> list[int]:
    school, row, day = table_of(School), table_of(SchoolMonth), table_of(Day)
    first, past = months.days(month)
    has_days = exists().where(day.c.school_id == school.c.id, day.c.day >= first, day.c.day < past)
    query = (
        select(school.c.id)
        .select_from(school.outerjoin(row, and_(row.c.school_id == school.c.id, row.c.month == month)))
        .where(school.c.is_demo.is_(False), row.c.school_id.is_(None), has_days)
    )
    return list(connection.scalars(query.order_by(school.c.id)))
