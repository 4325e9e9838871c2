"""The morning's page: what is new since yesterday morning, what is well again, what still lasts, who had it worst.

Pure: from each school's troubles to the page's lists. The reading stands in ``digest_read``, the words in
``digest_text``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

AT = dt.time(6, 45)
LATEST = dt.time(12, 0)  # after a morning's outage of our own it comes late, but not in the evening
WORST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One school's part in one incident."""

    code: str
    name: str
    commune: str
    severity: str  # "down", "degraded"
    cause: str = ""
    began_at: float
    ended_at: float | None = None
    path: str = ""

    def seconds_within(self, since: float, until: float) -> float:
        return max(0.0, min(self.ended_at or until, until) - max(self.began_at, since))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    code: str
    name: str
    commune: str
    seconds: float  # down, in the window
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    since: float
    until: float
    statuses: dict[str, int]
    new: tuple[Trouble, ...]
    recovered: tuple[Trouble, ...]
    lasting: tuple[Trouble, ...]
    worst: tuple[Worst, ...]

    @property
    def is_calm(self) -> bool:
        return not (self.new or self.recovered or self.lasting)


def window(now: float, zone: ZoneInfo) -> tuple[str, float, float] | None:
    """The day (ISO), and from when until when its page tells; None while there is none to write."""
    local = dt.datetime.fromtimestamp(now, zone)
    if not AT <= local.time() < LATEST:
        return None
    until = dt.datetime.combine(local.date(), AT, zone)
    since = dt.datetime.combine(local.date() - dt.timedelta(days=1), AT, zone)
    return local.date().isoformat(), since.timestamp(), until.timestamp()


def summarise(troubles: Sequence[Trouble], statuses: dict[str, int], since: float, until: float) -> Digest:
    """``troubles``: those that touch the window. What goes on after ``until`` counts as going on."""
    seen = [one for one in troubles if one.began_at < until and (one.ended_at is None or one.ended_at >= since)]
    lasts = [one for one in seen if one.ended_at is None or one.ended_at >= until]
    over = [one for one in seen if one.ended_at is not None and one.ended_at < until]
    longest = sorted(seen, key=lambda one: (one.severity != "down", one.began_at, one.code))
    return Digest(
        since=since,
        until=until,
        statuses=statuses,
        new=tuple(one for one in longest if one in lasts and one.began_at >= since),
        recovered=tuple(sorted(over, key=lambda one: -(one.ended_at or 0.0))),
        lasting=tuple(one for one in longest if one in lasts and one.began_at < since),
        worst=_worst(seen, since, until),
    )


def _worst(troubles: Sequence[Trouble], since: float, until: float) -> tuple[Worst, ...]:
    """By seconds down; a school that is in two incidents at once is not counted twice."""
    by_school: dict[str, list[Trouble]] = {}
    for one in troubles:
        if one.severity == "down":
            by_school.setdefault(one.code, []).append(one)
    found = [
        Worst(
            code=code,
            name=some[0].name,
            commune=some[0].commune,
            seconds=_union(some, since, until),
            times=len(some),
        )
        for code, some in by_school.items()
    ]
    ranked = sorted((one for one in found if one.seconds > 0), key=lambda one: (-one.seconds, one.code))
    return tuple(ranked[:WORST])


def _union(troubles: Sequence[Trouble], since: float, until: float) -> float:
    total, covered = 0.0, since
    for one in sorted(troubles, key=lambda trouble: trouble.began_at):
        start, end = max(one.began_at, covered), min(one.ended_at or until, until)
        if end > start:
            total, covered = total + end - start, end
    return total
