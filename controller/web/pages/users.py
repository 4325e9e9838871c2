"""Accounts: who there is, a new one, and what is known of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from controller.api import grants as grants_api
from controller.api import users as api
from controller.api.shapes import NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.people import grants
from controller.people.permissions import ROLE_SCOPES
from controller.problems import Problem
from controller.scope import Grant
from controller.tables import User
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.read import users as read
from controller.web.render import page, redirect
from controller.web.users_forms import AT_FIELDS, at_place, read_grant, read_user

router = APIRouter(include_in_schema=False, prefix="/users")
Read = Annotated[Caller, require("user.read")]
Write = Annotated[Caller, require("user.write", session_only=True)]
Word = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]
NEW = {"lang": "vi", "role": "", "scope_kind": "school"}


@router.get("")
def users_page(
    request: Request,
    who: Read,
    session: Db,
    services: Sv,
    q: Word = "",
    role: Word = "",
    state: Annotated[read.State, Query()] = "",
    sort: Word = "login",
    number: PageNumber = 1,
) -> Response:
    found = read.listing(session, q=q.strip(), role=role, state=state, sort=sort, number=number, now=services.clock())
    return page(request, who, "users.html", list=found, q=q, role=role, state=state)


@router.get("/new")
def new_page(request: Request, who: Write, session: Db) -> Response:
    return show_new(request, who, session, Form(who.lang, NEW))


def show_new(request: Request, who: Caller, session: Db, form: Form) -> Response:
    places = read.communes(session, who.scope)
    return page(request, who, "users_new.html", status=form.status, form=form, communes=places, scopes=ROLE_SCOPES)


@router.get("/places")
def places(request: Request, who: Read, session: Db, q: Annotated[str, Query(alias="school_code")] = "") -> Response:
    """Options for the field that names a school."""
    found = read.suggestions(session, who.scope, q.strip()[:100])
    return page(request, who, "users_places.html", found=found)


@router.post("/new")
def create(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    """The account and its first role, or neither. The password stands on the answer alone, in no cookie or address."""
    form = Form(who.lang, texts(data))
    body = read_user(form)
    wanted = read_grant(form) if form.text("role") else None
    if body is None or not form.is_good:
        return show_new(request, who, session, form)
    made: api.NewUser | None = None
    with form.guard(session, AT_FIELDS):
        if wanted is not None:
            given = Grant(wanted.role, wanted.scope_kind, wanted.scope_id)
            grants.check(session, who.principal.grants, given)
        made = api.create_user(body, who, session, services, Response())
        if wanted is not None:
            grants_api.add_grant(made.id, wanted, who, session, services)
    at_place(form)
    if made is None or not form.is_good:
        return show_new(request, who, session, form)
    return show_password(request, who, made.id, made.login, made.password, is_new=True)


def show_password(request: Request, who: Caller, number: int, login: str, password: str, *, is_new: bool) -> Response:
    response = page(request, who, "users_password.html", number=number, login=login, password=password, is_new=is_new)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/{number}")
def user_page(request: Request, number: NumberInPath, who: Read, session: Db, services: Sv) -> Response:
    return show_user(request, who, session, services, number)


def show_user(
    request: Request,
    who: Caller,
    session: Db,
    services: Sv,
    number: int,
    form: Form | None = None,
    grant: Form | None = None,
) -> Response:
    """``form``: the account as it came back; ``grant``: the new role as it came back."""
    now = services.clock()
    user: User = api.require_user(session, number)
    account = read.accounts(session, [user], now)[0]
    values = {"login": user.login, "name": user.name, "email": user.email, "lang": user.lang}
    form = form or Form(who.lang, values)
    grant = grant or Form(who.lang, {"role": "", "scope_kind": "school"})
    return page(
        request,
        who,
        "users_one.html",
        status=form.status if not form.is_good else grant.status,
        account=account,
        standing=read.standing(session, number, now),
        form=form,
        grant=grant,
        communes=read.communes(session, who.scope),
        scopes=ROLE_SCOPES,
        is_me=number == who.user_id,
    )


@router.post("/{number}")
def change(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    """Name, e-mail and language."""
    form = Form(who.lang, texts(data))
    values = {name: form.text(name) for name in ("name", "email", "lang")}
    body = form.bind(api.UserChange, values)
    if body is not None:
        with form.guard(session):
            api.change_user(number, body, who, session, services)
    if not form.is_good:
        return show_user(request, who, session, services, number, form=form)
    return redirect(request, who, f"/users/{number}", N_("Đã lưu."))


@router.post("/{number}/active")
def switch(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    """Switch an account on or off."""
    wish = texts(data).get("to", "")
    if wish not in ("on", "off"):
        raise Problem("bad-request")
    form = Form(who.lang)
    with form.guard(session):
        api.change_user(number, api.UserChange(is_active=wish == "on"), who, session, services)
    if not form.is_good:
        return show_user(request, who, session, services, number, form=_with_trouble(session, number, form))
    done = N_("Đã mở lại tài khoản.") if wish == "on" else N_("Đã ngừng tài khoản. Mọi phiên đăng nhập đã kết thúc.")
    return redirect(request, who, f"/users/{number}", done)


def _with_trouble(session: Db, number: int, trouble: Form) -> Form:
    """The account's form with what went wrong elsewhere said above it."""
    user = api.require_user(session, number)
    trouble.values = {"login": user.login, "name": user.name, "email": user.email, "lang": user.lang}
    return trouble
