"""``/plan``: how far the schools are, who gets what was promised, and which contracts must grow; all to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from controller import audit
from controller.api.common import SearchText
from controller.api.csv_answer import csv_answer
from controller.assets import kpi
from controller.deps import Caller, Db, Sv, require
from controller.plan import adding, choice
from controller.plan.months import month_of
from controller.services import Services
from controller.web.i18n import N_, Translate
from controller.web.read import plan as read
from controller.web.read.contract import CAUSES, VERDICTS, rule_name
from controller.web.read.contract_words import BASES
from controller.web.render import page, web_of
from controller.web.sheets import xlsx_answer
from controller.web.tables import PAGE_SIZE, Listing
from controller.web.words import WORDS, word
from inventory.rooms.gap import Tally

router = APIRouter(include_in_schema=False, prefix="/plan")
Read = Annotated[Caller, require("overview.read")]
Export = Annotated[Caller, require("export.run")]
Short = Annotated[str, Query(max_length=100)]
Month = Annotated[str, Query(max_length=7)]
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]
Kind = Literal["csv", "xlsx"]
By = Literal["school", "provider", "commune"]
COUNT_SORTS = ("name", "share", "schools", "judged", "target_met", "upgrades", "more_vnd")
COUNT_HEADS = (
    N_("Mã"), N_("Tên"), N_("Số trường"), N_("Đã đủ số đo"), N_("Đạt mục tiêu"), N_("Chưa đạt mục tiêu"),
    N_("Chưa đủ số đo"), N_("Có hợp đồng"), N_("Hợp đồng đạt"), N_("Hợp đồng không đạt"), N_("Cần nâng gói"),
    N_("Thêm mỗi tháng (đồng)"), N_("Chưa có giá"), N_("Tháng"), N_("Trường có lớp học thông minh"),
    N_("Trường chưa rõ về lớp học thông minh"), N_("Lớp học thông minh"), N_("Lớp học đã ghi"),
)  # fmt: skip
GROUP_HEADS = (
    N_("Tháng"), N_("Mã"), N_("Tên"), N_("Số trường"), N_("Hợp đồng đạt"), N_("Hợp đồng không đạt"),
    N_("Phần của hợp đồng, trung vị (%)"), N_("Số trường tính được phần đó"), N_("Độ trễ trung vị (ms)"),
    N_("Khả dụng trung vị (%)"),
)  # fmt: skip
SCHOOL_HEADS = (
    N_("Tháng"), N_("Mã trường"), N_("Tên trường"), N_("Cấp"), N_("Xã, phường"), N_("Nhà cung cấp"),
    N_("Hợp đồng tải xuống (Mbit/s)"), N_("Trung vị tải xuống (Mbit/s)"), N_("p10 tải xuống (Mbit/s)"),
    N_("Trung vị tải lên (Mbit/s)"), N_("p10 tải lên (Mbit/s)"), N_("Độ trễ trung vị (ms)"), N_("Độ khả dụng (%)"),
    N_("Số lần đo"), N_("Hợp đồng"), N_("Mục tiêu"), N_("Kết luận"), N_("Mức cần (Mbit/s)"), N_("Nâng lên (Mbit/s)"),
    N_("Giá hiện nay (đồng/tháng)"), N_("Giá ước tính (đồng/tháng)"), N_("Thêm mỗi tháng (đồng)"),
    N_("Số hợp đồng làm căn cứ"), N_("Căn cứ giá"), N_("Dữ liệu mẫu"), N_("Căn cứ nâng gói"),
)  # fmt: skip


def asked(
    session: Db,
    services: Sv,
    who: Read,
    month: Month = "",
    q: SearchText = "",
    commune: Short = "",
    level: Short = "",
    provider: Short = "",
    contract: Short = "",
    cause: Short = "",
) -> read.Asked:
    """An unknown month is the one that the page opens with; other unknown values find nothing."""
    found = adding.trend(session, who.scope)
    known = month if month in found else adding.opens_with(found, services.clock(), services.settings.zone)
    return read.Asked(
        month=known, q=q.strip(), commune=commune, level=level if level in WORDS["level"] else "", provider=provider,
        contract=contract if contract in read.CONTRACTS else "", cause=cause if cause in read.CAUSES else "",
        trend=found,
    )  # fmt: skip


Wanted = Annotated[read.Asked, Depends(asked)]
Sort = Annotated[str, Query(max_length=20)]


def shared(request: Request, who: Caller, session: Session, services: Services, wanted: read.Asked) -> dict[str, Any]:
    """What all pages of the plan say: which month, by which rules, and how to put codes into words."""
    translate, rules = web_of(request).translate(who.lang), choice.read(session)
    return {
        "asked": wanted,
        "months": list(wanted.trend)[::-1],
        "this_month": month_of(services.clock(), services.settings.zone),
        "target": rules.target,
        "contract_rule": rules.contract,
        "rule_name": lambda name: rule_name(name, who.lang),
        "verdict": lambda name: (translate(VERDICTS[name][0]), *VERDICTS[name][1:]),
        "cause": lambda name: translate(CAUSES.get(name, CAUSES["unknown"])),
        "basis": lambda name: translate(BASES[name]) if name in BASES else "",
    }


@router.get("")
def plan_page(
    request: Request, who: Read, session: Db, services: Sv, wanted: Wanted, sort: Sort = "", number: Number = 1
) -> Response:
    names, levels = read.commune_names(session), adding.parts(session, who.scope, wanted.month, "level")
    sort = sort if sort.removeprefix("-") in COUNT_SORTS else "share"
    communes = sorted_counts(adding.parts(session, who.scope, wanted.month, "commune"), names, sort)
    number = min(number, max(1, -(-len(communes) // PAGE_SIZE)))
    shown = communes[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    listing = Listing(
        id="communes", url="/plan", rows=shown, total=len(communes), page=number, sort=sort,
        params={"month": wanted.month},
    )  # fmt: skip
    month = month_of(services.clock(), services.settings.zone)
    smart = kpi.cells(session, who.scope, wanted.month, month)
    return page(
        request,
        who,
        "plan.html",
        total=adding.together(levels),
        list=listing,
        levels=[(name, levels[name]) for name in WORDS["level"] if name in levels],
        trend=wanted.trend,
        smart=kpi.total(smart),
        smart_levels=kpi.by(smart, "level"),
        smart_communes=kpi.by(smart, "commune"),
        smart_trend=kpi.trend(session, who.scope),
        **shared(request, who, session, services, wanted),
    )


def sorted_counts(
    found: Mapping[str, adding.Counts], names: Mapping[str, str], sort: str
) -> list[tuple[str, str, adding.Counts]]:
    """(code, name, counts); a share that is none comes last."""
    rows = [(code, names.get(code, code), counts) for code, counts in found.items()]
    name, falls = sort.removeprefix("-"), sort.startswith("-")

    def key(row: tuple[str, str, adding.Counts]) -> tuple[Any, ...]:
        counts = row[2]
        if name == "name":
            return (row[1],)
        if name == "share":
            return (counts.target_met / counts.judged if counts.judged else 0.0, -counts.judged, row[1])
        return (getattr(counts, name), row[1])

    known = [row for row in rows if name != "share" or row[2].judged]
    rest = [row for row in rows if name == "share" and not row[2].judged]
    return [*sorted(known, key=key, reverse=falls), *sorted(rest, key=lambda row: row[1])]


@router.get("/export/{kind}")
def plan_export(request: Request, who: Export, session: Db, services: Sv, kind: Kind, wanted: Wanted) -> Response:
    """Communes and levels of the month, and the months before as a whole."""
    translate = web_of(request).translate(who.lang)
    cells, names = adding.cells(session, who.scope, wanted.month), read.commune_names(session)
    this_month = month_of(services.clock(), services.settings.zone)
    smart = kpi.cells(session, who.scope, wanted.month, this_month)
    of_commune, of_level, of_month = kpi.by(smart, "commune"), kpi.by(smart, "level"), kpi.trend(session, who.scope)
    of_month = {wanted.month: kpi.total(smart), **of_month} if smart else of_month
    lines = [
        count_line(code, name, counts, wanted.month, of_commune.get(code))
        for code, name, counts in sorted_counts(adding.by(cells, "commune"), names, "name")
    ]
    levels = adding.by(cells, "level")
    lines += [
        count_line(name, word(translate, "level", name), counts, wanted.month, of_level.get(name))
        for name, counts in sorted(levels.items())
    ]
    whole = translate(N_("Tất cả"))
    lines += [count_line("", whole, counts, month, of_month.get(month)) for month, counts in wanted.trend.items()]
    return taken_away(request, who, session, services, kind, f"truongnet-plan-{wanted.month}", COUNT_HEADS, lines)


def count_line(code: str, name: str, counts: adding.Counts, month: str, smart: Tally | None) -> list[Any]:
    """``smart``: None when nobody counted rooms in that month; then its cells are empty, not 0."""
    rooms = (smart.schools_with_one, smart.schools_unknown, smart.complete, smart.rooms) if smart else (None,) * 4
    return [
        code, name, counts.schools, counts.judged, counts.target_met, counts.target_not_met, counts.unknown,
        counts.with_contract, counts.contract_met, counts.contract_not_met, counts.upgrades, counts.more_vnd,
        counts.unpriced, month, *rooms,
    ]  # fmt: skip


@router.get("/ranking")
def ranking_page(
    request: Request, who: Read, session: Db, services: Sv, wanted: Wanted, by: By = "school", sort: Sort = "",
    number: Number = 1,
) -> Response:  # fmt: skip
    context = shared(request, who, session, services, wanted)
    context |= {"by": by, "providers": read.providers(session, who.scope, wanted.month)}
    context["communes"] = read.communes(session, who.scope)
    params = {**wanted.params, "by": "" if by == "school" else by}
    if by == "school":
        total = read.total(session, who.scope, wanted)
        sort = sort if sort.removeprefix("-") in read.columns() else read.FIRST
        number = min(number, max(1, -(-total // PAGE_SIZE)))
        schools = read.ordered(read.statement(who.scope, wanted), sort)
        rows: Sequence[Any] = read.one_page(session, schools, wanted, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    else:
        sort = sort if sort.removeprefix("-") in read.GROUP_SORTS else "met"
        found, context["kept_at"] = read.groups(session, who.scope, wanted, by, services.clock())
        every = read.sorted_groups(found, sort)
        total = len(every)
        number = min(number, max(1, -(-total // PAGE_SIZE)))
        rows = every[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    listing = Listing(id="ranking", url="/plan/ranking", rows=rows, total=total, page=number, sort=sort, params=params)
    return page(request, who, "plan_ranking.html", list=listing, **context)


@router.get("/ranking/export/{kind}")
def ranking_export(
    request: Request, who: Export, session: Db, services: Sv, kind: Kind, wanted: Wanted, by: By = "school",
    sort: Sort = "",
) -> Response:  # fmt: skip
    """What was asked for, all pages."""
    if by != "school":
        sort = sort if sort.removeprefix("-") in read.GROUP_SORTS else "met"
        found_groups, _ = read.groups(session, who.scope, wanted, by, services.clock())
        name = f"truongnet-ranking-{by}-{wanted.month}"
        groups = [group_line(wanted.month, group) for group in read.sorted_groups(found_groups, sort)]
        return taken_away(request, who, session, services, kind, name, GROUP_HEADS, groups)
    sort = sort if sort.removeprefix("-") in read.columns() else read.FIRST
    found = read.rows(session, read.ordered(read.statement(who.scope, wanted), sort))
    lines = school_lines(found, web_of(request).translate(who.lang))
    return taken_away(request, who, session, services, kind, f"truongnet-ranking-{wanted.month}", SCHOOL_HEADS, lines)


@router.get("/upgrades")
def upgrades_page(
    request: Request, who: Read, session: Db, services: Sv, wanted: Wanted, number: Number = 1
) -> Response:
    bills = read.bills(session, who.scope, wanted)
    number = min(number, max(1, -(-bills.schools // PAGE_SIZE)))
    found = read.upgrades(who.scope, wanted)
    shown = read.one_page(session, found, wanted, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    listing = Listing(
        id="upgrades", url="/plan/upgrades", rows=shown, total=bills.schools, page=number,
        params=wanted.params,
    )  # fmt: skip
    context = shared(request, who, session, services, wanted)
    context |= {"communes": read.communes(session, who.scope), "bills": bills, "list": listing}
    return page(request, who, "plan_upgrades.html", **context)


@router.get("/upgrades/export/{kind}")
def upgrades_export(request: Request, who: Export, session: Db, services: Sv, kind: Kind, wanted: Wanted) -> Response:
    """The list of schools, its sum as the last line."""
    found = read.rows(session, read.upgrades(who.scope, wanted))
    translate = web_of(request).translate(who.lang)
    lines = [*school_lines(found, translate)]
    added = sum(row.month.more_vnd or 0 for row in found)
    at = SCHOOL_HEADS.index("Thêm mỗi tháng (đồng)")
    lines.append(
        [wanted.month, "", translate(N_("Tổng")), *[None] * (at - 3), added, *[None] * (len(SCHOOL_HEADS) - at - 1)]
    )
    return taken_away(request, who, session, services, kind, f"truongnet-upgrades-{wanted.month}", SCHOOL_HEADS, lines)


def group_line(month: str, group: read.Group) -> list[Any]:
    return [
        month, group.key, group.name, group.schools, group.contract_met, group.contract_not_met,
        scaled(group.share, 100), group.shares, scaled(group.rtt, 1e3), scaled(group.availability, 100),
    ]  # fmt: skip


def school_lines(found: Iterable[read.Row], translate: Translate) -> list[list[Any]]:
    return [
        [
            row.month.month, row.code, row.name, word(translate, "level", row.level), row.commune, row.month.provider,
            mega(row.month.promised_down_bps), mega(row.month.down_median), mega(row.month.down_low),
            mega(row.month.up_median), mega(row.month.up_low), scaled(row.month.rtt_median, 1e3),
            scaled(row.month.availability, 100), row.month.tests, translate(VERDICTS[row.month.contract][0]),
            translate(VERDICTS[row.month.target][0]), translate(CAUSES.get(row.month.cause, CAUSES["unknown"])),
            mega(row.month.need_bps), mega(row.month.upgrade_bps), row.month.price_vnd, row.month.upgrade_vnd,
            row.month.more_vnd, row.month.price_n or None,
            translate(BASES[row.month.price_basis]) if row.month.price_basis in BASES else "",
            translate(N_("có")) if row.is_sample else "",
            "" if row.month.upgrade_bps is None
            else translate(N_("theo hợp đồng, chưa đo") if row.month.cause == "unknown" else N_("theo số đo")),
        ]
        for row in found
    ]  # fmt: skip


def mega(bps: float | None) -> float | None:
    return scaled(bps, 1e-6)


def scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 3)


def taken_away(
    request: Request, who: Caller, session: Session, services: Services, kind: Kind, name: str, heads: Sequence[str],
    lines: Sequence[Sequence[Any]],
) -> Response:  # fmt: skip
    translate = web_of(request).translate(who.lang)
    audit.record(session, who.login, "export", f"file:{name}.{kind}", now=services.clock())
    session.commit()
    shown = [translate(text) for text in heads]
    if kind == "xlsx":
        return xlsx_answer(name, translate(N_("Kế hoạch")), shown, lines)
    return csv_answer(name, shown, lines)
