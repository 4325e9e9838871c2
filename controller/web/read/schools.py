"""The table of schools: filtered, sorted and paged by the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from controller.api.common import searched
from controller.scope import Scope
from controller.tables import Commune, Latest, Link, School
from monitoring.status import STATUSES

SEVERITY = {"down": 0, "silent": 1, "degraded": 2, "up": 3, "expected-off": 4, "no-box": 5}
FIRST_OF_TABLE = "status"
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What was asked for; empty: everything."""

    q: str = ""
    status: tuple[str, ...] = ()
    commune: str = ""
    level: str = ""
    provider: str = ""

    @property
    def params(self) -> dict[str, str | Sequence[str]]:
        """As they stand in an address."""
        return {
            "q": self.q,
            "status": list(self.status),
            "commune": self.commune,
            "level": self.level,
            "provider": self.provider,
        }

    @property
    def is_any(self) -> bool:
        return any(self.params.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: int
    code: str
    name: str
    level: str
    commune: str
    status: str
    reason: str
    since: float | None
    down_bps: float | None
    up_bps: float | None
    rtt: float | None
    loss_ratio: float | None
    speed_at: float | None
    is_loopback: bool
    is_sample: bool
    is_demo: bool
    pupils: int | None
    lines: Sequence[str] = field(default_factory=list)  # providers
    contract_bps: float | None = None


def columns() -> Mapping[str, Any]:
    """What the table can be sorted by."""
    rank = case(SEVERITY, value=func.coalesce(Latest.status, "no-box"), else_=9)
    return {
        "name": col(School.search),
        "code": col(School.code),
        "commune": col(Commune.name),
        "level": col(School.level),
        "pupils": col(School.pupils),
        "status": rank,
        "since": col(Latest.status_since),
        "down": col(Latest.down_bps),
        "up": col(Latest.up_bps),
        "rtt": col(Latest.rtt),
        "loss": col(Latest.loss_ratio),
    }


def statement(scope: Scope, filters: Filters) -> Any:
    status = func.coalesce(Latest.status, "no-box").label("status")
    reason = func.coalesce(Latest.status_reason, "").label("reason")
    known: Any = (
        School.id, School.code, School.name, School.level, School.is_sample, School.is_demo, School.pupils,
        col(Commune.name).label("commune"), status, reason, col(Latest.status_since).label("since"),
        Latest.down_bps, Latest.up_bps, Latest.rtt, Latest.loss_ratio, Latest.speed_at, Latest.speed_scope,
    )  # fmt: skip
    found: Any = select(*known).select_from(School).join(Commune, col(Commune.code) == School.commune_code)
    found = found.join(Latest, col(Latest.school_id) == School.id, isouter=True)
    found = searched(scope.schools(found), filters.q)
    if filters.status:
        found = found.where(func.coalesce(Latest.status, "no-box").in_(filters.status))
    if filters.commune:
        found = found.where(School.commune_code == filters.commune)
    if filters.level:
        found = found.where(School.level == filters.level)
    if filters.provider:
        lines = select(Link.id).where(Link.school_id == School.id, Link.provider == filters.provider)
        found = found.where(lines.exists())
    return found


def ordered(found: Any, sort: str) -> Any:
    """By ``name`` or ``-name``; among equals the worst, the longest, then the name."""
    known = columns()
    column = known[sort.removeprefix("-")]
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    rest = (known["since"].asc().nulls_last(),) if sort == "status" else ()
    return found.order_by(first, *rest, col(School.search), School.id)


def total(session: Session, found: Any) -> int:
    return int(session.execute(select(func.count()).select_from(found.order_by(None).subquery())).scalar_one())


def rows(session: Session, found: Any) -> Iterator[Row]:
    """The schools of a statement with their lines."""
    batch: list[Any] = []
    for row in session.execute(found):
        batch.append(row)
        if len(batch) == BATCH:
            yield from _with_lines(session, batch)
            batch = []
    yield from _with_lines(session, batch)


def _with_lines(session: Session, batch: Iterable[Any]) -> Iterator[Row]:
    found = {row.id: row._asdict() for row in batch}
    if not found:
        return
    lines: dict[int, list[Link]] = {}
    wanted = select(Link).where(col(Link.school_id).in_(found)).order_by(col(Link.is_primary).desc(), col(Link.id))
    for link in session.exec(wanted):
        lines.setdefault(link.school_id, []).append(link)
    for key, values in found.items():
        scope = values.pop("speed_scope") or ""
        mine = lines.get(key, [])
        providers = list(dict.fromkeys(link.provider for link in mine if link.provider))
        promised = next((link.down_bps for link in mine if link.is_primary and link.down_bps), None)
        yield Row(**values, is_loopback=scope == "loopback", lines=providers, contract_bps=promised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen in the filters: only what is there."""

    communes: Sequence[tuple[str, str]]
    levels: Sequence[str]
    providers: Sequence[str]
    statuses: Sequence[str] = STATUSES


def choices(session: Session, scope: Scope) -> Choices:
    with_schools: Any = select(Commune.code, Commune.name).join(School, col(School.commune_code) == Commune.code)
    providers: Any = select(Link.provider).join(School, col(School.id) == Link.school_id).where(Link.provider != "")
    levels: Any = select(School.level)
    return Choices(
        communes=[tuple(row) for row in session.execute(scope.schools(with_schools).distinct().order_by(Commune.name))],
        levels=sorted(session.scalars(scope.schools(levels).distinct())),
        providers=sorted(session.scalars(scope.schools(providers).distinct())),
    )
