"""Schools' answers to the plan's survey: read them, hand one in, take one over into the registry or pass it over."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import Field
from sqlmodel import Session, col, select

from controller.api.common import Paged, fetch, problems
from controller.api.shapes import CodeInPath, NumberInPath, Out
from controller.assets import kpi, survey
from controller.deps import Caller, Db, Sv, require
from controller.plan import marks
from controller.plan.months import month_of
from controller.scope import key_of
from controller.services import Services
from controller.tables import School, SurveyAnswer

router = APIRouter(prefix="/api/v1", tags=["surveys"])
Read = Annotated[Caller, require("school.read")]
Write = Annotated[Caller, require("school.write")]
State = Literal["sent", "applied", "dismissed"]
Short = Annotated[str, Query(max_length=100)]


class SurveyOut(Out):
    id: int
    school: str = Field(examples=["82001"])
    edition: str = Field(examples=["2026"])
    state: State = Field(description="sent: nobody has looked at it yet; applied: it was taken over into the registry")
    answers: survey.Answers = Field(description="the person to call only for those who may know people to call")
    sent_at: float
    decided_at: float | None = None
    decided_by: str = ""


class AppliedOut(SurveyOut):
    rooms: int = Field(description="rooms that were added")
    counts: int = Field(description="counts that were noted; one newer than the answer stays")
    line: bool = Field(description="a first line was written down")
    contact: bool = Field(description="a person to call was added")


def out(row: SurveyAnswer, school: School, who: Caller) -> SurveyOut:
    answers = survey.Answers.model_validate(row.answers)
    if who.scope_of("contact.read").holds(school):
        person = {"contact_name": row.contact_name, "contact_phone": row.contact_phone}
        answers = answers.model_copy(update=person)
    return SurveyOut(
        id=row.id or 0, school=school.code, edition=row.edition, state=row.state, answers=answers, sent_at=row.sent_at,
        decided_at=row.decided_at, decided_by=row.decided_by,
    )  # fmt: skip


@router.get("/surveys", responses=problems())
def list_surveys(
    who: Read,
    session: Db,
    wanted: Paged,
    response: Response,
    state: State | None = None,
    school: Short = "",
    commune: Short = "",
) -> list[SurveyOut]:
    """The newest first."""
    found: Any = select(SurveyAnswer, School).join(School, col(School.id) == SurveyAnswer.school_id)
    for value, column in ((state, SurveyAnswer.state), (school, School.code), (commune, School.commune_code)):
        found = found.where(column == value) if value else found
    found = who.scope.schools(found).order_by(col(SurveyAnswer.sent_at).desc(), col(SurveyAnswer.id).desc())
    return [out(row, place, who) for row, place in fetch(session, found, wanted, response)]


@router.get("/surveys/{number}", responses=problems("not-found"))
def get_survey(number: NumberInPath, who: Read, session: Db) -> SurveyOut:
    return out(*survey.find(session, who, number), who)


@router.post("/schools/{code}/surveys", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def add_survey(code: CodeInPath, body: survey.Answers, who: Write, session: Db, services: Sv) -> SurveyOut:
    """Hand in an answer, as from a telephone call. While nobody decided on it, your next one for the school replaces
    it."""
    school = who.scope.require_school(session, code)
    row = survey.store(session, key_of(school), who.login, body, services.clock())
    session.commit()
    services.changes.publish(school.id, "survey")
    return out(row, school, who)


@router.post("/surveys/{number}/apply", responses=problems("not-found", "survey-decided"))
def apply_survey(number: NumberInPath, who: Write, session: Db, services: Sv) -> AppliedOut:
    """Add what it tells to the registry; what is known already is never replaced."""
    row, school = survey.waiting(session, who, number)
    now = services.clock()
    done = survey.apply(session, who, row, school, now)
    month = month_of(now, services.settings.zone)
    marks.contracts_changed(session, month, [key_of(school)])
    kpi.count_commune(session, month, school.commune_code, now)
    _commit(session, services, school)
    return AppliedOut.model_validate(out(row, school, who).model_dump() | done)


@router.post("/surveys/{number}/dismiss", responses=problems("not-found", "survey-decided"))
def dismiss_survey(number: NumberInPath, who: Write, session: Db, services: Sv) -> SurveyOut:
    """Pass it over; it stays to be read."""
    row, school = survey.waiting(session, who, number)
    survey.dismiss(session, who, row, services.clock())
    _commit(session, services, school)
    return out(row, school, who)


def _commit(session: Session, services: Services, school: School) -> None:
    session.commit()
    services.changes.publish(school.id, "registry")
