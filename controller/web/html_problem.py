"""Problems as pages: what went wrong and what to do next, in the person's language; sign-in when that is missing."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from controller.deps import find_principal
from controller.people.principal import Principal
from controller.problems import Problem
from controller.web.render import lang_of, page, redirect, web_of

DETOURS = {"second-factor": "/login/totp", "must-change-password": "/account/password"}


def html_problem(request: Request, problem: Problem) -> Response:
    if problem.code == "not-authenticated":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return redirect(request, None, "/login" if back == "/" else f"/login?next={quote(back, safe='')}")
    if problem.code in DETOURS:
        return redirect(request, None, DETOURS[problem.code])
    who = _who(request)
    text = problem.body(lang_of(request, who))
    response = page(request, who, "problem.html", status=problem.status, problem=text)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.params["seconds"])
    response.headers["Cache-Control"] = "no-store"
    return response


def _who(request: Request) -> Principal | None:
    """Who asks, for the menu; nobody when that cannot be found out: the database may be what is wrong."""
    services = web_of(request).services
    request.state.db = None  # the handler's session is closed by now
    try:
        with Session(services.engine, expire_on_commit=False) as session:
            return find_principal(request, session, services)
    except (Problem, SQLAlchemyError):
        return None
