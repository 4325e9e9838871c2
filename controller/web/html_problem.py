"""Problems as pages: what went wrong and what to do next, in the person's language; sign-in when that is missing."""

from __future__ import annotations

import logging
from urllib.parse import quote

from jinja2 import TemplateError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from controller.deps import find_principal
from controller.people.principal import Principal
from controller.problems import Problem
from controller.web.render import lang_of, page, redirect, web_of

log = logging.getLogger("truongnet.web")
DETOURS = {"second-factor": "/login/totp", "must-change-password": "/account/password"}


def html_problem(request: Request, problem: Problem) -> Response:
    if problem.code == "not-authenticated":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return redirect(request, None, "/login" if back == "/" else f"/login?next={quote(back, safe='')}")
    if problem.code in DETOURS:
        return redirect(request, None, DETOURS[problem.code])
    try:
        with Session(web_of(request).services.engine, expire_on_commit=False) as session:
            request.state.db = session  # the handler's own is closed by now
            response = _page(request, problem, _who(request, session))
    except (SQLAlchemyError, TemplateError):
        log.exception("a problem could not be shown as a page")
        return problem.response(lang_of(request))
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.params["seconds"])
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: Request, problem: Problem, who: Principal | None) -> Response:
    text = problem.body(lang_of(request, who))
    return page(request, who, "problem.html", status=problem.status, problem=text)


def _who(request: Request, session: Session) -> Principal | None:
    """Who asks, for the menu; nobody when that cannot be found out: the database may be what is wrong."""
    try:
        return find_principal(request, session, web_of(request).services)
    except (Problem, SQLAlchemyError):
        request.state.db = None
        return None
