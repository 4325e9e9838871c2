"""One school: how it is and why, its line over time, what stands in it, what happened."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from sqlmodel import Session

from controller.api.common import MAX_OFFSET, SearchText
from controller.api.csv_answer import csv_answer
from controller.api.shapes import CodeInPath, NumberInPath
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.scope import key_of
from controller.services import Services
from controller.tables import Latest, Measurement, School
from controller.web.i18n import N_
from controller.web.pages.incidents import words_of as incident_words
from controller.web.read import contract_words
from controller.web.read import incidents as read_incidents
from controller.web.read import school as read
from controller.web.read.boxes import Reader
from controller.web.read.school_devices import PAGE, Devices, read_devices
from controller.web.read.school_events import PAGE as EVENTS
from controller.web.read.school_events import newest_events
from controller.web.read.school_line import Line, Range, chart_data, choose, read_line, windows_between
from controller.web.read.school_tests import ENDS, FAILURES, MEDIUMS, OTHER, VALIDITY, details, newest_tests
from controller.web.read.school_words import ROOM_KINDS, TARGETS, say, status_word, why
from controller.web.render import lang_of, page, web_of
from controller.web.tables import Listing
from inventory.registry.terms import shown_downtime
from monitoring.windows import in_order

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, require("school.read")]
Wanted = Annotated[Range | None, Query()]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET)]
TESTS_SHOWN = 6
CSV_COLUMNS = (
    "time",
    "seconds",
    "target",
    "address",
    "tries",
    "lost",
    "min_ms",
    "median_ms",
    "p95_ms",
    "max_ms",
    "jitter_ms",
)

CHART_WORDS = {
    "down": N_("Tải xuống"),
    "up": N_("Tải lên"),
    "contract": N_("Hợp đồng"),
    "invalid": N_("không hợp lệ:"),
    "here": N_("chỉ trong máy này"),
    "loss": N_("mất"),
    "none": N_("không có dữ liệu"),
}


def words_of(request: Request, who: Caller) -> dict[str, Any]:
    """Functions that put this page's codes into words."""
    translate = web_of(request).translate(lang_of(request, who))
    return {
        "say": lambda said: say(translate, said),
        "status_word": lambda status: status_word(translate, status),
        "why": why,
        "validity": lambda code: translate(VALIDITY[code]) if code in VALIDITY else translate(OTHER, code=code),
        "failure": lambda code: translate(FAILURES[code]) if code in FAILURES else translate(OTHER, code=code),
        "medium_of": lambda code: translate(MEDIUMS.get(code, MEDIUMS["unknown"])),
        "ended": lambda code: translate(ENDS[code]) if code in ENDS else code,
        "room_kind": lambda code: translate(ROOM_KINDS[code]) if code in ROOM_KINDS else code,
        "shown_downtime": shown_downtime,
        "target_class": lambda name: translate(TARGETS.get(name, name)),
    }


def allowed(who: Caller, school: School, permission: str) -> bool:
    return who.can(permission) and who.scope_of(permission).holds(school)


def line_of(session: Session, services: Services, school: School, wanted: Range | None) -> Line:
    # whole minutes: the same page a moment later is the same, and its charts need not be drawn anew
    latest, now = session.get(Latest, school.id), math.ceil(services.clock() / 60) * 60.0
    return read_line(session, school, latest, wanted or choose(session, school, now), now, services.settings.zone)


def drawing(request: Request, who: Caller, services: Services, line: Line, contract: Any) -> dict[str, Any]:
    """What charts.js is given."""
    translate = web_of(request).translate(lang_of(request, who))
    words: dict[str, Any] = {name: translate(text) for name, text in CHART_WORDS.items()}
    words |= {"validity": {code: translate(text) for code, text in VALIDITY.items()}}
    words |= {"targets": {name: translate(text) for name, text in TARGETS.items()}}
    zone, lang = services.settings.time_zone, lang_of(request, who)
    return chart_data(line, contract) | {"words": words, "lang": lang, "zone": zone}


@router.get("/schools/{code}")
def school_page(
    request: Request,
    code: CodeInPath,
    who: Read,
    session: Db,
    services: Sv,
    range: Wanted = None,
    month: Annotated[str, Query(max_length=7)] = "",
    q: SearchText = "",
    sort: Annotated[str, Query(max_length=40)] = "-last_seen",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
    events: Offset = 0,
) -> HTMLResponse:
    school, now = who.scope.require_school(session, code), services.clock()
    head = read.read_head(session, school, services.beats.last())
    context: dict[str, Any] = {
        "school": school,
        "head": head,
        "wanted": range,
        "may_export": allowed(who, school, "export.run"),
    }
    context["may_write"] = allowed(who, school, "school.write")
    context["may_join"] = allowed(who, school, "join.create") and not school.is_sample
    if allowed(who, school, "measure.read"):
        line = line_of(session, services, school, range)
        tests = newest_tests(session, key_of(school), TESTS_SHOWN)
        context |= {"line": line, "tests": tests, "drawing": drawing(request, who, services, line, head.contract)}
        context["latest_test"] = _latest_test(session, tests)
        context |= contract_words.of_page(request, who, session, school, month)
    if allowed(who, school, "device.read"):
        devices = read_devices(session, school, now, q=q, sort=sort, page=number)
        context |= {"hardware": read.read_hardware(session, school), "devices": devices}
        context["device_list"] = _listing(school, devices, range)
    if allowed(who, school, "event.read"):
        context["events"], context["more_events"] = newest_events(session, key_of(school), events)
        context |= {"events_offset": events, "events_size": EVENTS}
    if allowed(who, school, "agent.read"):
        reader = Reader(session, who, services.beats.last(), now)
        context["boxes"] = [reader.box(box.agent, school) for box in head.boxes]
    if allowed(who, school, "incident.read"):
        context["incidents"] = read_incidents.of_school(session, who.scope_of("incident.read"), key_of(school))
        context |= incident_words(request, who)
    context["rooms"] = read.read_rooms(session, school)
    context["contacts"] = read.read_contacts(session, school, who)
    return page(request, who, "school.html", **context, **words_of(request, who))


def _listing(school: School, devices: Devices, wanted: Range | None) -> Listing:
    return Listing(
        id="device-table",
        url=f"/schools/{quote(school.code)}",
        rows=devices.rows,
        total=devices.total,
        page=devices.page,
        size=PAGE,
        sort=devices.sort,
        params={"q": devices.q, "range": wanted or ""},
    )


def _latest_test(session: Session, tests: Sequence[Any]) -> Any:
    good = next((test for test in tests if test.outcome == "ok"), None)
    row = session.get(Measurement, good.id) if good is not None else None
    return details(row) if row is not None else None


@router.get("/schools/{code}/figures")
def figures_page(
    request: Request,
    code: CodeInPath,
    who: Annotated[Caller, require("measure.read")],
    session: Db,
    services: Sv,
    range: Wanted = None,
) -> HTMLResponse:
    """What the charts draw, as tables."""
    school = who.scope.require_school(session, code)
    line = line_of(session, services, school, range)
    may_export = allowed(who, school, "export.run")
    return page(
        request, who, "school_figures.html", school=school, line=line, may_export=may_export, **words_of(request, who)
    )


@router.get("/schools/{code}/figures.csv", response_class=StreamingResponse)
def figures_csv(
    code: CodeInPath,
    who: Annotated[Caller, require("export.run")],
    session: Db,
    services: Sv,
    range: Wanted = None,
) -> StreamingResponse:
    """Every window of the range as the box made it: times in UTC, round trips in ms."""
    school = who.scope.require_school(session, code)
    line = line_of(session, services, school, range)
    windows = windows_between(session, key_of(school), line.start, line.end)
    return csv_answer(f"{school.code}-{line.range}", CSV_COLUMNS, _csv_rows(in_order(windows)))


def _csv_rows(windows: Sequence[dict[str, Any]]) -> Iterator[Sequence[Any]]:
    for window in windows:
        figures = (window.get(name) for name in ("min", "median", "p95", "max", "jitter"))
        labels = window["labels"]
        yield (
            dt.datetime.fromtimestamp(window["at"], dt.UTC).isoformat(timespec="seconds"),
            window["seconds"],
            labels.get("target", ""),
            labels.get("address", ""),
            window["count"],
            window["lost"],
            *(None if value is None else round(value * 1000, 3) for value in figures),
        )


@router.get("/schools/{code}/tests/{number}")
def test_page(
    request: Request,
    code: CodeInPath,
    number: NumberInPath,
    who: Annotated[Caller, require("measure.read")],
    session: Db,
    services: Sv,
) -> HTMLResponse:
    """Everything about one speed test."""
    school = who.scope.require_school(session, code)
    row = session.get(Measurement, number)
    if row is None or row.school_id != school.id or row.probe != "speed":
        raise Problem("not-found")
    found, head = details(row), read.read_head(session, school, {})
    ways = [
        {
            "name": name,
            "at": [round(at, 2) for at, _ in way.rates],
            "rate": [round(bps / 1e6, 2) for _, bps in way.rates],
        }
        for name, way in (("down", found.down), ("up", found.up))
    ]
    translate, lang = web_of(request).translate(lang_of(request, who)), lang_of(request, who)
    chart: dict[str, Any] = {"ways": ways, "lang": lang, "zone": services.settings.time_zone}
    chart["words"] = {name: translate(text) for name, text in CHART_WORDS.items()}
    context: dict[str, Any] = {"school": school, "test": found, "head": head, "drawing": chart}
    return page(request, who, "school_test.html", **context, **words_of(request, who))
