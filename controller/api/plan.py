"""The plan's figures: schools that have what they need, that get what was promised, whose contract is too small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from controller.api.common import Paged, fetch, problems
from controller.api.shapes import CodeInPath, CommuneCode, Out
from controller.assets import kpi
from controller.deps import Caller, Db, Sv, require
from controller.plan import adding
from controller.plan.months import month_of
from controller.tables import Commune, School, SchoolMonth
from inventory.rooms.gap import Tally

router = APIRouter(prefix="/api/v1", tags=["plan"])
Month = Annotated[str, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class CountsOut(BaseModel):
    """Of ``schools`` in the registry; ``target_met`` + ``target_not_met`` is how many could be judged."""

    schools: int
    with_contract: int
    target_met: int
    target_not_met: int
    contract_met: int
    contract_not_met: int
    upgrades: int = Field(description="schools that need a larger contract")
    unpriced: int = Field(description="of those, without enough contracts to estimate a price by")
    more_vnd: int = Field(description="a month, of those with a price")


class SmartOut(Out):
    """Smart classrooms of ``schools``; what nobody counted is unknown, neither met nor missing."""

    schools: int
    schools_with_one: int = Field(description="with at least one room that has all it must have")
    schools_unknown: int = Field(description="not known to have one, and not known to have none")
    schools_without_rooms: int = Field(description="of those, without any room written down that counts")
    rooms: int
    complete: int
    short: int
    unknown: int


class SmartPlanOut(BaseModel):
    total: SmartOut | None = Field(description="null: nothing was counted in that month")
    communes: dict[str, SmartOut]
    levels: dict[str, SmartOut]
    trend: dict[str, SmartOut]


class PlanOut(BaseModel):
    month: str
    total: CountsOut
    communes: dict[str, CountsOut]
    levels: dict[str, CountsOut]
    trend: dict[str, CountsOut]
    smart: SmartPlanOut


class SchoolMonthOut(Out):
    month: str
    at: float
    contract: str = Field(examples=["met", "not-met", "not-enough", "not-promised"])
    target: str = Field(examples=["met", "not-met", "not-enough"])
    cause: str = Field(examples=["line", "wifi", "device", "contract", "fine", "unknown"])
    provider: str
    promised_down_bps: float | None
    promised_up_bps: float | None
    down_median: float | None
    down_low: float | None = Field(description="10th percentile")
    up_median: float | None
    up_low: float | None
    rtt_median: float | None
    rtt_high: float | None = Field(description="90th percentile")
    availability: float | None
    tests: int
    need_bps: float | None
    upgrade_bps: float | None
    upgrade_vnd: int | None
    more_vnd: int | None
    price_n: int
    price_basis: str
    facts: dict[str, Any]


class UpgradeOut(BaseModel):
    school: str
    name: str
    commune_code: str
    provider: str
    contract_bps: float | None
    need_bps: float | None
    upgrade_bps: float
    price_vnd: int | None
    upgrade_vnd: int | None
    more_vnd: int | None
    price_n: int
    price_basis: str


def _out(counts: adding.Counts) -> CountsOut:
    return CountsOut.model_validate(counts.values())


def _smart(session: Session, who: Caller, month: str, this_month: str) -> SmartPlanOut:
    cells = kpi.cells(session, who.scope, month, this_month)

    def shown(parts: Mapping[str, Tally]) -> dict[str, SmartOut]:
        return {name: SmartOut.model_validate(one) for name, one in parts.items()}

    return SmartPlanOut(
        total=SmartOut.model_validate(kpi.total(cells)) if cells else None,
        communes=shown(kpi.by(cells, "commune")),
        levels=shown(kpi.by(cells, "level")),
        trend=shown(kpi.trend(session, who.scope)),
    )


@router.get("/plan", responses=problems())
def get_plan(
    who: Annotated[Caller, require("overview.read")], session: Db, services: Sv, month: Month | None = None
) -> PlanOut:
    """Counts of one month; without ``month`` of the newest in which anything could be judged."""
    trend = adding.trend(session, who.scope)
    wanted = month or adding.opens_with(trend, services.clock(), services.settings.zone)
    cells = adding.cells(session, who.scope, wanted)
    return PlanOut(
        month=wanted,
        total=_out(adding.total(cells)),
        communes={name: _out(one) for name, one in adding.by(cells, "commune").items()},
        levels={name: _out(one) for name, one in adding.by(cells, "level").items()},
        trend={name: _out(one) for name, one in trend.items()},
        smart=_smart(session, who, wanted, month_of(services.clock(), services.settings.zone)),
    )


@router.get("/plan/upgrades", responses=problems())
def list_upgrades(
    who: Annotated[Caller, require("overview.read")],
    session: Db,
    services: Sv,
    response: Response,
    wanted: Paged,
    month: Month | None = None,
    commune: CommuneCode | None = None,
) -> list[UpgradeOut]:
    """Schools whose contract is too small for what they need, with the next one that would do."""
    zone = services.settings.zone
    month = month or adding.opens_with(adding.trend(session, who.scope), services.clock(), zone)
    statement: Any = (
        select(SchoolMonth, School)
        .join(School, col(School.id) == SchoolMonth.school_id)
        .join(Commune, col(Commune.code) == School.commune_code)
        .where(SchoolMonth.month == month, col(SchoolMonth.upgrade_bps).is_not(None), col(School.is_demo).is_(False))
        .order_by(col(Commune.name), col(School.name), col(School.id))
    )
    if commune:
        statement = statement.where(School.commune_code == commune)
    return [
        UpgradeOut(
            school=school.code, name=school.name, commune_code=school.commune_code, provider=row.provider,
            contract_bps=row.promised_down_bps, need_bps=row.need_bps, upgrade_bps=row.upgrade_bps or 0.0,
            price_vnd=row.price_vnd, upgrade_vnd=row.upgrade_vnd, more_vnd=row.more_vnd, price_n=row.price_n,
            price_basis=row.price_basis,
        )
        for row, school in fetch(session, who.scope.schools(statement), wanted, response)
    ]  # fmt: skip


@router.get("/schools/{code}/months", responses=problems("school-not-found"))
def list_months(
    code: CodeInPath, who: Annotated[Caller, require("measure.read")], session: Db, wanted: Paged, response: Response
) -> list[SchoolMonthOut]:
    """The verdicts of one school, the newest month first."""
    school = who.scope.require_school(session, code)
    statement = select(SchoolMonth).where(SchoolMonth.school_id == school.id).order_by(col(SchoolMonth.month).desc())
    return [SchoolMonthOut.model_validate(row) for row in fetch(session, statement, wanted, response)]
