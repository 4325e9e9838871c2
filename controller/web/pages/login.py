"""Signing in: password, then the second factor when there is one; and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from controller.api import login as api
from controller.deps import COOKIE, Caller, Db, Sv, require
from controller.people import sessions
from controller.problems import Problem
from controller.web import forms
from controller.web.i18n import N_
from controller.web.render import lang_of, local_path, page, redirect

router = APIRouter(include_in_schema=False)
Back = Annotated[str, Query(alias="next", max_length=500)]
BackField = Annotated[str, Form(alias="next", max_length=500)]


def show(request: Request, template: str, form: forms.Filled, back: str) -> Response:
    return page(request, None, template, status=form.status, form=form, back=local_path(back))


@router.get("/login")
def login_page(request: Request, session: Db, services: Sv, back: Back = "/") -> Response:
    row = sessions.row_of(session, request.cookies.get(COOKIE, ""), services.clock())
    if row is not None and row.is_full:
        return redirect(request, None, local_path(back))
    return show(request, "login.html", forms.Filled(), back)


@router.post("/login")
def sign_in(
    request: Request,
    session: Db,
    services: Sv,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    back: BackField = "/",
) -> Response:
    lang = lang_of(request)
    answer = Response()
    try:
        body = forms.check(api.Credentials, {"login": login, "password": password}, lang)
        done = api.sign_in(body, request, session, services, answer)
    except Problem as problem:
        return show(request, "login.html", forms.failed(problem, {"login": login}, lang), back)
    if done.needs_code:
        after = f"/login/totp?next={quote(local_path(back), safe='')}"
    else:
        after = "/account/password" if done.must_change_password else local_path(back)
    return with_cookie(redirect(request, None, after), answer)


@router.get("/login/totp")
def code_page(request: Request, back: Back = "/") -> Response:
    return show(request, "login_code.html", forms.Filled(), back)


@router.post("/login/totp")
def give_code(
    request: Request, session: Db, services: Sv, code: Annotated[str, Form()] = "", back: BackField = "/"
) -> Response:
    lang = lang_of(request)
    answer = Response()
    try:
        api.give_code(forms.check(api.OneCode, {"code": code}, lang), request, session, services, answer)
    except Problem as problem:
        if problem.code == "not-authenticated":
            raise
        return show(request, "login_code.html", forms.failed(problem, {}, lang), back)
    return with_cookie(redirect(request, None, local_path(back)), answer)


@router.post("/logout")
def sign_out(
    who: Annotated[Caller, require("", session_only=True, with_old_password=True)],
    request: Request,
    session: Db,
    services: Sv,
) -> Response:
    answer = Response()
    api.sign_out(who, request, session, services, answer)
    return with_cookie(redirect(request, who, "/login", N_("Bạn đã đăng xuất.")), answer)


def with_cookie(response: Response, answer: Response) -> Response:
    """Carries over what the API's own handler said about the session's cookie."""
    for value in answer.headers.getlist("set-cookie"):
        response.headers.append("set-cookie", value)
    return response
