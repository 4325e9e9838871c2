"""What the plan's pages list: schools ranked, providers and communes side by side, contracts that are too small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.api.common import searched
from controller.plan.adding import Counts
from controller.scope import Scope
from controller.tables import Commune, School, SchoolMonth

FIRST = "share"  # the worst first
CONTRACTS = ("met", "not-met", "not-enough", "not-promised")
CAUSES = ("line", "contract", "wifi", "device", "fine", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for; empty: everything."""

    month: str
    q: str = ""
    commune: str = ""
    level: str = ""
    provider: str = ""
    contract: str = ""
    cause: str = ""
    trend: Mapping[str, Counts] = field(default_factory=dict)  # of all months, which is asked for once

    @property
    def params(self) -> dict[str, str]:
        names = ("month", "q", "commune", "level", "provider", "contract", "cause")
        return {name: getattr(self, name) for name in names}

    @property
    def is_any(self) -> bool:
        return any(value for name, value in self.params.items() if name != "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A school's month as a line of a table."""

    code: str
    name: str
    level: str
    commune_code: str
    commune: str
    is_sample: bool
    pupils: int | None
    month: SchoolMonth

    @property
    def share(self) -> float | None:
        """The median of the contract."""
        promised, got = self.month.promised_down_bps, self.month.down_median
        return got / promised if promised and got is not None else None


def columns() -> Mapping[str, Any]:
    share = col(SchoolMonth.down_median) / func.nullif(SchoolMonth.promised_down_bps, 0)
    return {
        "share": share,
        "down": col(SchoolMonth.down_median),
        "low": col(SchoolMonth.down_low),
        "up": col(SchoolMonth.up_median),
        "rtt": col(SchoolMonth.rtt_median),
        "availability": col(SchoolMonth.availability),
        "tests": col(SchoolMonth.tests),
        "name": col(School.search),
        "commune": col(Commune.name),
        "provider": col(SchoolMonth.provider),
    }


def conditions(asked: Asked) -> Iterator[Any]:
    yield SchoolMonth.month == asked.month
    yield col(School.is_demo).is_(False)
    for value, column in (
        (asked.commune, School.commune_code),
        (asked.level, School.level),
        (asked.provider, SchoolMonth.provider),
        (asked.contract, SchoolMonth.contract),
        (asked.cause, SchoolMonth.cause),
    ):
        if value:
            yield col(column) == value


def statement(scope: Scope, asked: Asked) -> Any:
    found: Any = (
        select(School, Commune.name, SchoolMonth)
        .join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
        .join(Commune, col(Commune.code) == School.commune_code)
    )
    return searched(scope.schools(found.where(*conditions(asked))), asked.q)


def total(session: Session, scope: Scope, asked: Asked) -> int:
    found: Any = select(func.count()).select_from(School).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    return int(session.execute(searched(scope.schools(found.where(*conditions(asked))), asked.q)).scalar_one())


def ordered(found: Any, sort: str) -> Any:
    column = columns()[sort.removeprefix("-")]
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return found.order_by(first, School.id)


def rows(session: Session, found: Any) -> list[Row]:
    return [
        Row(
            code=school.code, name=school.name, level=school.level, commune_code=school.commune_code, commune=commune,
            is_sample=school.is_sample, pupils=school.pupils, month=month,
        )
        for school, commune, month in session.execute(found)
    ]  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Group:
    """Schools of one provider or one commune; each median over the schools that have a figure."""

    key: str
    name: str
    schools: int = 0
    contract_met: int = 0
    contract_not_met: int = 0
    target_met: int = 0
    target_not_met: int = 0
    shares: list[float] = field(default_factory=list)
    rtts: list[float] = field(default_factory=list)
    availabilities: list[float] = field(default_factory=list)

    @property
    def contract_judged(self) -> int:
        return self.contract_met + self.contract_not_met

    @property
    def met(self) -> float | None:
        """The part of those that could be judged that got what was promised."""
        return self.contract_met / self.contract_judged if self.contract_judged else None

    @property
    def share(self) -> float | None:
        return median(self.shares) if self.shares else None

    @property
    def rtt(self) -> float | None:
        return median(self.rtts) if self.rtts else None

    @property
    def availability(self) -> float | None:
        return median(self.availabilities) if self.availabilities else None


GROUP_SORTS = ("met", "share", "rtt", "availability", "schools", "name")


def groups(session: Session, scope: Scope, asked: Asked, by: str) -> list[Group]:
    """``by`` "provider" or "commune"."""
    key = SchoolMonth.provider if by == "provider" else School.commune_code
    wanted: Any = (
        key, SchoolMonth.contract, SchoolMonth.target, SchoolMonth.down_median, SchoolMonth.promised_down_bps,
        SchoolMonth.rtt_median, SchoolMonth.availability,
    )  # fmt: skip
    found: Any = select(*wanted).select_from(School).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    found = searched(scope.schools(found.where(*conditions(asked))), asked.q)
    made: dict[str, Group] = {}
    names = commune_names(session) if by == "commune" else {}
    for name, contract, target, down, promised, rtt, availability in session.execute(found):
        group = made.setdefault(name, Group(key=name, name=names.get(name, name)))
        group.schools += 1
        group.contract_met += contract == "met"
        group.contract_not_met += contract == "not-met"
        group.target_met += target == "met"
        group.target_not_met += target == "not-met"
        if down is not None and promised:
            group.shares.append(down / promised)
        if rtt is not None:
            group.rtts.append(rtt)
        if availability is not None:
            group.availabilities.append(availability)
    return list(made.values())


def sorted_groups(found: Sequence[Group], sort: str) -> list[Group]:
    """What has no figure comes last, whichever way it is sorted."""
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    known = [group for group in found if getattr(group, name) not in (None, "")]
    rest = [group for group in found if getattr(group, name) in (None, "")]
    return [*sorted(known, key=lambda group: (getattr(group, name), group.name), reverse=falls), *rest]


def commune_names(session: Session) -> dict[str, str]:
    return dict(iter(session.exec(select(Commune.code, Commune.name))))


def providers(session: Session, scope: Scope, month: str) -> list[str]:
    found: Any = (
        select(SchoolMonth.provider)
        .join(School, col(School.id) == SchoolMonth.school_id)
        .where(SchoolMonth.month == month, SchoolMonth.provider != "")
    )
    return sorted(session.scalars(scope.schools(found).distinct()))


def communes(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """Those with schools."""
    found: Any = select(Commune.code, Commune.name).where(
        col(Commune.code).in_(scope.schools(select(School.commune_code)).distinct())
    )
    return [(code, name) for code, name in session.execute(found.order_by(Commune.name, Commune.code))]


def upgrades(scope: Scope, asked: Asked) -> Any:
    """Schools whose contract is too small, by commune."""
    found = statement(scope, asked).where(col(SchoolMonth.upgrade_bps).is_not(None))
    return found.order_by(Commune.name, Commune.code, School.search, School.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What larger contracts would add a month; ``unpriced`` schools are not in it."""

    key: str
    name: str
    schools: int
    unpriced: int
    more_vnd: int


def bills(session: Session, scope: Scope, asked: Asked) -> list[Bill]:
    """One a commune, the dearest first."""
    added: Any = (
        School.commune_code, func.count(), func.count() - func.count(col(SchoolMonth.more_vnd)),
        func.coalesce(func.sum(SchoolMonth.more_vnd), 0),
    )  # fmt: skip
    found: Any = select(*added).select_from(School).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    found = found.where(*conditions(asked), col(SchoolMonth.upgrade_bps).is_not(None)).group_by(School.commune_code)
    names = commune_names(session)
    made = [
        Bill(key=code, name=names.get(code, code), schools=count, unpriced=none, more_vnd=int(more))
        for code, count, none, more in session.execute(searched(scope.schools(found), asked.q))
    ]
    return sorted(made, key=lambda bill: (-bill.more_vnd, -bill.schools, bill.name))
