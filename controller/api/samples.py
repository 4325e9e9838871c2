"""The sample province: load it, watch it, remove it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, status
from pydantic import Field

from controller.api.common import problems
from controller.api.shapes import In, Out
from controller.deps import Caller, Sv, require
from controller.problems import Problem
from controller.samples import PILOTS, SCHOOLS, work
from controller.services import Services

router = APIRouter(prefix="/api/v1/samples", tags=["samples"])
Load = Annotated[Caller, require("sample.load")]


class SamplesIn(In):
    days: Annotated[int, Field(ge=1, le=90)] = 30
    pilot: bool = Field(False, description="only the five pilot schools instead of the whole province")


class SamplesOut(Out):
    state: Literal["absent", "loading", "present", "removing", "failed"] = Field(
        examples=["loading"], description='"failed": something may be left of it; remove it'
    )
    done: int = Field(0, description="schools, of total, while it is loading or removing")
    total: int = 0
    schools: int = Field(0, description="sample schools that are there now")


def shown(services: Services) -> SamplesOut:
    return SamplesOut.model_validate(work.state(services.engine, services.clock()))


def load(services: Services, by: str, *, days: int, pilot: bool) -> None:
    """Ask for it. Problem "samples-present", "samples-busy"."""
    if work.state(services.engine, services.clock()).schools:
        raise Problem("samples-present")
    try:
        work.ask_to_load(services.engine, by, services.clock(), days=days, schools=PILOTS if pilot else SCHOOLS)
    except work.SamplesBusy:
        raise Problem("samples-busy") from None


def remove(services: Services, by: str) -> None:
    """Ask for it. Problem "samples-busy"."""
    try:
        work.ask_to_remove(services.engine, by, services.clock())
    except work.SamplesBusy:
        raise Problem("samples-busy") from None


@router.get("", responses=problems())
def get_samples(who: Load, services: Sv) -> SamplesOut:
    """Whether sample schools are there, and how far loading or removing has come."""
    return shown(services)


@router.post("", status_code=status.HTTP_202_ACCEPTED, responses=problems("samples-present", "samples-busy"))
def load_samples(body: SamplesIn, who: Load, services: Sv) -> SamplesOut:
    """Load invented schools with invented data, each marked as a sample. It goes on in the background."""
    load(services, who.login, days=body.days, pilot=body.pilot)
    return shown(services)


@router.delete("", status_code=status.HTTP_202_ACCEPTED, responses=problems("samples-busy"))
def remove_samples(who: Load, services: Sv) -> SamplesOut:
    """Remove all of it, leaving nothing. It goes on in the background."""
    remove(services, who.login)
    return shown(services)
