"""What is done to one account: roles, password, second factor, lock, sessions."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from controller.api import grants as grants_api
from controller.api import users as api
from controller.api.shapes import NumberInPath
from controller.deps import Db, Sv
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.pages.users import Write, show_password, show_user
from controller.web.render import redirect
from controller.web.users_forms import AT_FIELDS, at_place, read_grant

router = APIRouter(include_in_schema=False, prefix="/users/{number}")


@router.post("/grants")
def add_grant(
    request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted
) -> Response:
    form = Form(who.lang, texts(data))
    body = read_grant(form)
    if body is not None:
        with form.guard(session, AT_FIELDS):
            grants_api.add_grant(number, body, who, session, services)
        at_place(form)
    if not form.is_good:
        return show_user(request, who, session, services, number, grant=form)
    return redirect(request, who, f"/users/{number}", N_("Đã cấp vai trò."))


@router.post("/grants/{grant_id}/remove")
def remove_grant(
    request: Request, number: NumberInPath, grant_id: NumberInPath, who: Write, session: Db, services: Sv
) -> Response:
    form = Form(who.lang, {"role": "", "scope_kind": "school"})
    with form.guard(session):
        grants_api.remove_grant(number, grant_id, who, session, services)
    if not form.is_good:
        return show_user(request, who, session, services, number, grant=form)
    return redirect(request, who, f"/users/{number}", N_("Đã thu hồi vai trò."))


@router.post("/reset-password")
def reset_password(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    made = api.reset_password(number, who, session, services)
    return show_password(request, who, number, made.login, made.password, is_new=False)


@router.post("/reset-second-factor")
def reset_second_factor(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    api.reset_second_factor(number, who, session, services)
    return redirect(request, who, f"/users/{number}", N_("Đã tắt xác thực hai bước của tài khoản này."))


@router.post("/unlock")
def unlock(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    api.unlock_user(number, who, request, session, services)
    return redirect(request, who, f"/users/{number}", N_("Đã mở khoá. Người này có thể đăng nhập lại ngay."))


@router.post("/end-sessions")
def end_sessions(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv) -> Response:
    ended = api.end_user_sessions(number, who, session, services)
    return redirect(request, who, f"/users/{number}", N_("Đã kết thúc {count} phiên đăng nhập."), count=ended.sessions)
