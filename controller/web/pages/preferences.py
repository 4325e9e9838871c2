"""Language and theme: remembered in cookies, and the language in the account too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from controller.deps import COOKIE, Db, Sv, find_principal, principal, submitted_csrf
from controller.people import sessions
from controller.problems import LANGS, Problem
from controller.tables import User
from controller.web.render import LANG_COOKIE, THEME_COOKIE, THEMES, local_path, web_of

router = APIRouter(include_in_schema=False)
A_YEAR = 365 * 86_400
Next = Annotated[str, Form(alias="next", max_length=500)]


def remember(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, A_YEAR, path="/", httponly=True, samesite="lax", secure=web_of(request).is_tls)


@router.post("/lang")
async def set_language(
    request: Request, session: Db, services: Sv, to: Annotated[str, Form()], back: Next = "/"
) -> Response:
    """For anyone; someone who is signed in has it kept in the account, and proves that by the page's CSRF token."""
    if to not in LANGS:
        raise Problem("bad-request")
    half_way = sessions.row_of(session, request.cookies.get(COOKIE, ""), services.clock())
    if half_way is not None and half_way.is_full and find_principal(request, session, services) is not None:
        who = principal(request, session, services, await submitted_csrf(request))
        user = session.get(User, who.user_id)
        if user is not None and who.via == "session":
            user.lang = to
            session.add(user)
            session.commit()
    response = RedirectResponse(local_path(back), 303)
    remember(request, response, LANG_COOKIE, to)
    return response


@router.post("/theme")
def set_theme(request: Request, to: Annotated[str, Form()], back: Next = "/") -> Response:
    if to not in THEMES:
        raise Problem("bad-request")
    response = RedirectResponse(local_path(back), 303)
    remember(request, response, THEME_COOKIE, to)
    return response
