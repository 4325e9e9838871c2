"""One's own account: password, second factor, language, API tokens, and where one is signed in."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from controller.api import me, tokens
from controller.api.common import Page
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.web import forms
from controller.web.forms import Filled
from controller.web.i18n import N_
from controller.web.render import page, redirect, web_of

router = APIRouter(prefix="/account", include_in_schema=False)

MyBrowser = Annotated[Caller, require("", session_only=True)]
MyFirstVisit = Annotated[Caller, require("", session_only=True, with_old_password=True)]
Typed = Annotated[str, Form(max_length=2_000)]
TOKENS = 100
TOKEN_DAYS = ("7", "30", "90", "365")
WEAK = {
    "too-short": N_("Mật khẩu ngắn quá: cần từ 12 ký tự."),
    "too-long": N_("Mật khẩu dài quá: tối đa 256 ký tự."),
    "is-login": N_("Mật khẩu không được trùng với tên đăng nhập."),
    "common": N_("Mật khẩu này quá phổ biến."),
    "too-simple": N_("Mật khẩu này quá đơn giản: hãy dùng nhiều ký tự khác nhau."),
}


def show(request: Request, who: Caller, session: Db, services: Sv, **more: Any) -> Response:
    """The account page; ``more`` holds a form that was refused, or what is shown once."""
    answer = Response()
    listed = tokens.list_tokens(who, session, Page(TOKENS, 0), answer)
    now = services.clock()
    context: dict[str, Any] = {
        "me": me.get_me(who, session),
        "tokens": [one for one in listed if one.revoked_at is None and one.expires_at > now],
        "sessions": me.list_sessions(who, session, services),
        "roles": roles_of(who),
        "days": TOKEN_DAYS,
        "off_form": Filled(),
        "token_form": Filled({"days": "90"}),
        "new_token": None,
    } | more
    status = max(form.status for form in (context["off_form"], context["token_form"]))
    return page(request, who, "account.html", status=status, **context)


def roles_of(who: Caller) -> list[str]:
    """What a token can be narrowed to: the roles that one has."""
    mine = {grant.role for grant in who.principal.grants}
    return [role for role in get_args(tokens.Role) if role in mine]


@router.get("")
def account(request: Request, who: MyBrowser, session: Db, services: Sv) -> Response:
    return show(request, who, session, services)


@router.get("/password")
def password_page(request: Request, who: MyFirstVisit) -> Response:
    return page(request, who, "account_password.html", form=Filled(), must=who.principal.must_change_password)


@router.post("/password")
def change_password(
    request: Request,
    who: MyFirstVisit,
    session: Db,
    services: Sv,
    current: Typed = "",
    new: Typed = "",
    again: Typed = "",
) -> Response:
    try:
        if new != again:
            vi, en = "hai lần nhập không giống nhau", "the two are not the same"
            text = en if who.lang == "en" else vi
            raise Problem("invalid", errors=[{"field": "again", "code": "again", "message": text}])
        body = forms.check(me.PasswordChange, {"current": current, "new": new}, who.lang)
        me.change_password(body, who, request, session, services)
    except Problem as problem:
        form = forms.failed(_at_fields(request, who, problem), {}, who.lang)
        must = who.principal.must_change_password
        return page(request, who, "account_password.html", status=form.status, form=form, must=must)
    back = "/" if who.principal.must_change_password else "/account"
    return redirect(request, who, back, N_("Đã đổi mật khẩu. Mọi nơi đăng nhập khác đã bị đăng xuất."))


def _at_fields(request: Request, who: Caller, problem: Problem) -> Problem:
    """What concerns one field is said at that field."""
    translate = web_of(request).translate(who.lang)
    if problem.code == "weak-password":
        text = translate(WEAK.get(str(problem.params.get("reason")), N_("Mật khẩu chưa đủ mạnh.")))
        return Problem("invalid", errors=[{"field": "new", "code": "weak", "message": text}])
    if problem.code == "login-failed":
        text = translate(N_("Mật khẩu hiện tại không đúng."))
        return Problem("invalid", errors=[{"field": "current", "code": "wrong", "message": text}])
    return problem


@router.get("/totp")
def totp_page(request: Request, who: MyBrowser, session: Db, services: Sv) -> Response:
    """A new secret to scan; one who has a second factor already is sent back."""
    if me.account(session, who).totp_secret:
        return redirect(request, who, "/account")
    setup = me.start_totp(who, session, services)
    return page(request, who, "account_totp.html", form=Filled(), setup=setup)


@router.post("/totp")
def confirm_totp(
    request: Request, who: MyBrowser, session: Db, services: Sv, code: Typed = "", ticket: Typed = ""
) -> Response:
    try:
        body = forms.check(me.TotpConfirm, {"code": code, "ticket": ticket}, who.lang)
        me.confirm_totp(body, who, session, services)
    except Problem as problem:
        if problem.code not in ("wrong-code", "invalid"):
            raise
        setup = me.shown_again(who, session, services, ticket)
        form = forms.failed(problem, {}, who.lang)
        return page(request, who, "account_totp.html", status=form.status, form=form, setup=setup)
    return redirect(request, who, "/account", N_("Đã bật xác thực hai bước. Lần đăng nhập sau sẽ hỏi mã."))


@router.post("/totp/off")
def stop_totp(request: Request, who: MyBrowser, session: Db, services: Sv, password: Typed = "") -> Response:
    try:
        me.stop_totp(forms.check(me.Proof, {"password": password}, who.lang), who, request, session, services)
    except Problem as problem:
        return show(request, who, session, services, off_form=forms.failed(problem, {}, who.lang))
    return redirect(request, who, "/account", N_("Đã tắt xác thực hai bước."), "warning")


@router.post("/tokens")
def create_token(
    request: Request,
    who: MyBrowser,
    session: Db,
    services: Sv,
    name: Typed = "",
    role: Typed = "",
    days: Typed = "90",
) -> Response:
    """The token is in this answer and nowhere else."""
    typed = {"name": name, "role": role, "days": days}
    try:
        made = tokens.create_token(forms.check(tokens.TokenIn, typed, who.lang), who, session, services)
    except Problem as problem:
        return show(request, who, session, services, token_form=forms.failed(problem, typed, who.lang))
    return show(request, who, session, services, new_token=made)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(
    request: Request,
    who: MyBrowser,
    session: Db,
    services: Sv,
    token_id: Annotated[str, Path(pattern=r"^[0-9a-f]{1,32}$")],
) -> Response:
    tokens.revoke_token(token_id, who, session, services)
    return redirect(request, who, "/account", N_("Đã thu hồi mã API."))


@router.post("/sessions/end")
def end_sessions(request: Request, who: MyBrowser, session: Db, services: Sv) -> Response:
    me.end_sessions(who, session, services)
    return redirect(request, who, "/account", N_("Đã đăng xuất ở mọi nơi khác."))
