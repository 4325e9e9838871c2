"""``/rooms-gap``: how far each school's rooms are from a smart classroom, and what to buy; counts by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from controller import audit
from controller.api.csv_answer import csv_answer
from controller.api.parts import find as find_part
from controller.api.shapes import CodeInPath, NumberInPath
from controller.assets import kpi, rooms
from controller.deps import Caller, Db, Sv, require
from controller.plan.months import month_of
from controller.tables import Room
from controller.web.fields import Form, Submitted, number, texts
from controller.web.i18n import N_, Translate
from controller.web.pages.assets import may_write
from controller.web.read.plan import commune_names
from controller.web.read.school_words import ROOM_KINDS
from controller.web.render import page, redirect, web_of
from controller.web.sheets import xlsx_answer
from inventory.rooms.gap import standard

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("school.read")]
Write = Annotated[Caller, require("school.write")]
ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "display": N_("Màn hình tương tác, TV hoặc máy chiếu"),
        "teacher-computer": N_("Máy tính giáo viên"),
        "pupil-computer": N_("Máy tính học sinh"),
        "speaker": N_("Loa, âm thanh"),
        "camera": N_("Camera"),
        "wifi": N_("Điểm phát Wi-Fi"),
        "internet": N_("Ổ mạng hoặc Internet trong phòng"),
        "power": N_("Ổ cắm điện"),
    }
)
VERDICTS: Mapping[str, str] = MappingProxyType({"complete": N_("Đủ"), "short": N_("Thiếu"), "unknown": N_("Chưa rõ")})
WRONG = (
    "cần một số từ 0 đến 10.000, hoặc để trống khi chưa đếm",
    "a number from 0 to 10,000, or empty when not counted",
)
COLUMNS = (
    N_("Mã trường"), N_("Tên trường"), N_("Xã, phường"), N_("Phòng phải đạt"), N_("Phòng đủ"), N_("Phòng thiếu"),
    N_("Phòng chưa rõ"), N_("Có ít nhất một phòng đủ"), N_("Danh mục"),
)  # fmt: skip


def words_of(request: Request, who: Caller) -> dict[str, Any]:
    translate = web_of(request).translate(who.lang)
    return {
        "item_word": lambda code: translate(ITEMS[code]) if code in ITEMS else code,
        "verdict_word": lambda code: translate(VERDICTS[code]) if code in VERDICTS else code,
        "room_kind": lambda code: translate(ROOM_KINDS[code]) if code in ROOM_KINDS else code,
        "wanted": standard(),
    }


@router.get("/rooms-gap")
def gap_page(
    request: Request, who: Read, session: Db, services: Sv, commune: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """By commune; of one commune by school."""
    month = month_of(services.clock(), services.settings.zone)
    cells, names = kpi.cells(session, who.scope, month, month), commune_names(session)
    communes = [
        rooms.OfPart(code, names.get(code, code), tally=part) for code, part in kpi.by(cells, "commune").items()
    ]
    communes.sort(key=lambda part: part.name)
    chosen = next((part for part in communes if part.code == commune), None)
    shown = rooms.by_school(session, who.scope, commune) if chosen else []
    return page(
        request, who, "asset_gap.html", communes=communes, whole=chosen.tally if chosen else kpi.total(cells),
        chosen=chosen, schools=shown, **words_of(request, who),
    )  # fmt: skip


@router.get("/rooms-gap/export/{kind}")
def export(
    request: Request,
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    kind: Literal["csv", "xlsx"],
) -> Response:
    translate = web_of(request).translate(who.lang)
    schools = rooms.by_school(session, who.scope)
    lines = list(cells(schools, commune_names(session), translate))
    heads = [translate(text) for text in COLUMNS]
    audit.record(session, who.login, "export", f"file:truongnet-rooms.{kind}", now=services.clock())
    session.commit()
    if kind == "xlsx":
        return xlsx_answer("truongnet-rooms", translate(N_("Lớp học thông minh")), heads, lines)
    return csv_answer("truongnet-rooms", heads, lines)


def cells(schools: list[rooms.OfPart], names: Mapping[str, str], translate: Translate) -> Iterator[list[Any]]:
    yes, no, unknown = translate(N_("có")), translate(N_("không")), translate(N_("chưa rõ"))
    for school in schools:
        tally = school.tally
        known = yes if tally.schools_with_one else unknown if tally.schools_unknown else no
        yield [
            school.code, school.name, names.get(school.commune, school.commune), tally.rooms, tally.complete,
            tally.short, tally.unknown, known, standard().edition,
        ]  # fmt: skip


@router.get("/schools/{code}/rooms-gap")
def school_page(request: Request, code: CodeInPath, who: Read, session: Db) -> Response:
    school = who.scope.require_school(session, code)
    return _show(request, who, session, school, Form(who.lang), 0)


def _show(request: Request, who: Caller, session: Db, school: Any, form: Form, edited: int) -> Response:
    return page(
        request, who, "asset_gap_school.html", status=form.status, school=school, form=form, edited=edited,
        rooms=rooms.of_school(session, school), writable=may_write(who, school), **words_of(request, who),
    )  # fmt: skip


@router.post("/schools/{code}/rooms-gap/{number}")
def count(
    request: Request,
    code: CodeInPath,
    number: NumberInPath,
    who: Write,
    session: Db,
    services: Sv,
    data: Submitted,
) -> Response:
    school, room = find_part(session, who, code, Room, number)
    form = Form(who.lang, texts(data))
    counts = read_counts(form)
    if not form.is_good:
        return _show(request, who, session, school, form, room.id or 0)
    now = services.clock()
    rooms.count(session, who, school, room, counts, now)
    kpi.count_commune(session, month_of(now, services.settings.zone), school.commune_code, now)
    session.commit()
    services.changes.publish(school.id, "assets")
    return redirect(request, who, f"/schools/{code}/rooms-gap", N_("Đã lưu."))


def read_counts(form: Form) -> dict[str, int | None]:
    """Items of the standard that the form told; an empty field takes the count back."""
    found: dict[str, int | None] = {}
    for item in standard().items:
        if item not in form.values:
            continue
        text = number(form.text(item))
        if not text:
            found[item] = None
        elif text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= rooms.MAX_COUNT:
            found[item] = int(text)
        else:
            form.wrong(item, WRONG)
    return found
