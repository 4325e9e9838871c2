"""Who calls and what he may do where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, select

from controller.problems import Lang
from controller.scope import Grant, Scope
from controller.tables import RoleGrant, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls, proven by a session's cookie or an API token."""

    user_id: int
    login: str
    name: str
    lang: Lang
    grants: tuple[Grant, ...]
    via: Literal["session", "token"]
    csrf: str = ""  # of the session; pages carry it
    session_key: str = ""  # the session's primary key
    must_change_password: bool = False

    def scope_of(self, permission: str) -> Scope:
        return Scope.of(self.grants, permission)

    def can(self, permission: str) -> bool:
        return any(permission in grant.permissions for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal with the scope of the permission that the route requires."""

    principal: Principal
    scope: Scope

    @property
    def user_id(self) -> int:
        return self.principal.user_id

    @property
    def login(self) -> str:
        return self.principal.login

    @property
    def name(self) -> str:
        return self.principal.name

    @property
    def lang(self) -> Lang:
        return self.principal.lang

    @property
    def via(self) -> str:
        return self.principal.via

    @property
    def csrf(self) -> str:
        return self.principal.csrf

    def can(self, permission: str) -> bool:
        return self.principal.can(permission)

    def scope_of(self, permission: str) -> Scope:
        return self.principal.scope_of(permission)


def grants_of(session: Session, user_id: int, narrowed: str = "") -> tuple[Grant, ...]:
    """A user's grants; ``narrowed`` is the role of an API token, which can only take away."""
    rows = session.exec(select(RoleGrant).where(RoleGrant.user_id == user_id).order_by(col(RoleGrant.id)))
    return tuple(Grant(row.role, row.scope_kind, row.scope_id, narrowed) for row in rows)


def lang_of(user: User) -> Lang:
    return "en" if user.lang == "en" else "vi"
