"""``/assets``: the machines of one's part of the province, one with its history, and the queue of who is who."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from controller import audit
from controller.api import assets as api
from controller.api.csv_answer import csv_answer
from controller.api.shapes import NumberInPath
from controller.assets import deeds, read
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.tables import Room, School
from controller.web import asset_words
from controller.web.fields import Form, Submitted, texts
from controller.web.i18n import N_, Translate
from controller.web.read.schools import choices
from controller.web.render import page, redirect, web_of
from controller.web.sheets import xlsx_answer
from controller.web.tables import PAGE_SIZE, Listing

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("device.read")]
Write = Annotated[Caller, require("school.write")]
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]
Sort = Annotated[str, Query(max_length=20)]
MAX_EXPORT = 250_000
PAIRS = 20
COLUMNS = (
    N_("Số"), N_("Mã trường"), N_("Tên trường"), N_("Xã, phường"), N_("Phòng"), N_("Vị trí trong phòng"), N_("Loại"),
    N_("Tình trạng"), N_("Mã tài sản"), N_("Tên máy"), N_("Hãng"), N_("Kiểu máy"), N_("Số sê-ri"), N_("Bộ xử lý"),
    N_("RAM (GB)"), N_("Ổ đĩa (GB)"), N_("Hệ điều hành"), N_("Nguồn tin"), N_("Thấy lần đầu"), N_("Thấy lần cuối"),
)  # fmt: skip


def words_of(request: Request, who: Caller) -> dict[str, Any]:
    return asset_words.words(web_of(request).translate(who.lang))


def may_write(who: Caller, school: School) -> bool:
    return who.can("school.write") and who.scope_of("school.write").holds(school)


@router.get("/assets")
def assets_page(
    request: Request, who: Read, session: Db, asked: api.Asked, sort: Sort = "", number: Number = 1
) -> Response:
    found = read.statement(who.scope, asked)
    total = read.total(session, found)
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    wanted = read.sort_of(sort)
    part = read.ordered(found, wanted).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    listing = Listing(
        id="assets", url="/assets", rows=list(read.rows(session, part)), total=total, page=number, sort=wanted,
        params=asked.params,
    )  # fmt: skip
    school = _school(session, who, asked.school)
    return page(
        request, who, "asset_list.html", list=listing, asked=asked, school=school, choices=choices(session, who.scope),
        rooms=_rooms(session, school) if school is not None else [], waiting=read.waiting(session, who.scope),
        writable=school is not None and may_write(who, school), **words_of(request, who),
    )  # fmt: skip


def _school(session: Session, who: Caller, code: str) -> School | None:
    return session.exec(who.scope.schools(select(School).where(School.code == code))).first() if code else None


def _rooms(session: Session, school: School) -> list[Room]:
    return list(session.exec(select(Room).where(Room.school_id == school.id).order_by(col(Room.code)).limit(500)))


@router.get("/assets/export/{kind}")
def export(
    request: Request,
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    kind: Literal["csv", "xlsx"],
    asked: api.Asked,
    sort: Sort = "",
) -> Response:
    """The table as it was asked for, all its pages."""
    web = web_of(request)
    translate = web.translate(who.lang)
    found = read.ordered(read.statement(who.scope, asked), read.sort_of(sort)).limit(MAX_EXPORT)
    lines = list(cells(read.rows(session, found), translate, web.format(who.lang).iso))
    heads = [translate(text) for text in COLUMNS]
    audit.record(session, who.login, "export", f"file:truongnet-assets.{kind}", now=services.clock())
    session.commit()
    if kind == "xlsx":
        return xlsx_answer("truongnet-assets", translate(N_("Phần cứng")), heads, lines)
    return csv_answer("truongnet-assets", heads, lines)


def cells(rows: Iterable[read.Row], translate: Translate, moment: Any) -> Iterator[list[Any]]:
    word = asset_words.words(translate)["asset_word"]
    for row in rows:
        memory, disk = row.facts.get("memory_bytes"), row.facts.get("disk_bytes")
        yield [
            row.id, row.school, row.school_name, row.commune, row.room, row.seat, word("kind", row.kind),
            word("state", row.state), row.tag, row.name, row.vendor, row.model, row.serial,
            str(row.facts.get("cpu") or ""), _scaled(memory, 2**30), _scaled(disk, 1e9), str(row.facts.get("os") or ""),
            word("source", row.source), moment(row.first_seen), moment(row.last_seen),
        ]  # fmt: skip


def _scaled(value: Any, unit: float) -> float | None:
    return round(value / unit, 1) if isinstance(value, int | float) else None


@router.get("/assets/queue")
def queue_page(
    request: Request,
    who: Read,
    session: Db,
    state: Literal["open", "same", "apart"] = "open",
    number: Number = 1,
) -> Response:
    found = read.queue(who.scope, state)
    total = read.total(session, found)
    number = min(number, max(1, -(-total // PAIRS)))
    pairs = session.exec(found.limit(PAIRS).offset((number - 1) * PAIRS)).all()
    rows = [api.pair_out(session, who, pair) for pair in pairs]
    listing = Listing(
        id="pairs", url="/assets/queue", rows=rows, total=total, page=number, size=PAIRS, params={"state": state}
    )
    return page(
        request, who, "asset_queue.html", list=listing, state=state, states=asset_words.PAIR_STATES,
        may_decide=who.can("school.write"), **words_of(request, who),
    )  # fmt: skip


@router.post("/assets/queue/{number}/{deed}")
def decide(
    request: Request,
    number: NumberInPath,
    deed: Literal["join", "apart", "undo"],
    who: Write,
    session: Db,
    services: Sv,
) -> Response:
    said = {
        "join": N_("Đã gộp hai bản ghi thành một máy. Có thể hoàn tác trong mục «Đã gộp»."),
        "apart": N_("Đã ghi: đây là hai máy khác nhau. Có thể hoàn tác trong mục «Đã tách riêng»."),
        "undo": N_("Đã hoàn tác; câu hỏi đang chờ trở lại."),
    }[deed]
    answer = {"join": api.join_pair, "apart": api.keep_pair_apart, "undo": api.undo_pair}[deed]
    try:
        answer(number, who, session, services)
    except Problem as problem:
        if problem.code != "pair-decided":
            raise
        return redirect(request, who, "/assets/queue", N_("Câu hỏi này đã có câu trả lời khác."), "warning")
    return redirect(request, who, "/assets/queue", said)


@router.get("/assets/{number}")
def asset_page(request: Request, number: NumberInPath, who: Read, session: Db) -> Response:
    asset = deeds.find(session, who, number)
    form = Form(who.lang, _values(asset))
    return show_asset(request, who, session, asset, form)


def _values(asset: Any) -> dict[str, str]:
    names = ("name", "kind", "state", "seat", "vendor", "model", "tag")
    return {name: getattr(asset, name) for name in names} | {"room_id": str(asset.room_id or "")}


def show_asset(request: Request, who: Caller, session: Session, asset: Any, form: Form) -> Response:
    whole = read.whole(session, who.scope, asset)
    return page(
        request, who, "asset_one.html", status=form.status, whole=whole, asset=asset, form=form,
        rooms=_rooms(session, whole.school), writable=may_write(who, whole.school), **words_of(request, who),
    )  # fmt: skip


@router.post("/assets/{number}")
def change(request: Request, number: NumberInPath, who: Write, session: Db, services: Sv, data: Submitted) -> Response:
    asset = deeds.find(session, who, number)
    form = Form(who.lang, texts(data))
    given: dict[str, Any] = {name: form.text(name) for name in _values(asset) if name in form.values}
    if "room_id" in given:
        given["room_id"] = given["room_id"] or None
    body = form.bind(api.AssetChange, given)
    if body is not None:
        with form.guard(session):
            api.change_asset(number, body, who, session, services)
    if not form.is_good:
        return show_asset(request, who, session, deeds.find(session, who, number), form)
    return redirect(request, who, f"/assets/{asset.id}", N_("Đã lưu."))
