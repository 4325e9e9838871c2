"""On PostgreSQL ``hour`` is partitioned by month, so that old hours go by dropping a table, not by deleting rows.

A default partition takes what no month takes, so that an insert never fails; months are made ahead of time.
"""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import Connection, text

PARTITION = re.compile(r"^hour_(\d{4})_(\d{2})$")
DEFAULT = "hour_default"


def is_partition(name: str) -> bool:
    return name == DEFAULT or PARTITION.match(name) is not None


def name_of(month: dt.date) -> str:
    return f"hour_{month.year:04d}_{month.month:02d}"


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def unix(month: dt.date) -> int:
    return int(dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC).timestamp())


def make_ahead(connection: Connection, now: float, months: int = 3) -> list[str]:
    """Make the partitions from last month to ``months`` ahead that are missing; their names. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return []
    made = []
    month = (dt.datetime.fromtimestamp(now, dt.UTC).date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    for _ in range(months + 2):
        name = name_of(month)
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None and not _in_default(
            connection, month
        ):
            first, past = unix(month), unix(next_month(month))
            connection.execute(text(f"CREATE TABLE {name} PARTITION OF hour FOR VALUES FROM ({first}) TO ({past})"))
            made.append(name)
        month = next_month(month)
    return made


def _in_default(connection: Connection, month: dt.date) -> bool:
    """Rows that went to the default partition keep their month there: nothing is moved under a running system."""
    query = text("SELECT 1 FROM hour_default WHERE hour_at >= :first AND hour_at < :past LIMIT 1")
    return connection.scalar(query, {"first": unix(month), "past": unix(next_month(month))}) is not None


def drop_before(connection: Connection, oldest: float) -> list[str]:
    """Drop the months that end before ``oldest``; their names. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return []
    query = text(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'hour'::regclass"
    )
    dropped = []
    for name in sorted(connection.scalars(query)):
        found = PARTITION.match(name)
        if found and unix(next_month(dt.date(int(found[1]), int(found[2]), 1))) <= oldest:
            connection.execute(text(f"DROP TABLE {name}"))
            dropped.append(name)
    return dropped
