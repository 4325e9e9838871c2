"""Measurements: each run of a probe that was not summarised, as JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlmodel import Session, col, select

from controller.api.common import Paged, fetch, problems
from controller.api.csv_answer import csv_answer
from controller.api.shapes import Code, Moment, NumberInPath, Out
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.scope import Scope, Statement
from controller.tables import Measurement, School

router = APIRouter(prefix="/api/v1/measurements", tags=["measurements"])
Read = Annotated[Caller, require("measure.read")]
Probe = Annotated[str, Query(max_length=40, pattern=r"^[a-z][a-z0-9-]*$", examples=["speed"])]
MAX_ROWS = 100_000

COLUMNS = (
    "school",
    "at",
    "probe",
    "outcome",
    "reason",
    "scope",
    "is_valid",
    "down_bps",
    "up_bps",
    "rtt",
    "duration",
    "agent_id",
    "seq",
)


class MeasurementOut(Out):
    id: int
    school_code: str = Field("", examples=["82001"])
    agent_id: str
    seq: int = Field(description="number of the sealed batch that proves it")
    probe: str = Field(examples=["speed"])
    outcome: str = Field(examples=["ok"])
    reason: str = ""
    at: float = Field(description="start, Unix seconds by the controller's clock")
    duration: float = 0.0
    scope: str = ""
    is_valid: bool = True
    down_bps: float | None = None
    up_bps: float | None = None
    rtt: float | None = None


class MeasurementDetail(MeasurementOut):
    detail: str = ""
    box_wall: float = Field(0.0, description="start as the box's own clock had it")
    body: dict[str, Any] = Field(default_factory=dict, description="the whole result")


class Wanted:
    """Which measurements, the same for the list and the CSV."""

    def __init__(
        self,
        school: Code | None = None,
        probe: Probe | None = None,
        outcome: Literal["ok", "failed", "skipped"] | None = None,
        valid: bool | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> None:
        self.school, self.probe, self.outcome, self.valid = school, probe, outcome, valid
        self.since, self.until = since, until

    def limit(self, statement: Statement, scope: Scope) -> Statement:
        statement = scope.schools(statement)
        if self.school is not None:
            statement = statement.where(School.code == self.school)
        if self.probe is not None:
            statement = statement.where(Measurement.probe == self.probe)
        if self.outcome is not None:
            statement = statement.where(Measurement.outcome == self.outcome)
        if self.valid is not None:
            statement = statement.where(Measurement.is_valid == self.valid)
        if self.since is not None:
            statement = statement.where(Measurement.at >= self.since)
        if self.until is not None:
            statement = statement.where(Measurement.at < self.until)
        return statement.order_by(col(Measurement.at).desc(), col(Measurement.id).desc())


Filter = Annotated[Wanted, Depends()]


def _select() -> Any:
    return select(Measurement, School.code).join(School, col(School.id) == Measurement.school_id)


def shown(row: Measurement, code: str) -> MeasurementOut:
    return MeasurementOut.model_validate(row).model_copy(update={"school_code": code})


@router.get("", responses=problems())
def list_measurements(who: Read, session: Db, wanted: Filter, page: Paged, response: Response) -> list[MeasurementOut]:
    """Newest first."""
    rows = fetch(session, wanted.limit(_select(), who.scope), page, response)
    return [shown(row, code) for row, code in rows]


@router.get(
    ".csv",
    response_class=StreamingResponse,
    responses={**problems(), 200: {"content": {"text/csv": {}}, "description": "UTF-8, at most 100,000 rows"}},
)
def export_measurements(
    who: Annotated[Caller, require("export.run")], services: Sv, wanted: Filter
) -> StreamingResponse:
    """The same as CSV, newest first."""
    statement = wanted.limit(_select(), who.scope).limit(MAX_ROWS)

    def rows() -> Iterator[Sequence[Any]]:
        options = {"yield_per": 1_000}
        with (
            Session(services.engine) as session,
            closing(session.exec(statement.execution_options(**options))) as found,
        ):
            for row, code in found:
                yield [code, *(getattr(row, name) for name in COLUMNS[1:])]
                session.expunge(row)

    return csv_answer("measurements", COLUMNS, rows())


@router.get("/{number}", responses=problems("not-found"))
def get_measurement(number: NumberInPath, who: Read, session: Db) -> MeasurementDetail:
    row = who.scope.require(session, Measurement, number)
    school = session.get(School, row.school_id)
    if school is None:
        raise Problem("not-found")
    return MeasurementDetail.model_validate(row).model_copy(update={"school_code": school.code})
