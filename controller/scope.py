"""The one query layer: which schools a person may see, as conditions on statements.

Everything that belongs to a school is read through :meth:`Scope.schools`, :meth:`Scope.limit` or one of the ``require``
methods, so that what lies outside a person's part of the tree province → commune → school does not exist for that
person: lists leave it out and a single thing is 404, never 403.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Session, SQLModel, col, select

from controller.people.permissions import permissions_of
from controller.problems import Problem
from controller.tables import Commune, School


class Query(Protocol):
    """A select of whatever columns."""

    def where(self, *conditions: Any) -> Self: ...
    def order_by(self, *columns: Any) -> Self: ...


Statement = TypeVar("Statement", bound=Query)
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over a part of the tree. ``narrowed``: an API token's role, which can only take away."""

    role: str
    kind: str = "province"
    id: str = ""
    narrowed: str = ""

    @property
    def permissions(self) -> frozenset[str]:
        own = permissions_of(self.role, self.kind)
        return own & permissions_of(self.narrowed, self.kind) if self.narrowed else own


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the tree: all of it, or some communes and some schools (by their codes)."""

    is_all: bool = False
    commune_codes: frozenset[str] = frozenset()
    school_codes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, grants: Iterable[Grant], permission: str) -> Scope:
        """Where ``permission`` holds by these grants."""
        good = [grant for grant in grants if permission in grant.permissions]
        return cls(
            any(grant.kind == "province" for grant in good),
            frozenset(grant.id for grant in good if grant.kind == "commune"),
            frozenset(grant.id for grant in good if grant.kind == "school"),
        )

    @property
    def is_empty(self) -> bool:
        return not (self.is_all or self.commune_codes or self.school_codes)

    def condition(self) -> ColumnElement[bool]:
        """On ``School``, for statements that select from it."""
        if self.is_all:
            return true()
        parts: list[ColumnElement[bool]] = []
        if self.commune_codes:
            parts.append(col(School.commune_code).in_(sorted(self.commune_codes)))
        if self.school_codes:
            parts.append(col(School.code).in_(sorted(self.school_codes)))
        return or_(*parts) if parts else false()

    def schools(self, statement: Statement) -> Statement:
        """Limit a statement that selects from (or joins) School."""
        return statement if self.is_all else statement.where(self.condition())

    def limit(self, statement: Statement, school_id: Any) -> Statement:
        """Limit a statement by a column that holds a school's id; rows of no school are the province's alone."""
        if self.is_all:
            return statement
        return statement.where(school_id.in_(select(School.id).where(self.condition())))

    def communes(self, statement: Statement) -> Statement:
        """Limit a statement on Commune to those that are in the scope or hold a school of it."""
        if self.is_all:
            return statement
        of_schools = select(School.commune_code).where(col(School.code).in_(sorted(self.school_codes)))
        here = or_(col(Commune.code).in_(sorted(self.commune_codes)), col(Commune.code).in_(of_schools))
        return statement.where(here)

    def holds(self, school: School) -> bool:
        return self.is_all or school.commune_code in self.commune_codes or school.code in self.school_codes

    def holds_commune(self, code: str) -> bool:
        """All of the commune, with schools yet to come."""
        return self.is_all or code in self.commune_codes

    def require_school(self, session: Session, code: str) -> School:
        """The school with this code; Problem "school-not-found" when there is none here."""
        school = session.exec(self.schools(select(School).where(School.code == code))).one_or_none()
        if school is None:
            raise Problem("school-not-found")
        return school

    def require(self, session: Session, model: type[Row], key: Any, problem: str = "not-found") -> Row:
        """The row of a model that has ``school_id``, by its primary key; Problem when there is none here."""
        row = session.get(model, key)
        school_id = getattr(row, "school_id", None)
        if row is None or not (self.is_all or (school_id is not None and self._holds_id(session, school_id))):
            raise Problem(problem)
        return row

    def _holds_id(self, session: Session, school_id: int) -> bool:
        school = session.get(School, school_id)
        return school is not None and self.holds(school)


def key_of(school: School) -> int:
    """The primary key of a school that was read from the database."""
    assert school.id is not None  # noqa: S101 - only a school that was never stored has none
    return school.id
