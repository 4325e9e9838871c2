"""Schools by hand: a new one, its data, its calendar, and removing one that never had a box."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from controller.api import measuring
from controller.api import schools as api
from controller.api.common import version_of
from controller.api.shapes import CodeInPath
from controller.deps import Caller, Db, Sv, require
from controller.tables import School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.read import calendar as calendars
from controller.web.read import forms as read
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False, prefix="/schools")
Write = Annotated[Caller, require("school.write")]
Rows = calendars.Rows
AT_FIELDS = {"school-exists": "code", "commune-not-found": "commune_code"}


@router.get("/new")
def new_page(request: Request, who: Write, session: Db) -> Response:
    return show_new(request, who, session, Form(who.lang, {"level": "primary", "shifts": "1"}))


def show_new(request: Request, who: Caller, session: Db, form: Form) -> Response:
    communes = read.communes(session, who)
    return page(request, who, "forms_new.html", status=form.status, form=form, communes=communes, levels=read.LEVELS)


@router.post("/new")
def create(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    body = form.bind(api.SchoolIn, read.read_school(form))
    if body is not None:
        with form.guard(session, AT_FIELDS):
            api.create_school(body, who, session, services, Response())
    if body is None or not form.is_good:
        return show_new(request, who, session, form)
    text = N_("Đã tạo trường. Tiếp theo: đường truyền, phòng và người liên hệ.")
    return redirect(request, who, f"/schools/{body.code}/edit/links", text)


@router.get("/{code}/edit")
def edit_page(request: Request, code: CodeInPath, who: Write, session: Db) -> Response:
    school = who.scope.require_school(session, code)
    values = read.school_values(school) | {"version": version_of(school)}
    return show_edit(request, who, session, school, Form(who.lang, values))


def show_edit(request: Request, who: Caller, session: Db, school: School, form: Form) -> Response:
    communes = read.communes(session, who, school.commune_code)
    return show(request, who, "forms_school.html", school, form, "school", communes=communes, levels=read.LEVELS)


def show(
    request: Request, who: Caller, template: str, school: School, form: Form, tab: str, **context: Any
) -> Response:
    """One of the pages that a school is edited on."""
    return page(request, who, template, status=form.status, school=school, form=form, tab=tab, **context)


@router.post("/{code}/edit")
def change(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
    body = form.bind(api.SchoolChange, read.read_school(form))
    if body is not None:
        with form.guard(session, AT_FIELDS):
            api.change_school(code, body, who, session, services, Response(), if_match=form.text("version"))
    if body is None or not form.is_good:
        return show_edit(request, who, session, school, form)
    return redirect(request, who, f"/schools/{body.code}/edit", N_("Đã lưu."))


@router.get("/{code}/edit/calendar")
def calendar_page(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    school, default = who.scope.require_school(session, code), measuring.read_default(session)
    said = school.calendar or default
    values = calendars.calendar_values(said) | {"version": version_of(school)}
    values["own"] = "own" if school.calendar or not default else "province"
    rows = (calendars.ranges_of(said, "holidays"), calendars.ranges_of(said, "exams"))
    return show_calendar(request, who, session, services, school, Form(who.lang, values), *rows)


def show_calendar(
    request: Request, who: Caller, session: Db, services: Sv, school: School, form: Form, holidays: Rows, exams: Rows
) -> Response:
    return show(
        request,
        who,
        "forms_calendar.html",
        school,
        form,
        "calendar",
        holidays=holidays,
        exams=exams,
        public=calendars.public_holidays(services.clock(), services.settings.zone),
        has_default=bool(measuring.read_default(session)),
    )


@router.post("/{code}/edit/calendar")
def change_calendar(
    request: Request, code: CodeInPath, who: Write, session: Db, services: Sv, data: Submitted
) -> Response:
    school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
    holidays, exams = calendars.typed_ranges(data, "holidays"), calendars.typed_ranges(data, "exams")
    calendar = calendars.own_calendar(form, calendars.read_calendar(form, holidays, exams))
    if form.is_good or (not calendar and form.text("own") == "province"):
        form.errors.clear()
        with form.guard(session):
            body = api.SchoolChange(calendar=calendar)
            api.change_school(code, body, who, session, services, Response(), if_match=form.text("version"))
    if not form.is_good:
        return show_calendar(request, who, session, services, school, form, holidays, exams)
    return redirect(request, who, f"/schools/{code}/edit/calendar", N_("Đã lưu."))


@router.post("/{code}/remove")
def remove(request: Request, code: CodeInPath, who: Write, session: Db, services: Sv) -> Response:
    school = who.scope.require_school(session, code)
    name, form = school.name, Form(who.lang)
    with form.guard(session):
        api.remove_school(code, who, session, services)
    if not form.is_good:
        form.values = read.school_values(school) | {"version": version_of(school)}
        return show_edit(request, who, session, school, form)
    return redirect(request, who, "/schools", N_("Đã xoá {name}."), name=name)
