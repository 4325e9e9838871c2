"""What a decision about measuring is taken from: limits, calendars, lines, results and spending of a few schools.

Read in a handful of statements for a whole group of boxes, inside the transaction that writes the decision.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from controller.bulk import insert_rows
from controller.records import Row
from controller.store import table_of
from controller.tables import Latest, Link, MeasurePlan, MeasureSpent, School, Setting
from inventory.fold import fold
from monitoring.admission import Booking, Limits
from monitoring.calendar import day_of, effective, phase
from monitoring.ladder import Known

MEASURING = "measure.limits"  # keys in table Setting
CALENDAR = "calendar.default"
MBIT, MB = 1e6, 1_000_000
LOCK = 8_203_051  # any number that nobody else takes: PostgreSQL's advisory lock around a decision


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringRules:
    """The province's settings; 0: without a limit."""

    budget_mb: int = 2_000  # a school and month
    server_mbps: float = 1_000.0
    server_tests: int = 8
    provider_mbps: float = 0.0
    provider_tests: int = 4

    @property
    def limits(self) -> Limits:
        return Limits(
            server_bps=self.server_mbps * MBIT,
            server_tests=self.server_tests,
            provider_bps=self.provider_mbps * MBIT,
            provider_tests=self.provider_tests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One school as a decision needs it. Rates in bit/s, sizes in bytes."""

    calendar: Mapping[str, Any]
    provider: str = ""
    backhaul: str = ""
    medium: str = ""
    budget: int
    spent: int = 0
    contract_bps: float | None = None
    down_bps: float | None = None  # the newest result, else the contract
    up_bps: float | None = None


def rules_of(value: Any) -> MeasuringRules:
    """From the setting as stored; what it does not say, or says in a way that an older release did, is the default."""
    known = {field.name for field in fields(MeasuringRules)}
    return MeasuringRules(**{name: one for name, one in value.items() if name in known}) if value else MeasuringRules()


def plain(rules: MeasuringRules) -> dict[str, Any]:
    return asdict(rules)


def stored(connection: Connection) -> tuple[MeasuringRules, Mapping[str, Any]]:
    """The rules, and the calendar of schools that have none of their own."""
    table = table_of(Setting)
    rows = connection.execute(select(table.c.key, table.c.value).where(table.c.key.in_((MEASURING, CALENDAR))))
    values = {row.key: row.value for row in rows}
    return rules_of(values.get(MEASURING)), values.get(CALENDAR) or {}


def default_calendar(connection: Connection) -> Mapping[str, Any]:
    return stored(connection)[1]


def month_of(at: float, zone: ZoneInfo) -> str:
    return f"{dt.datetime.fromtimestamp(at, zone):%Y-%m}"


def bookings(connection: Connection, now: float) -> list[Row]:
    """Every place that is held."""
    table = table_of(MeasurePlan)
    return [dict(row) for row in connection.execute(select(table).where(table.c.until > now)).mappings()]


def booking_of(row: Row) -> Booking:
    names = ("server", "provider", "backhaul", "mode", "bps", "start", "until")
    return Booking(agent=row["agent_id"], school=row["school_id"], **{name: row[name] for name in names})


def plans(connection: Connection, agents: Iterable[str]) -> dict[str, Row]:
    table = table_of(MeasurePlan)
    query = select(table).where(table.c.agent_id.in_(sorted(agents)))
    return {row["agent_id"]: dict(row) for row in connection.execute(query).mappings()}


def places(
    connection: Connection, schools: Iterable[int], rules: MeasuringRules, default: Mapping[str, Any], month: str
) -> dict[int, Place]:
    ids = sorted(set(schools))
    school, latest, spent = table_of(School), table_of(Latest), table_of(MeasureSpent)
    links = _links(connection, ids)
    query = select(spent.c.school_id, spent.c.bytes).where(spent.c.school_id.in_(ids), spent.c.month == month)
    used = {row.school_id: row.bytes for row in connection.execute(query)}
    rows = connection.execute(
        select(school.c.id, school.c.calendar, latest.c.down_bps, latest.c.up_bps, latest.c.speed_scope)
        .outerjoin(latest, latest.c.school_id == school.c.id)
        .where(school.c.id.in_(ids))
    )
    found = {}
    for row in rows:
        link: Row = links.get(row.id) or {}
        measured = (row.down_bps, row.up_bps) if row.speed_scope != "loopback" else (None, None)
        found[row.id] = Place(
            calendar=effective(row.calendar, default),
            provider=" ".join(fold(link.get("provider") or "").split()),
            backhaul=" ".join(fold(link.get("backhaul") or "").split()),
            medium=link.get("medium") or "",
            budget=(rules.budget_mb if link.get("budget_mb") is None else link["budget_mb"]) * MB,
            spent=used.get(row.id, 0),
            contract_bps=link.get("down_bps"),
            down_bps=measured[0] or link.get("down_bps"),
            up_bps=measured[1] or link.get("up_bps"),
        )
    return found


def known(place: Place, plan: Mapping[str, Any], used: int, at: float, zone: ZoneInfo) -> Known:
    """What the ladder chooses by for a test at ``at``; ``used``: bytes of the month, with those that are granted."""
    date = dt.datetime.fromtimestamp(at, zone).date()
    return Known(
        phase=phase(place.calendar, at, zone),
        is_exam=day_of(place.calendar, date).is_exam,
        is_asked=plan["asked_at"] is not None,
        budget=place.budget,
        used=used,
        day=date.day,
        days=months.monthrange(date.year, date.month)[1],
        medium=place.medium,
        down_bps=place.down_bps,
        up_bps=place.up_bps,
        contract_bps=place.contract_bps,
        seen_bps=plan["seen_bps"],
        since_full=None if plan["full_at"] is None else at - plan["full_at"],
    )


def _links(connection: Connection, schools: list[int]) -> dict[int, Row]:
    """The line that carries each school: the primary one, else the first."""
    table = table_of(Link)
    query = select(table).where(table.c.school_id.in_(schools)).order_by(table.c.is_primary, table.c.name.desc())
    return {row["school_id"]: dict(row) for row in connection.execute(query).mappings()}


ADD_SPENT = (
    "ON CONFLICT (school_id, month) DO UPDATE "
    "SET bytes = measure_spent.bytes + excluded.bytes, tests = measure_spent.tests + excluded.tests"
)


def add_spent(connection: Connection, results: Iterable[Row], zone: ZoneInfo) -> None:
    """Count what new results of speed tests used; a test within one machine used no line."""
    sums: dict[tuple[int, str], list[int]] = {}
    for row in results:
        used = bytes_used(row)
        if row["probe"] == "speed" and row["scope"] != "loopback" and used:
            one = sums.setdefault((row["school_id"], month_of(row["at"], zone)), [0, 0])
            one[0] += used
            one[1] += 1
    rows = [
        {"school_id": school, "month": month, "bytes": size, "tests": tests}
        for (school, month), (size, tests) in sorted(sums.items())
    ]
    insert_rows(connection, table_of(MeasureSpent), ("school_id", "month", "bytes", "tests"), rows, ADD_SPENT)


def bytes_used(row: Row) -> int:
    """What a result says that its test used, both ways; 0 when it does not say."""
    samples = row["body"].get("samples") or []
    used = next((one["value"] for one in samples if one.get("name") == "bytes_used" and not one.get("labels")), 0)
    return max(0, min(int(used), 10**12)) if isinstance(used, int | float) and used == used else 0
