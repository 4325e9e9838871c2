"""Whether it is the province that hears nothing, rather than the schools that say nothing.

Kept in one row of ``setting``, since the processes that judge schools, check our line and open incidents may differ.
While it is our side no school is called silent: its status stays as it was, with a reason that says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from controller.bulk import insert_rows, replacing
from controller.store import table_of
from controller.tables import Setting
from monitoring.side import Look, Side, Uplink, after

KEY, UPLINK = "province.side", "province.uplink"


def read(connection: Connection) -> Side:
    value = _value(connection, KEY)
    return Side(value.get("since"), value.get("ended"), int(value.get("schools") or 0))


def uplink(connection: Connection, now: float) -> Uplink:
    """Our own line by the last look at it; "unknown" when that is long ago, and unknown is not well."""
    return last_look(connection).at(now)


def last_look(connection: Connection) -> Look:
    value = _value(connection, UPLINK)
    return Look(
        state=str(value.get("state", "unknown")),
        since=float(value.get("since") or 0.0),
        checked_at=float(value.get("checked_at") or 0.0),
        misses=int(value.get("misses") or 0),
        answers=value.get("answers") or {},
        proven=tuple(value.get("proven") or ()),
    )


def look(connection: Connection, ages: Collection[float], beat_every: float, now: float) -> Side:
    """The side now; written down when it became another."""
    before = read(connection)
    side = after(before, ages, beat_every, uplink(connection, now), now)
    if side != before:
        write(connection, KEY, asdict(side), now)
    return side


def write(connection: Connection, key: str, value: dict[str, Any], now: float) -> None:
    columns = ("key", "value", "updated_at")
    row = {"key": key, "value": value, "updated_at": now}
    insert_rows(connection, table_of(Setting), columns, [row], replacing(("key",), columns[1:]))


def _value(connection: Connection, key: str) -> dict[str, Any]:
    table = table_of(Setting)
    found = connection.scalar(select(table.c.value).where(table.c.key == key))
    return found if isinstance(found, dict) else {}
