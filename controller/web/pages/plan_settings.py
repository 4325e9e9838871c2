"""Settings of the plan: by which rule contracts are judged, and what a school needs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from controller.api import plan_settings as api
from controller.deps import Caller, Db, Sv, require
from controller.web.fields import Form, Submitted, degrees, number, texts
from controller.web.i18n import N_
from controller.web.render import page, redirect
from monitoring.rules import RULES

router = APIRouter(include_in_schema=False, prefix="/settings/plan")
NO_NUMBER = ("phải là số", "must be a number")
# field of the form → (group, name, factor from what is typed to what is stored)
NUMBERS = {
    "speed_share": ("own_contract", "speed_share", 0.01),
    "rtt": ("own_contract", "rtt", 0.001),
    "availability": ("own_contract", "availability", 0.01),
    "per_school": ("own_target", "per_school_bps", 1e6),
    "per_pupil": ("own_target", "per_pupil_bps", 1e3),
    "above_pupils": ("own_target", "above_pupils", 1.0),
    "min_tests": ("enough", "min_tests", 1.0),
    "min_days": ("enough", "min_days", 1.0),
    "min_hours": ("enough", "min_hours", 1.0),
}
WHOLE = ("above_pupils", "min_tests", "min_days")


@router.get("")
def plan_rules_page(request: Request, who: Annotated[Caller, require("settings.read")], session: Db) -> Response:
    answer = Response()
    found = api.get_plan_rules(who, session, answer)
    return show(request, who, Form(who.lang, {**values(found), "version": answer.headers["etag"]}))


def show(request: Request, who: Caller, form: Form) -> Response:
    rules = {kind: [rule for rule in RULES.values() if rule.kind == kind] for kind in ("contract", "target")}
    return page(
        request, who, "plan_settings.html", status=form.status, form=form, tab="plan", rules=rules,
        may_write=who.can("settings.write"),
    )  # fmt: skip


def values(found: api.PlanRulesOut) -> dict[str, str]:
    """As the fields of the form."""
    groups: dict[str, dict[str, Any]] = {
        "own_contract": found.own_contract, "own_target": found.own_target, "enough": found.enough
    }  # fmt: skip
    shown = {name: f"{groups[group][key] / factor:.8g}" for name, (group, key, factor) in NUMBERS.items()}
    return shown | {
        "contract": found.contract,
        "target": found.target,
        "statistic": str(found.own_contract["statistic"]),
        "hours": str(found.own_contract["hours"]),
        "of_shift": "on" if found.own_target["of_shift"] else "",
    }


@router.post("")
def change_plan_rules(
    request: Request, who: Annotated[Caller, require("settings.write")], session: Db, services: Sv, data: Submitted
) -> Response:
    form = Form(who.lang, texts(data))
    given = read_form(form)
    body = form.bind(api.PlanRules, given)
    if body is not None:
        with form.guard(session):
            api.put_plan_rules(body, who, session, services, Response(), if_match=form.text("version"))
    if not form.is_good:
        for name, (group, key, _) in NUMBERS.items():
            if f"{group}.{key}" in form.errors:
                form.errors.setdefault(name, form.errors.pop(f"{group}.{key}"))
        return show(request, who, form)
    text = N_("Đã lưu. Tháng này được đánh giá lại trong ít phút; các tháng trước giữ nguyên.")
    return redirect(request, who, "/settings/plan", text)


def read_form(form: Form) -> dict[str, Any]:
    """A field that is left empty is left as it comes."""
    given: dict[str, Any] = {"own_contract": {}, "own_target": {}, "enough": {}}
    for name in ("contract", "target"):
        if form.text(name):
            given[name] = form.text(name)
    for name in ("statistic", "hours"):
        if form.text(name):
            given["own_contract"][name] = form.text(name)
    given["own_target"]["of_shift"] = form.text("of_shift") == "on"
    for name, (group, key, factor) in NUMBERS.items():
        text = number(form.text(name)) if name in WHOLE else degrees(form.text(name))
        if not text:
            continue
        try:
            value = float(text) * factor
        except ValueError:
            form.wrong(name, NO_NUMBER)
            continue
        given[group][key] = int(value) if name in WHOLE and value.is_integer() else round(value, 9)
    return given
