"""A made-up country: 41,000 schools with contracts, boxes as they last were, and a verdict a month, by the row.

No windows of past hours and no tests: pages over all schools read none.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from bench.asking import tell
from controller.plan.counts import count_all
from controller.plan.months import before, month_of
from controller.samples.put import put
from controller.store import table_of
from controller.tables import Agent, Commune, Latest, Link, School, SchoolMonth
from monitoring.status import HEARD

PER_COMMUNE = 12
FACTS = {"clauses": "x" * 2_400}  # the newest month's facts are as long as a real verdict's
LEVELS = ("preschool", "primary", "lower-secondary", "upper-secondary")
PROVIDERS = ("VNPT", "Viettel", "FPT", "CMC")
TARGETS = ("gateway", "domestic:vnix", "controller")
WINDOW = {"name": "rtt_seconds", "seconds": 900.0, "count": 30, "lost": 0, "min": 0.01, "median": 0.02, "p95": 0.03,
          "max": 0.04}  # fmt: skip
Standing = tuple[str, str, str]  # status, its reason, the target that is lost
STANDINGS: tuple[Standing, ...] = (
    *[("up", "", "")] * 5, ("degraded", "dns", "dns"), ("down", "gateway", "gateway"), ("silent", "no-beat", ""),
    *[("no-box", "", "")] * 2,
)  # fmt: skip


def fill(engine: Engine, schools: int, months: int, now: float, zone: ZoneInfo) -> list[str]:
    """Everything, into an empty database; ids of the boxes that go on beating."""
    draw = Random(41)
    communes = [f"9{number:05d}" for number in range(-(-schools // PER_COMMUNE))]
    with engine.begin() as connection:
        commune = blank(Commune(code="", name="", kind="xã", province_code="82"))
        put(connection, Commune, (commune | {"code": code, "name": f"Xã {code}"} for code in communes))
        school = blank(School(code="", name="", commune_code=""))
        put(connection, School, (
            school | {"code": f"B{number:06d}", "name": f"Trường {number}", "search": f"truong {number}",
                      "level": LEVELS[number % 4], "commune_code": communes[number // PER_COMMUNE],
                      "pupils": draw.randrange(60, 1500)} for number in range(schools)
        ))  # fmt: skip
        ids = list(connection.scalars(select(table_of(School).c.id).order_by(table_of(School).c.id)))
        link = blank(Link(school_id=0, down_bps=100e6, up_bps=100e6, price_vnd=300_000))
        put(connection, Link, (link | {"school_id": key, "provider": PROVIDERS[key % 4]} for key in ids))
        standings = [draw.choice(STANDINGS) for _ in ids]
        put(connection, Latest, latest(draw, ids, standings, now))
        put(connection, Agent, agents(ids, standings, now))
    tell(f"{schools} schools")
    for back in range(months):
        with engine.begin() as connection:
            rows = verdicts(draw, ids, before(month_of(now, zone), back), now, {} if back else FACTS)
            put(connection, SchoolMonth, rows)
        tell(f"verdicts of {back + 1} of {months} months")
    with engine.begin() as connection:
        count_all(connection, now)
    return [box_of(key) for key, (status, *_) in zip(ids, standings, strict=True) if status in HEARD]


def blank(row: SQLModel) -> dict[str, Any]:
    """The columns of a row, to be laid over: to make 41,000 models of a table takes half a minute."""
    return {name: value for name, value in row.model_dump().items() if name != "id"}


def box_of(school: int) -> str:
    return f"box-{school:06d}"


def latest(draw: Random, ids: list[int], standings: list[Standing], now: float) -> Iterator[dict[str, Any]]:
    """How each school is, in such a way that the task that judges schools finds the same."""
    fresh = blank(Latest(school_id=0))
    windows = [WINDOW | {"labels": {"target": target}, "at": now - 900.0} for target in TARGETS]
    for key, (status, reason, lost) in zip(ids, standings, strict=True):
        since = now - draw.uniform(600, 30 * 86_400)
        found = fresh | {"school_id": key, "status": status, "status_reason": reason, "status_since": since}
        if status != "no-box":
            states = {f"target:{name}": {"after": "down" if name == lost else "up", "at": since, "detail": ""}
                      for name in (*TARGETS, "dns")}  # fmt: skip
            found |= {"down_bps": draw.uniform(10e6, 200e6), "up_bps": draw.uniform(5e6, 100e6), "states": states,
                      "speed_at": now - draw.uniform(0, 86_000), "speed_scope": "network", "at": now - 900.0,
                      "rtt": draw.uniform(0.004, 0.08), "loss_ratio": 0.0, "windows": windows}  # fmt: skip
        yield found


def agents(ids: list[int], standings: list[Standing], now: float) -> Iterator[dict[str, Any]]:
    fresh = Agent(id="", school_id=0, state="accepted", public_key="", created_at=now - 40 * 86_400).model_dump()
    for key, (status, *_) in zip(ids, standings, strict=True):
        if status != "no-box":
            box, beat = box_of(key), now if status in HEARD else now - 1_800.0
            yield fresh | {"id": box, "school_id": key, "public_key": box, "last_beat_at": beat}


def verdicts(draw: Random, ids: list[int], month: str, now: float, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    fresh = blank(SchoolMonth(month=month, school_id=0, at=now, tests=110, facts=facts))
    for key in ids:
        promised, share = draw.choice((30e6, 100e6, 200e6)), draw.uniform(0.4, 1.05)
        need = draw.choice((20e6, 40e6, 80e6))
        is_small = promised < need
        yield fresh | {
            "school_id": key, "contract": "met" if share >= 0.8 else "not-met",
            "target": "met" if promised * share >= need else "not-met",
            "cause": "line" if share < 0.8 else "contract" if is_small else "fine", "provider": PROVIDERS[key % 4],
            "promised_down_bps": promised, "promised_up_bps": promised, "price_vnd": 300_000,
            "down_median": promised * share, "down_low": promised * share * 0.8, "up_median": promised * share,
            "up_low": promised * share * 0.8, "rtt_median": draw.uniform(0.005, 0.06), "rtt_high": 0.08,
            "availability": draw.uniform(0.97, 1.0), "need_bps": need, "upgrade_bps": 100e6 if is_small else None,
            "upgrade_vnd": 350_000 if is_small else None, "more_vnd": 50_000 if is_small else None,
            "price_n": 900 if is_small else 0, "price_basis": "provider" if is_small else "",
        }  # fmt: skip
