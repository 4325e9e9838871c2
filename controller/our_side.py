"""Whether it is the province that hears nothing, rather than the schools that say nothing.

Kept in one row of ``setting``, since the processes that judge schools, check our line and open incidents may differ.
While it is our side no school is called silent: its status stays as it was, with a reason that says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from controller.bulk import insert_rows, replacing
from controller.store import table_of
from controller.tables import Setting
from monitoring.status import is_our_side, silent_after

KEY, UPLINK = "province.side", "province.uplink"
STALE = 150.0  # a check that is older says nothing: unknown is not well
COME_BACK = 400.0  # boxes that were refused for long beat each five minutes; they are waited for


@dataclass(frozen=True, slots=True)
class Side:
    since: float | None = None  # cut off since then
    ended: float | None = None  # and well again since then

    @property
    def is_cut(self) -> bool:
        return self.since is not None and self.ended is None

    def is_held(self, now: float) -> bool:
        """Whether silence is not yet held against a school."""
        return self.is_cut or (self.ended is not None and now - self.ended < COME_BACK)


def read(connection: Connection) -> Side:
    value = _value(connection, KEY)
    return Side(value.get("since"), value.get("ended"))


def uplink(connection: Connection, now: float) -> str:
    """Of our own line: "ok", "down", or "unknown" when nobody checked it lately."""
    value = _value(connection, UPLINK)
    fresh = now - float(value.get("checked_at") or 0.0) <= STALE
    return str(value.get("state", "unknown")) if fresh else "unknown"


def look(connection: Connection, ages: Collection[float], beat_every: float, now: float) -> Side:
    """The side now; written down when it became another."""
    before, is_down = read(connection), uplink(connection, now) == "down"
    is_cut = is_down or is_our_side(ages, beat_every)
    after = before
    if is_cut and not before.is_cut:
        began = now - max((age for age in ages if age > silent_after(beat_every)), default=0.0)
        after = Side(since=round(began, 3))
    elif before.is_cut and not is_cut:
        after = Side(before.since, now)
    if after != before:
        write(connection, KEY, {"since": after.since, "ended": after.ended}, now)
    return after


def write(connection: Connection, key: str, value: dict[str, Any], now: float) -> None:
    columns = ("key", "value", "updated_at")
    row = {"key": key, "value": value, "updated_at": now}
    insert_rows(connection, table_of(Setting), columns, [row], replacing(("key",), columns[1:]))


def _value(connection: Connection, key: str) -> dict[str, Any]:
    table = table_of(Setting)
    found = connection.scalar(select(table.c.value).where(table.c.key == key))
    return found if isinstance(found, dict) else {}
