"""The rules by which the province judges contracts, and what it wants its schools to have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from controller import audit
from controller.api.common import IfMatch, problems
from controller.api.shapes import In
from controller.deps import Caller, Db, Sv, require
from controller.middleware import matches
from controller.plan import choice, marks
from controller.plan.months import month_of
from controller.problems import Problem
from controller.tables import Setting
from monitoring.rules import OWN, SHARED, chosen

router = APIRouter(prefix="/api/v1/settings/plan", tags=["settings"])
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Bps = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]


class OwnContract(In):
    """The province's own figures for contracts."""

    speed_share: Share = Field(0.8, description="of the contract's rate that must arrive")
    statistic: Literal["mean", "median"] = "median"
    rtt: Annotated[float, Field(ge=0.001, le=2, allow_inf_nan=False)] = Field(0.05, description="at most, seconds")
    availability: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.995
    hours: Literal["all", "school"] = "school"


class OwnTarget(In):
    """The province's own figures for what a school needs."""

    per_school_bps: Bps = 50e6
    per_pupil_bps: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 100e3
    above_pupils: Annotated[int, Field(ge=0, le=100_000)] = 400
    of_shift: bool = False


class Enough(In):
    """How much must be measured before anything is judged."""

    min_tests: Annotated[int, Field(ge=1, le=1_000)] = 10
    min_days: Annotated[int, Field(ge=1, le=28)] = 5
    min_hours: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = 100.0


class PlanRules(In):
    contract: Literal["qcvn34-2019", "province-contract"] = "qcvn34-2019"
    target: Literal["un-itu", "brazil", "province-target"] = "un-itu"
    own_contract: OwnContract = Field(default_factory=OwnContract)
    own_target: OwnTarget = Field(default_factory=OwnTarget)
    enough: Enough = Field(default_factory=Enough)


class PlanRulesOut(BaseModel):
    revision: int = Field(description="rises with each change")
    contract: str
    target: str
    own_contract: dict[str, Any]
    own_target: dict[str, Any]
    enough: dict[str, Any]


def read_rules(session: Session) -> PlanRulesOut:
    row = session.get(Setting, choice.KEY)
    found = chosen(row.value if row is not None and isinstance(row.value, dict) else None)
    own = {name: {one: getattr(found.rules[name], one) for one in fields} for name, fields in OWN.items()}
    return PlanRulesOut(
        revision=int(row.updated_at) if row is not None else 0,
        contract=found.contract.id,
        target=found.target.id,
        own_contract=own["province-contract"],
        own_target=own["province-target"],
        enough={name: getattr(found.contract, name) for name in SHARED},
    )


def _tag(rules: PlanRulesOut) -> str:
    return f'"{rules.revision}"'


@router.get("", responses=problems())
def get_plan_rules(who: Annotated[Caller, require("settings.read")], session: Db, response: Response) -> PlanRulesOut:
    found = read_rules(session)
    response.headers["ETag"] = _tag(found)
    return found


@router.put("", responses=problems("changed-meanwhile"))
def put_plan_rules(
    body: PlanRules,
    who: Annotated[Caller, require("settings.write")],
    session: Db,
    services: Sv,
    response: Response,
    if_match: IfMatch = "",
) -> PlanRulesOut:
    """This month is judged anew by them in the background; older months keep the verdict that they had."""
    before = read_rules(session)
    if if_match and not matches(if_match, _tag(before)):
        raise Problem("changed-meanwhile")
    if not (body.own_target.per_school_bps or body.own_target.per_pupil_bps):
        message = "cần ít nhất một con số lớn hơn 0 / at least one figure must be above 0"
        raise Problem("invalid", errors=[{"field": "own_target.per_school_bps", "code": "empty", "message": message}])
    now = services.clock()
    row = session.get(Setting, choice.KEY) or Setting(key=choice.KEY)
    given = body.model_dump()
    row.value = {
        "contract": body.contract,
        "target": body.target,
        "province-contract": given["own_contract"],
        "province-target": given["own_target"],
        "enough": given["enough"],
    }
    row.updated_at = max(now, before.revision + 1.0)
    session.add(row)
    marks.contracts_changed(session, month_of(now, services.settings.zone))
    audit.record(session, who.login, "settings.plan", "settings:plan", now=now, value=row.value)
    session.commit()
    services.changes.publish(None, "settings")
    found = read_rules(session)
    response.headers["ETag"] = _tag(found)
    return found
