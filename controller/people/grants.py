"""Who may hand out which role: nobody more than he has, and the province keeps an administrator."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from controller.people.permissions import ROLE_SCOPES, permissions_of
from controller.problems import Problem
from controller.scope import Grant, Scope
from controller.tables import Commune, RoleGrant, School, User


def check(session: Session, giver: Iterable[Grant], wanted: Grant) -> None:
    """Problem "invalid" for a grant that means nothing, "cannot-grant" for one that is more than the giver has."""
    commune = place_of(session, wanted)
    mine = tuple(giver)
    for permission in permissions_of(wanted.role, wanted.kind):
        if not _covers(Scope.of(mine, permission), wanted, commune):
            raise Problem("cannot-grant")


def place_of(session: Session, wanted: Grant) -> str:
    """The commune that ``wanted`` lies in (empty for the province). Problem "invalid" when there is no such place."""
    if wanted.kind not in ROLE_SCOPES.get(wanted.role, frozenset()):
        raise _invalid(
            "scope_kind", "vai trò này không cấp được cho phạm vi này", "this role cannot be granted over this"
        )
    if wanted.kind == "province":
        if wanted.id:
            raise _invalid("scope_id", "toàn tỉnh thì để trống", "leave it empty for the province")
        return ""
    if wanted.kind == "commune":
        if session.get(Commune, wanted.id) is None:
            raise _invalid("scope_id", "không có xã, phường này", "there is no such commune")
        return wanted.id
    commune = session.exec(select(School.commune_code).where(School.code == wanted.id)).one_or_none()
    if commune is None:
        raise _invalid("scope_id", "không có trường này", "there is no such school")
    return commune


def _covers(scope: Scope, wanted: Grant, commune: str) -> bool:
    if scope.is_all or wanted.kind == "province":
        return scope.is_all
    return commune in scope.commune_codes or (wanted.kind == "school" and wanted.id in scope.school_codes)


def _invalid(field: str, vi: str, en: str) -> Problem:
    return Problem("invalid", errors=[{"field": field, "code": "scope", "message": f"{vi} / {en}"}])


def active_admins(session: Session) -> int:
    """People who can sign in and administrate the province."""
    return session.exec(
        select(func.count(func.distinct(User.id)))
        .join(RoleGrant, col(RoleGrant.user_id) == User.id)
        .where(RoleGrant.role == "province-admin", RoleGrant.scope_kind == "province", col(User.is_active).is_(True))
    ).one()


def keep_an_admin(session: Session) -> None:
    """After a change that was flushed, before its commit. Problem "last-admin"."""
    session.flush()
    if active_admins(session) == 0:
        session.rollback()
        raise Problem("last-admin")


def rename_school(session: Session, old: str, new: str) -> None:
    """Grants name a school by its code; when that is corrected they go with it."""
    where = (col(RoleGrant.scope_kind) == "school", col(RoleGrant.scope_id) == old)
    session.execute(update(RoleGrant).where(*where).values(scope_id=new))


def forget(session: Session, kind: str, place: str) -> None:
    """The school or commune is gone: a later one with the same code starts without anyone's grant."""
    session.execute(delete(RoleGrant).where(col(RoleGrant.scope_kind) == kind, col(RoleGrant.scope_id) == place))
