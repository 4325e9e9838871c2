"""Links that carry a leave of their own: an inventory agent's address, a survey's form; for one school, with an end."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, status
from pydantic import Field

from controller.api.common import problems
from controller.api.shapes import CodeInPath, In, Out
from controller.assets import links
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.services import Services
from controller.tables import SchoolLink

router = APIRouter(prefix="/api/v1/schools/{code}/school-links", tags=["assets"])
Write = Annotated[Caller, require("school.write")]
LinkId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0123456789abcdef"])]
Purpose = Literal["glpi", "survey"]
KEY = "school-links"
PATHS = {"glpi": "/glpi/", "survey": "/survey/"}


class SchoolLinkOut(Out):
    id: str
    school: str
    purpose: Purpose
    created_at: float
    created_by: str
    expires_at: float
    used_at: float | None = None
    uses: int = 0
    path: str = Field(description="what comes after the controller's address; whoever has it may use it")


class SchoolLinkIn(In):
    purpose: Purpose
    days: Annotated[int, Field(ge=1, le=1_095)] | None = None


def out(services: Services, school: str, row: SchoolLink) -> SchoolLinkOut:
    path = PATHS[row.purpose] + links.token_of(services.keys.secret(KEY), row)
    return SchoolLinkOut.model_validate(row.model_dump() | {"school": school, "path": path})


@router.get("", responses=problems("school-not-found"))
def list_school_links(code: CodeInPath, who: Write, session: Db, services: Sv) -> list[SchoolLinkOut]:
    """Those that are still good."""
    school = who.scope.require_school(session, code)
    return [out(services, school.code, row) for row in links.of_school(session, school, services.clock())]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def add_school_link(code: CodeInPath, body: SchoolLinkIn, who: Write, session: Db, services: Sv) -> SchoolLinkOut:
    school = who.scope.require_school(session, code)
    row = links.make(session, who, school, body.purpose, services.clock(), body.days)
    session.commit()
    return out(services, school.code, row)


@router.delete("/{link_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def remove_school_link(code: CodeInPath, link_id: LinkId, who: Write, session: Db, services: Sv) -> None:
    """Take it back; from now on nobody gets in by it."""
    school = who.scope.require_school(session, code)
    row = session.get(SchoolLink, link_id)
    if row is None or row.school_id != school.id:
        raise Problem("not-found")
    links.take_back(session, who, row, services.clock())
    session.commit()
