"""A school over time: windows of its hours, and days that are kept for years."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select

from controller.api.common import Paged, fetch, problems
from controller.api.shapes import CodeInPath, Moment, Out
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.tables import Day, Hour

router = APIRouter(prefix="/api/v1/schools/{code}", tags=["measurements"])
Read = Annotated[Caller, require("measure.read")]
MAX_HOURS = 31 * 24
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class WindowOut(BaseModel):
    """One summary of a frequent measurement; the five figures are absent when nothing was answered."""

    name: str = Field(examples=["rtt_seconds"])
    labels: dict[str, str] = Field(examples=[{"target": "gateway"}])
    at: float = Field(description="start, Unix seconds by the controller's clock")
    seconds: float
    count: int
    lost: int
    min: float | None = None
    median: float | None = None
    p95: float | None = None
    max: float | None = None
    jitter: float | None = None


class DayOut(Out):
    day: str = Field(examples=["2026-11-24"])
    up_seconds: float
    down_seconds: float
    unknown_seconds: float
    down_bps_median: float | None = None
    up_bps_median: float | None = None
    rtt_median: float | None = None
    loss_ratio: float | None = None
    tests: int
    tests_valid: int
    figures: dict[str, Any] = Field(default_factory=dict)


@router.get("/windows", responses=problems("school-not-found"))
def list_windows(
    code: CodeInPath,
    who: Read,
    session: Db,
    services: Sv,
    since: Moment | None = None,
    until: Moment | None = None,
    target: Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f]*$", examples=["gateway"])] = "",
) -> list[WindowOut]:
    """Windows of at most 31 days, oldest first; without times the last 24 hours."""
    school = who.scope.require_school(session, code)
    end = until if until is not None else services.clock()
    start = since if since is not None else end - 86_400
    if not 0 <= end - start <= MAX_HOURS * 3_600:
        message = "nhiều nhất 31 ngày / 31 days at most"
        raise Problem("invalid", errors=[{"field": "since", "code": "span", "message": message}])
    rows = session.exec(
        select(Hour.windows)
        .where(Hour.school_id == school.id, Hour.hour_at >= int(start) // 3600 * 3600, Hour.hour_at < end)
        .order_by(col(Hour.hour_at))
    )
    return [
        WindowOut.model_validate(window)
        for windows in rows
        for window in windows
        if start <= window["at"] < end and (not target or window["labels"].get("target") == target)
    ]


@router.get("/days", responses=problems("school-not-found"))
def list_days(
    code: CodeInPath,
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    since: Annotated[str, Query(pattern=DAY_PATTERN, examples=["2026-11-01"])] = "0000-01-01",
    until: Annotated[str, Query(pattern=DAY_PATTERN, examples=["2026-11-30"])] = "9999-12-31",
) -> list[DayOut]:
    """Days in the province's time zone, newest first, both ends included."""
    school = who.scope.require_school(session, code)
    statement = select(Day).where(Day.school_id == school.id, Day.day >= since, Day.day <= until)
    return [
        DayOut.model_validate(row) for row in fetch(session, statement.order_by(col(Day.day).desc()), wanted, response)
    ]
