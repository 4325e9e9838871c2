"""The contract's part of a school's page: what it shows, and its codes in words."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session
from starlette.requests import Request

from controller.deps import Caller
from controller.tables import School
from controller.web.i18n import N_
from controller.web.read.contract import CAUSES, CLAUSES, VERDICTS, bars, read_contract, rule_name
from controller.web.render import lang_of, web_of

BASES = {"provider": N_("cùng nhà mạng"), "province": N_("mọi nhà mạng")}


def of_page(request: Request, who: Caller, session: Session, school: School, month: str) -> dict[str, Any]:
    """What the template contract_school.html needs."""
    lang = lang_of(request, who)
    translate, promise = web_of(request).translate(lang), read_contract(session, school, month)
    return {
        "promise": promise,
        "bars": bars(promise),
        "clauses": CLAUSES,
        "rule_name": lambda name: rule_name(name, lang),
        "verdict": lambda name: (translate(VERDICTS[name][0]), *VERDICTS[name][1:]),
        "cause": lambda name: translate(CAUSES.get(name, CAUSES["unknown"])),
        "basis": lambda name: translate(BASES[name]) if name in BASES else "",
    }
