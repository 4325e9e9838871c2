"""What hangs on a school and is changed one by one: the steps that rooms, lines and contacts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Response
from sqlmodel import Session, SQLModel

from controller import audit
from controller.api.common import change, check_version, version_of
from controller.deps import Caller
from controller.problems import Problem
from controller.services import Services
from controller.tables import Link, School

Part = TypeVar("Part", bound=SQLModel)


def find(session: Session, who: Caller, code: str, model: type[Part], number: int) -> tuple[School, Part]:
    """A school and one of its parts. Problem when either is not here."""
    school = who.scope.require_school(session, code)
    row = session.get(model, number)
    if row is None or getattr(row, "school_id", None) != school.id:
        raise Problem("not-found")
    return school, row


def add(
    session: Session, services: Services, who: Caller, school: School, kind: str, row: Part, response: Response
) -> Part:
    session.add(row)
    session.flush()
    _commit(session, services, who, school, f"{kind}.create", row)
    response.headers["ETag"] = version_of(row)
    return row


def update(
    session: Session,
    services: Services,
    who: Caller,
    school: School,
    kind: str,
    row: Part,
    values: Mapping[str, Any],
    if_match: str,
    response: Response,
) -> Part:
    check_version(row, if_match)
    kept = {name: value for name, value in values.items() if value is not None or _may_be_empty(row, name)}
    changed = change(row, kept)
    if changed:
        if isinstance(row, Link):
            row.changed_at = services.clock()
        session.add(row)
        session.flush()
        _commit(session, services, who, school, f"{kind}.update", row, fields=changed)
    response.headers["ETag"] = version_of(row)
    return row


def remove(session: Session, services: Services, who: Caller, school: School, kind: str, row: Part) -> None:
    session.delete(row)
    session.flush()
    _commit(session, services, who, school, f"{kind}.remove", row)


def _may_be_empty(row: SQLModel, name: str) -> bool:
    column = type(row).__table__.c[name]  # type: ignore[attr-defined]
    return bool(column.nullable)


def _commit(
    session: Session, services: Services, who: Caller, school: School, action: str, row: SQLModel, **detail: Any
) -> None:
    number = getattr(row, "id", None)
    kind = action.partition(".")[0]
    audit.record(session, who.login, action, f"{kind}:{number}", school.id, now=services.clock(), **detail)
    session.commit()
    services.changes.publish(school.id, "registry")
