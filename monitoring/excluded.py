"""Times that a contract leaves out of its availability: agreed maintenance, each week or once. Pure.

Plain data, two kinds of entries: ``["sun", "00:00", "05:00"]`` (a day of ``calendar.DAYS`` or "daily", every week) and
``["2026-12-01T22:00", "2026-12-02T04:00"]`` (once), all by the province's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.calendar import DAYS

DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Excluded:
    weekly: tuple[tuple[str, dt.time, dt.time], ...] = ()
    once: tuple[tuple[float, float], ...] = ()

    def holds(self, at: float, zone: ZoneInfo) -> bool:
        """Whether ``at`` lies in one of them."""
        if any(start <= at < end for start, end in self.once):
            return True
        if not self.weekly:
            return False
        local = dt.datetime.fromtimestamp(at, zone)
        today, clock = DAYS[local.weekday()], local.time()
        return any(day in (DAILY, today) and start <= clock < end for day, start, end in self.weekly)

    def edges(self, start: float, end: float, zone: ZoneInfo) -> list[float]:
        """The moments between ``start`` and ``end`` at which one of them begins or ends, in order."""
        found = {edge for span in self.once for edge in span}
        date, last = (dt.datetime.fromtimestamp(at, zone).date() for at in (start, end))
        while self.weekly and date <= last:
            for day, *clocks in self.weekly:
                if day in (DAILY, DAYS[date.weekday()]):
                    found |= {dt.datetime.combine(date, clock, zone).timestamp() for clock in clocks}
            date += dt.timedelta(days=1)
        return sorted(edge for edge in found if start < edge < end)


def read(entries: Sequence[Any], zone: ZoneInfo) -> Excluded:
    """What can be read of ``entries``; an entry that cannot excludes nothing."""
    weekly, once = [], []
    for entry in entries:
        try:
            if len(entry) == 3 and entry[0] in (*DAYS, DAILY):
                start, end = dt.time.fromisoformat(entry[1]), dt.time.fromisoformat(entry[2])
                if start < end:
                    weekly.append((entry[0], start, end))
            elif len(entry) == 2:
                first, past = (dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() for text in entry)
                if first < past:
                    once.append((first, past))
        except (TypeError, ValueError):
            continue
    return Excluded(tuple(weekly), tuple(once))
