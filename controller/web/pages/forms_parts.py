"""Lines, rooms and contacts of a school by hand: one list with a form each, all by the same steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from controller.api import contacts, links, parts, rooms
from controller.api.common import MAX_LIMIT, Page, version_of
from controller.api.shapes import CodeInPath, NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.tables import Contact, Link, Room, School
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_
from controller.web.pages.forms import show
from controller.web.read import forms as read
from controller.web.render import redirect

router = APIRouter(include_in_schema=False, prefix="/schools/{code}/edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What differs between lines, rooms and contacts; the functions are those of the JSON API."""

    name: str
    permission: str
    table: type[Any]
    made: type[BaseModel]
    changed: type[BaseModel]
    listed: Callable[..., list[Any]]
    add: Callable[..., Any]
    change: Callable[..., Any]
    remove: Callable[..., None]
    values: Callable[[Any], dict[str, str]]
    given: Callable[[Form], dict[str, Any]]
    first: Callable[[Sequence[Any]], dict[str, str]] = lambda _rows: {}  # what a new one's fields show
    at: Mapping[str, str] = field(default_factory=dict)  # where a problem is said
    names: Mapping[str, str] = field(default_factory=dict)  # fields of the form that have another name


LINKS = Kind(
    name="links",
    permission="school.write",
    table=Link,
    made=links.LinkIn,
    changed=links.LinkChange,
    listed=links.list_links,
    add=links.add_link,
    change=links.change_link,
    remove=links.remove_link,
    values=read.link_values,
    given=read.read_link,
    first=read.first_link,
    at={"conflict": "name"},
    names=read.LINK_NAMES,
)
ROOMS = Kind(
    name="rooms",
    permission="school.write",
    table=Room,
    made=rooms.RoomIn,
    changed=rooms.RoomChange,
    listed=rooms.list_rooms,
    add=rooms.add_room,
    change=rooms.change_room,
    remove=rooms.remove_room,
    values=read.room_values,
    given=read.read_room,
    first=lambda _rows: {"kind": "classroom"},
    at={"conflict": "code"},
)
CONTACTS = Kind(
    name="contacts",
    permission="contact.write",
    table=Contact,
    made=contacts.ContactIn,
    changed=contacts.ContactChange,
    listed=contacts.list_contacts,
    add=contacts.add_contact,
    change=contacts.change_contact,
    remove=contacts.remove_contact,
    values=read.contact_values,
    given=read.read_contact,
)


def show_list(
    request: Request, who: Caller, session: Db, kind: Kind, school: School, form: Form | None = None
) -> Response:
    """All of them, and a form for one more."""
    rows = kind.listed(school.code, who, session, Page(MAX_LIMIT, 0), Response())
    form = form or Form(who.lang, kind.first(rows))
    return show(request, who, f"forms_{kind.name}.html", school, form, kind.name, rows=rows, number=None)


def show_one(request: Request, who: Caller, kind: Kind, school: School, form: Form, number: int) -> Response:
    return show(request, who, f"forms_{kind.name}.html", school, form, kind.name, rows=[], number=number)


def submit(form: Form, kind: Kind, model: type[BaseModel], session: Db, do: Callable[[BaseModel], Any]) -> bool:
    """Whether it was done; else the form says what is wrong."""
    body = form.bind(model, kind.given(form))
    if body is not None:
        with form.guard(session, kind.at):
            do(body)
    read.rename(form, kind.names)
    return form.is_good


def install(kind: Kind) -> None:
    writer = require(kind.permission)
    url = f"/{kind.name}"

    @router.get(url, name=f"{kind.name}_page")
    def list_page(request: Request, code: CodeInPath, session: Db, who: Caller = writer) -> Response:
        school = who.scope.require_school(session, code)
        return show_list(request, who, session, kind, school)

    @router.post(url, name=f"{kind.name}_add")
    def add(
        request: Request, code: CodeInPath, session: Db, services: Sv, data: Submitted, who: Caller = writer
    ) -> Response:
        school, form = who.scope.require_school(session, code), Form(who.lang, texts(data))
        if submit(
            form, kind, kind.made, session, lambda body: kind.add(code, body, who, session, services, Response())
        ):
            return redirect(request, who, f"/schools/{code}/edit{url}", N_("Đã thêm."))
        return show_list(request, who, session, kind, school, form)

    @router.get(f"{url}/{{number}}", name=f"{kind.name}_one")
    def one_page(
        request: Request, code: CodeInPath, number: NumberInPath, session: Db, who: Caller = writer
    ) -> Response:
        school, row = parts.find(session, who, code, kind.table, number)
        values = kind.values(row) | {"version": version_of(row)}
        return show_one(request, who, kind, school, Form(who.lang, values), number)

    @router.post(f"{url}/{{number}}", name=f"{kind.name}_change")
    def change(
        request: Request,
        code: CodeInPath,
        number: NumberInPath,
        session: Db,
        services: Sv,
        data: Submitted,
        who: Caller = writer,
    ) -> Response:
        school, _ = parts.find(session, who, code, kind.table, number)
        form = Form(who.lang, texts(data))
        version = form.text("version")
        if submit(
            form,
            kind,
            kind.changed,
            session,
            lambda body: kind.change(code, number, body, who, session, services, Response(), if_match=version),
        ):
            return redirect(request, who, f"/schools/{code}/edit{url}", N_("Đã lưu."))
        return show_one(request, who, kind, school, form, number)

    @router.post(f"{url}/{{number}}/remove", name=f"{kind.name}_remove")
    def remove(
        request: Request, code: CodeInPath, number: NumberInPath, session: Db, services: Sv, who: Caller = writer
    ) -> Response:
        kind.remove(code, number, who, session, services)
        return redirect(request, who, f"/schools/{code}/edit{url}", N_("Đã xoá."))


for _kind in (LINKS, ROOMS, CONTACTS):
    install(_kind)
