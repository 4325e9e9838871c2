"""Signing in and out with a browser: password, then the second factor when there is one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, Field

from controller import audit
from controller.api.common import problems
from controller.api.shapes import In
from controller.deps import COOKIE, Caller, Db, Sv, address_of, require
from controller.people import accounts, sessions
from controller.people.accounts import Attempt
from controller.people.lockout import LoginGate
from controller.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["login"])


class Credentials(In):
    login: str = Field(max_length=100, examples=["hoa.nguyen"])
    password: str = Field(max_length=256, examples=["bốn chữ dễ nhớ"])


class OneCode(In):
    code: str = Field(max_length=12, examples=["123456"])


class SignedIn(BaseModel):
    """``needs_code``: give the second factor to /api/v1/login/totp next. ``csrf`` goes into X-CSRF-Token."""

    needs_code: bool
    must_change_password: bool = False
    csrf: str = ""


def attempt_of(request: Request, now: float) -> Attempt:
    """Where a sign-in comes from. Problem "csrf" when another site sent it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem("csrf")
    gate: LoginGate = request.app.state.login_gate
    return Attempt(gate, address_of(request), now)


def set_cookie(response: Response, started: sessions.NewSession, is_tls: bool) -> None:
    seconds = int(sessions.ABSOLUTE if started.is_full else sessions.HALF)
    response.set_cookie(COOKIE, started.cookie, max_age=seconds, path="/", httponly=True, samesite="lax", secure=is_tls)


def is_tls(request: Request, services: Sv) -> bool:
    return request.url.scheme == "https" or not services.settings.is_plain


@router.post("/login", responses=problems("login-failed", "slow-down", "busy", "csrf"))
def sign_in(body: Credentials, request: Request, session: Db, services: Sv, response: Response) -> SignedIn:
    started = accounts.sign_in(session, attempt_of(request, services.clock()), body.login, body.password)
    set_cookie(response, started, is_tls(request, services))
    user = accounts.by_login(session, body.login)
    must = bool(user and user.must_change_password) and started.is_full
    return SignedIn(needs_code=not started.is_full, must_change_password=must, csrf=started.csrf)


@router.post("/login/totp", responses=problems("login-failed", "slow-down", "csrf"))
def give_code(body: OneCode, request: Request, session: Db, services: Sv, response: Response) -> SignedIn:
    attempt = attempt_of(request, services.clock())
    key, cookie = services.keys.secret("totp"), request.cookies.get(COOKIE, "")
    started = accounts.give_code(session, attempt, key, cookie, body.code)
    set_cookie(response, started, is_tls(request, services))
    return SignedIn(needs_code=False, csrf=started.csrf)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, responses=problems("csrf"))
def sign_out(
    who: Annotated[Caller, require("", session_only=True, with_old_password=True)],
    request: Request,
    session: Db,
    services: Sv,
    response: Response,
) -> None:
    sessions.end(session, request.cookies.get(COOKIE, ""))
    audit.record(session, who.login, "logout", f"user:{who.login}", now=services.clock())
    session.commit()
    response.delete_cookie(COOKIE, path="/")
