"""Settings of the province: what boxes measure and how often, and when schools are open."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from controller import our_side
from controller.api import measuring
from controller.api import settings as api
from controller.deps import Caller, Db, Sv, require
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.read import calendar as calendars
from controller.web.read import settings as read
from controller.web.render import page, redirect

router = APIRouter(include_in_schema=False, prefix="/settings")
Read = Annotated[Caller, require("settings.read")]
Write = Annotated[Caller, require("settings.write")]
Rows = calendars.Rows
WEEK = {f"{end}_{day}": time for day in ("mon", "tue", "wed", "thu", "fri", "sat") for end, time in
        (("from", "06:30"), ("to", "17:30"))}  # fmt: skip


@router.get("")
def boxes_page(request: Request, who: Read, session: Db, services: Sv) -> Response:
    return show_boxes(request, who, session, services)


def show_boxes(
    request: Request, who: Caller, session: Db, services: Sv, form: Form | None = None, **typed: Any
) -> Response:
    answer = Response()
    now = api.get_box_settings(who, session, answer)
    shown = {
        "probes": read.probe_forms(now.probes),
        "targets": now.targets,
        "version": answer.headers["etag"],
        **typed,
    }
    form = form or Form(who.lang)
    return page(
        request,
        who,
        "settings.html",
        status=form.status,
        form=form,
        tab="boxes",
        may_write=who.can("settings.write"),
        uplink=our_side.last_look(session.connection()),
        uplink_state=our_side.uplink(session.connection(), services.clock()).state,
        **shown,
    )


@router.post("")
def change_boxes(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    form = Form(who.lang, texts(data))
    targets, version = read.read_targets(data), form.text("version")
    given = {"probes": read.read_probes(form), "targets": targets}
    body = form.bind(api.BoxSettings, given)
    if body is not None:
        with form.guard(session):
            api.put_box_settings(body, who, session, services, Response(), if_match=version)
    if not form.is_good:
        typed = {"probes": read.typed_probes(form), "targets": targets, "version": version}
        return show_boxes(request, who, session, services, _at_rows(form), **typed)
    return redirect(request, who, "/settings", N_("Đã lưu. Các thiết bị nhận được ở lần báo về kế tiếp."))


def _at_rows(form: Form) -> Form:
    """ "probes.speed.every" is said at "every_speed"."""
    for name in [name for name in form.errors if name.startswith("probes.")]:
        parts = name.split(".")
        form.errors.pop(name)
        form.wrong(f"every_{parts[1]}", read.EVERY)
    return form


@router.get("/calendar")
def calendar_page(request: Request, who: Read, session: Db, services: Sv) -> Response:
    default = measuring.read_default(session)
    values = calendars.calendar_values(default) if default else {**WEEK, "has_hours": "on", "public_holidays": "on"}
    rows = (calendars.ranges_of(default, "holidays"), calendars.ranges_of(default, "exams"))
    return show_calendar(request, who, session, services, Form(who.lang, values | {"for": "default"}), *rows)


def show_calendar(
    request: Request, who: Caller, session: Db, services: Sv, form: Form, holidays: Rows, exams: Rows
) -> Response:
    return page(
        request,
        who,
        "settings_calendar.html",
        status=form.status,
        form=form,
        tab="calendar",
        holidays=holidays,
        exams=exams,
        public=calendars.public_holidays(services.clock(), services.settings.zone),
        communes=read.communes(session),
        counts=read.counts(session),
        may_write=who.can("settings.write"),
    )


@router.post("/calendar")
def change_calendar(request: Request, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    """The province's default, or one laid over schools: what ``for`` says."""
    form = Form(who.lang, texts(data))
    holidays, exams = calendars.typed_ranges(data, "holidays"), calendars.typed_ranges(data, "exams")
    calendar = calendars.read_calendar(form, holidays, exams)
    is_default = form.text("for") == "default"
    given = {"calendar": calendar, "commune": form.text("commune") or None, "level": form.text("level") or None}
    body = form.bind(api.CalendarIn, given)
    if body is None or not form.is_good:
        return show_calendar(request, who, session, services, form, holidays, exams)
    with form.guard(session):
        if is_default:
            measuring.put_default_calendar(measuring.DefaultCalendar(calendar=calendar), who, session, services)
            text = N_("Đã lưu. Các trường chưa có lịch riêng theo lịch này từ bây giờ.")
            return redirect(request, who, "/settings/calendar", text)
        done = api.put_calendar(body, who, session, services)
        text = N_("Đã đặt lịch cho {count} trường.")
        return redirect(request, who, "/settings/calendar", text, count=done.schools)
    return show_calendar(request, who, session, services, form, holidays, exams)
