"""What the plan's pages list: schools ranked, providers and communes side by side, contracts that are too small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from controller.api.common import searched
from controller.plan.adding import Counts
from controller.scope import Scope
from controller.tables import Commune, School, SchoolMonth
from controller.web.read.kept import kept_json
from controller.web.read.medians import medians

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


def one_page(session: Session, found: Any, asked: Asked, limit: int, offset: int) -> list[Row]:
    """A page of ``statement``, put in order first and read then: what is sorted is ids, not whole verdicts."""
    ids = list(session.scalars(found.with_only_columns(col(School.id)).limit(limit).offset(offset)))
    these: Any = (
        select(School, Commune.name, SchoolMonth)
        .join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
        .join(Commune, col(Commune.code) == School.commune_code)
        .where(col(SchoolMonth.school_id).in_(ids), SchoolMonth.month == asked.month)
    )
    place = {key: number for number, key in enumerate(ids)}
    return sorted(rows(session, these), key=lambda row: place[row.month.school_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Schools of one provider or one commune; each median over the schools that have a figure."""

    key: str
    name: str
    schools: int
    contract_met: int
    contract_not_met: int
    share: float | None
    shares: int  # schools that ``share`` is of
    rtt: float | None
    availability: float | None

    @property
    def contract_judged(self) -> int:
        return self.contract_met + self.contract_not_met

    @property
    def met(self) -> float | None:
        """The part of those that could be judged that got what was promised."""
        return self.contract_met / self.contract_judged if self.contract_judged else None


GROUPS = ("provider", "commune")
GROUP_SORTS = ("met", "share", "rtt", "availability", "schools", "name")


def groups(session: Session, scope: Scope, asked: Asked, by: str, now: float) -> tuple[list[Group], float | None]:
    """``by`` one of ``GROUPS``; with the moment they are of when they were kept (see ``kept``), else None."""
    if not asked.is_any:
        ready = kept_json(session, scope, by, now)
        if ready is not None and ready["month"] == asked.month:
            return [Group(**group) for group in ready["groups"]], ready["at"]
    return groups_now(session, scope, asked, by), None


def groups_now(session: Session, scope: Scope, asked: Asked, by: str) -> list[Group]:
    key = col(SchoolMonth.provider) if by == "provider" else col(School.commune_code)
    counted: Any = (key, func.count(), count_of("met"), count_of("not-met"))
    found: Any = select(*counted).select_from(School).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    found = searched(scope.schools(found.where(*conditions(asked))), asked.q)
    names = commune_names(session) if by == "commune" else {}
    share, rtt, availability = (
        medians(session, found, key, columns()[name]) for name in ("share", "rtt", "availability")
    )
    return [
        Group(
            key=name, name=names.get(name, name), schools=schools, contract_met=met, contract_not_met=not_met,
            share=share[name].median if name in share else None, shares=share[name].n if name in share else 0,
            rtt=rtt[name].median if name in rtt else None,
            availability=availability[name].median if name in availability else None,
        )
        for name, schools, met, not_met in session.execute(found.group_by(key))
    ]  # fmt: skip


def count_of(contract: str) -> Any:
    return func.coalesce(func.sum(case((col(SchoolMonth.contract) == contract, 1), else_=0)), 0)


def sorted_groups(found: Sequence[Group], sort: str) -> list[Group]:
    """What has no figure comes last, whichever way it is sorted."""
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    known = [group for group in found if getattr(group, name) not in (None, "")]
    rest = [group for group in found if getattr(group, name) in (None, "")]
    return [*sorted(known, key=lambda group: (getattr(group, name), group.name), reverse=falls), *rest]


def commune_names(session: Session) -> dict[str, str]:
    return dict(iter(session.exec(select(Commune.code, Commune.name))))


def providers(session: Session, scope: Scope, month: str) -> list[str]:
    found: Any = select(SchoolMonth.provider).where(SchoolMonth.month == month, SchoolMonth.provider != "")
    return sorted(session.scalars(scope.limit(found, col(SchoolMonth.school_id)).distinct()))


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


DEAREST = 200  # communes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What larger contracts would add a month; ``unpriced`` schools are not in it."""

    key: str
    name: str
    schools: int
    unpriced: int
    more_vnd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bills:
    """What all communes with such schools would need together, and the ``DEAREST`` of them."""

    communes: int = 0
    schools: int = 0
    unpriced: int = 0
    more_vnd: int = 0
    dearest: Sequence[Bill] = ()


def bills(session: Session, scope: Scope, asked: Asked) -> Bills:
    """Added up and put in order by the database, so that no page fetches thousands of communes."""
    added: Any = (
        School.commune_code, func.count().label("schools"),
        (func.count() - func.count(col(SchoolMonth.more_vnd))).label("unpriced"),
        func.coalesce(func.sum(SchoolMonth.more_vnd), 0).label("more_vnd"),
    )  # fmt: skip
    found: Any = select(*added).select_from(School).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    found = found.where(*conditions(asked), col(SchoolMonth.upgrade_bps).is_not(None)).group_by(School.commune_code)
    bill = searched(scope.schools(found), asked.q).subquery().c
    totals = (func.count().over(), *(func.sum(bill[name]).over() for name in ("schools", "unpriced", "more_vnd")))
    shown: Any = (Commune.code, Commune.name, bill.schools, bill.unpriced, bill.more_vnd, *totals)
    wanted = select(*shown).join(Commune, col(Commune.code) == bill.commune_code)
    wanted = wanted.order_by(bill.more_vnd.desc(), bill.schools.desc(), Commune.name, Commune.code)
    rows = session.execute(wanted.limit(DEAREST)).all()
    if not rows:
        return Bills()
    communes, schools, unpriced, more_vnd = map(int, rows[0][5:])  # PostgreSQL adds whole numbers up to a decimal
    dearest = [
        Bill(key=row[0], name=row[1], schools=row[2], unpriced=row[3], more_vnd=int(row[4])) for row in rows
    ]  # fmt: skip
    return Bills(communes=communes, schools=schools, unpriced=unpriced, more_vnd=more_vnd, dearest=dearest)
