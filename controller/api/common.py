"""What all lists and updates share: pages, order, search, versions, and how problems stand in the OpenAPI."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from controller.middleware import matches
from controller.problems import CODES, MEDIA_TYPE, Problem
from controller.scope import Statement
from controller.tables import School
from inventory.fold import fold

MAX_LIMIT = 200
MAX_OFFSET = 1_000_000
MAX_COUNT = 100_000  # years of events need not be counted to show the first fifty
ALWAYS = ("bad-request", "not-authenticated", "forbidden", "too-large", "invalid")


class FieldProblem(BaseModel):
    field: str
    code: str
    message: str


class ProblemBody(BaseModel):
    """RFC 9457. ``code`` is stable; ``title`` and ``detail`` are in the caller's language."""

    type: str = Field(examples=["urn:truongnet:problem:school-not-found"])
    title: str = Field(examples=["Không tìm thấy trường"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["school-not-found"])
    detail: str = ""
    errors: list[FieldProblem] = []


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """For ``responses=``: these codes and those that every call may answer, one example each."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in (*ALWAYS, *codes):
        status, english = CODES[code].status, CODES[code].en
        entry = found.setdefault(
            status, {"description": english.title, "content": {MEDIA_TYPE: {"schema": _REFERENCE, "examples": {}}}}
        )
        body = Problem(code).body("en")
        entry["content"][MEDIA_TYPE]["examples"][code] = {"summary": english.title, "value": body}
    return found


_REFERENCE = {"$ref": "#/components/schemas/ProblemBody"}


@dataclass(frozen=True, slots=True)
class Page:
    limit: int
    offset: int


def page(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows to answer with")] = 50,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Rows to pass over")] = 0,
) -> Page:
    return Page(limit, offset)


Paged = Annotated[Page, Depends(page)]
SearchText = Annotated[str, Query(max_length=100, description="Words of the name or the code; accents do not matter")]


def fetch(session: Session, statement: Any, wanted: Page, response: Response) -> Sequence[Any]:
    """One page of ``statement``; the number of all rows, counted up to ``MAX_COUNT``, goes into ``X-Total-Count``."""
    counted = statement.order_by(None).limit(MAX_COUNT).subquery()
    total = session.execute(select(func.count()).select_from(counted)).scalar_one()
    response.headers["X-Total-Count"] = str(total)
    found: Sequence[Any] = session.exec(statement.limit(wanted.limit).offset(wanted.offset)).all()
    return found


def ordered(statement: Statement, sort: str, columns: Mapping[str, Any], last: Any) -> Statement:
    """By ``name`` or ``-name`` (falling); what cannot be compared comes last, and ``last`` makes the order total."""
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    if name not in columns:
        known = ", ".join(sorted(columns))
        message = f"chỉ nhận {known} / must be one of {known}"
        raise Problem("invalid", errors=[{"field": "sort", "code": "sort", "message": message}])
    column = columns[name]
    return statement.order_by(column.desc().nulls_last() if falls else column.asc().nulls_last(), last)


def searched(statement: Statement, text: str) -> Statement:
    """Schools that have every word of ``text`` in their name or code."""
    for word in fold(re.sub(r"[^\w\s.-]", " ", text)).split():
        statement = statement.where(col(School.search).contains(word, autoescape=True))
    return statement


def version_of(row: SQLModel) -> str:
    """A strong ETag over everything in a row."""
    said = orjson.dumps(row.model_dump(), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return f'"{hashlib.sha256(said).hexdigest()[:24]}"'


IfMatch = Annotated[
    str, Header(max_length=200, description="ETag of what you changed; refused when it is not the newest")
]


def check_version(row: SQLModel, if_match: str) -> None:
    """Problem "changed-meanwhile" when someone else was faster. Without If-Match the last one wins."""
    if if_match and not matches(if_match, version_of(row)):
        raise Problem("changed-meanwhile")


def change(row: SQLModel, values: Mapping[str, Any]) -> list[str]:
    """Lay ``values`` over ``row``; names of what became another, for the audit."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed
