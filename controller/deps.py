"""What handlers are given: the services, a database session, and the caller with what he may do.

Every route says ``who: Annotated[Caller, require("…")]`` or stands in ``PUBLIC``; a test fails for a route that does
neither.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session

from controller.people import sessions, tokens
from controller.people.permissions import PERMISSIONS
from controller.people.principal import Caller, Principal
from controller.problems import Problem
from controller.scope import Scope
from controller.services import Services

__all__ = ["PUBLIC", "Caller", "Db", "Principal", "Require", "Sv", "find_principal", "require", "services"]

COOKIE = "truongnet"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = ("GET", "HEAD", "OPTIONS")

# Routes that ask nothing of the caller, by path; the agent wire proves its callers by seals instead.
PUBLIC = frozenset(
    {
        "/healthz",
        "/readyz",
        "/v1/ca",
        "/v1/join",
        "/v1/exchange",
        "/v1/beat",
        "/static",
        "/favicon.ico",
        "/login",
        "/login/totp",
        "/lang",
        "/theme",
        "/api/v1/login",
        "/api/v1/login/totp",
        "/api/v1/openapi.json",
        "/glpi/{token}",  # the token is the leave: controller/assets/links.py
        "/survey/{token}",
    }
)

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Sv = Annotated[Services, Depends(services)]


def open_session(request: Request, found: Sv) -> Iterator[Session]:
    """One session a request. Handlers commit; what they do not commit is rolled back. Pages find it in the state."""
    with Session(found.engine, expire_on_commit=False) as session:
        request.state.db = session
        yield session


Db = Annotated[Session, Depends(open_session)]


async def submitted_csrf(request: Request) -> str:
    """The CSRF token that came with an unsafe request: header, or field of a form."""
    header = request.headers.get(CSRF_HEADER, "")
    if header or request.method in SAFE:
        return header
    if request.headers.get("content-type", "").startswith(FORM_TYPES):
        value = (await request.form()).get(CSRF_FIELD)
        return value if isinstance(value, str) else ""
    return ""


def principal(request: Request, session: Db, found: Sv, csrf: Annotated[str, Depends(submitted_csrf)]) -> Principal:
    """The caller. Problem "not-authenticated", "second-factor" or "csrf"."""
    who = find_principal(request, session, found)
    if who is None:
        raise Problem("not-authenticated")
    request.state.lang = who.lang
    if (
        who.via == "session"
        and request.method not in SAFE
        and not hmac.compare_digest(csrf.encode(), who.csrf.encode())
    ):
        raise Problem("csrf")
    return who


def find_principal(request: Request, session: Session, found: Services) -> Principal | None:
    """The caller, or None. A wrong API token never falls back to a cookie. Problem "second-factor" half-way through."""
    now = found.clock()
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, value = header.partition(" ")
        return tokens.find(session, value.strip(), now) if scheme.lower() == "bearer" else None
    return sessions.find(session, request.cookies.get(COOKIE, ""), now)


class Require:
    """A dependency that lets a caller pass who has ``permission`` somewhere, and says where."""

    def __init__(self, permission: str, *, session_only: bool = False, with_old_password: bool = False) -> None:
        if permission and permission not in PERMISSIONS:
            raise ValueError(f"unknown permission {permission!r}")
        self.permission, self.session_only, self.with_old_password = permission, session_only, with_old_password

    def __call__(self, who: Annotated[Principal, Depends(principal)]) -> Caller:
        if self.session_only and who.via != "session":
            raise Problem("session-needed")
        if who.must_change_password and not self.with_old_password:
            raise Problem("must-change-password")
        if not self.permission:
            return Caller(who, Scope())
        scope = who.scope_of(self.permission)
        if scope.is_empty:
            raise Problem("forbidden")
        return Caller(who, scope)


class RequireOrLoopback(Require):
    """The same, but a caller on this very machine needs to prove nothing: Prometheus beside the controller."""

    def __call__(  # type: ignore[override]  # other dependencies, the same answer
        self, request: Request, session: Db, found: Sv, csrf: Annotated[str, Depends(submitted_csrf)]
    ) -> Caller | None:
        if is_local(request):
            return None
        return super().__call__(principal(request, session, found, csrf))


def address_of(request: Request) -> str:
    """Where a request comes from; behind a proxy on this machine, what that proxy saw."""
    peer = request.client.host if request.client is not None else ""
    passed_on = request.headers.get("x-forwarded-for", "")
    return passed_on.rpartition(",")[2].strip()[:64] if passed_on and _is_loopback(peer) else peer


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(request: Request) -> bool:
    """A direct connection from this machine; what a proxy passed on is not."""
    passed_on = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return request.client is not None and not passed_on and _is_loopback(request.client.host)


def require(permission: str, *, session_only: bool = False, with_old_password: bool = False) -> Any:
    """For ``Annotated[Caller, require("school.read")]``. An empty permission: anyone who is signed in, about himself.

    ``session_only``: an API token is not enough. ``with_old_password``: also while a one-time password must be changed.
    """
    return Depends(Require(permission, session_only=session_only, with_old_password=with_old_password))
