"""``/schools``: all schools of one's part of the province, to search, filter, sort and take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from controller import audit
from controller.api.common import SearchText
from controller.api.csv_answer import csv_answer
from controller.deps import Caller, Db, Sv, require
from controller.web.i18n import N_, Translate
from controller.web.read import schools as read
from controller.web.render import page, web_of
from controller.web.sheets import xlsx_answer
from controller.web.tables import PAGE_SIZE, Listing
from controller.web.words import word

router = APIRouter(include_in_schema=False)

COLUMNS = (
    N_("Mã trường"), N_("Tên trường"), N_("Cấp"), N_("Xã, phường"), N_("Trạng thái"), N_("Lý do"), N_("Từ lúc"),
    N_("Tải xuống (Mbit/s)"), N_("Tải lên (Mbit/s)"), N_("Đo lúc"), N_("Độ trễ (ms)"), N_("Mất gói (%)"),
    N_("Nhà cung cấp"), N_("Hợp đồng tải xuống (Mbit/s)"), N_("Học sinh"), N_("Dữ liệu mẫu"), N_("Ghi chú"),
)  # fmt: skip
Short = Annotated[str, Query(max_length=100)]


def filters(
    q: SearchText = "",
    status: Annotated[list[str], Query(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
    commune: Short = "",
    level: Short = "",
    provider: Short = "",
) -> read.Filters:
    """Unknown values of a filter find nothing, or are left out where a list is known: an old address still opens."""
    known = tuple(name for name in status if name in read.SEVERITY)
    return read.Filters(q=q.strip(), status=known, commune=commune, level=level, provider=provider)


Asked = Annotated[read.Filters, Depends(filters)]
Sort = Annotated[str, Query(max_length=20)]


def sort_of(sort: str) -> str:
    return sort if sort.removeprefix("-") in read.columns() else read.FIRST_OF_TABLE


@router.get("/schools")
def schools(
    request: Request,
    who: Annotated[Caller, require("school.read")],
    session: Db,
    asked: Asked,
    sort: Sort = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    found = read.statement(who.scope, asked)
    total = read.total(session, found)
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    part = read.ordered(found, sort_of(sort)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    listing = Listing(
        id="schools",
        url="/schools",
        rows=list(read.rows(session, part)),
        total=total,
        page=number,
        sort=sort_of(sort),
        params=asked.params,
    )
    choices = read.choices(session, who.scope)
    return page(request, who, "schools.html", list=listing, asked=asked, choices=choices)


@router.get("/schools/export/{kind}")
def export(
    request: Request,
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    kind: Literal["csv", "xlsx"],
    asked: Asked,
    sort: Sort = "",
) -> Response:
    """The table as it was asked for, all its pages."""
    web = web_of(request)
    translate = web.translate(who.lang)
    found = read.ordered(read.statement(who.scope, asked), sort_of(sort))
    lines = list(cells(read.rows(session, found), translate, web.format(who.lang).iso))
    heads = [translate(text) for text in COLUMNS]
    audit.record(session, who.login, "export", f"file:truongnet-schools.{kind}", now=services.clock())
    session.commit()
    if kind == "xlsx":
        return xlsx_answer("truongnet-schools", translate(N_("Trường")), heads, lines)
    return csv_answer("truongnet-schools", heads, lines)


def cells(rows: Iterator[read.Row], translate: Translate, moment: Any) -> Iterator[list[Any]]:
    note = translate(N_("chỉ trong máy này, không phải đường Internet"))
    for row in rows:
        yield [
            row.code, row.name, word(translate, "level", row.level), row.commune,
            word(translate, "status", row.status), word(translate, "reason", row.reason), moment(row.since),
            scaled(row.down_bps, 1e-6), scaled(row.up_bps, 1e-6), moment(row.speed_at), scaled(row.rtt, 1e3),
            scaled(row.loss_ratio, 100), ", ".join(row.lines), scaled(row.contract_bps, 1e-6), row.pupils,
            translate(N_("có")) if row.is_sample else "", note if row.is_loopback else "",
        ]  # fmt: skip


def scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 3)
