"""How long the plan's pages and the map take with the schools of the whole country: 41,000, with a year of verdicts.

The verdicts are made up row by row (no windows, no tests: the pages read none), over communes of about twelve schools;
then the pages are asked for over real HTTP, one after another, as an administrator who sees everything. The time to
roll one school's month up is measured too, on a sample province, because that is what keeps the small rows fresh.

What is told of each page: bench/asking.py.

``python -m bench.plan_pages [--quick] [--schools 41000] [--months 12] [--rounds 20] [--database sqlite|postgresql]``
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel

from bench.asking import DATABASES, Asked, ask, asked, report, sign_in, tell
from controller import samples
from controller.config import load
from controller.main import create_app
from controller.people import accounts
from controller.plan import rollup
from controller.plan.counts import count_all
from controller.plan.months import before, month_of
from controller.samples.put import put
from controller.store import table_of
from controller.tables import Commune, Latest, Link, School, SchoolMonth

PER_COMMUNE = 12
FACTS = {"clauses": "x" * 2_400}  # the newest month's facts are as long as a real verdict's
STATUSES = ("up", "up", "up", "up", "up", "degraded", "down", "silent", "no-box", "no-box")
PAGES = (
    "/plan", "/plan/ranking", "/plan/ranking?sort=-down", "/plan/ranking?by=provider", "/plan/ranking?by=commune",
    "/plan/upgrades", "/plan/upgrades?commune={commune}", "/map.json", "/",
)  # fmt: skip
LEVELS = ("preschool", "primary", "lower-secondary", "upper-secondary")
PROVIDERS = ("VNPT", "Viettel", "FPT", "CMC")


def fill(engine: Engine, schools: int, months: int, now: float, zone: Any) -> None:
    """Schools with a contract, the newest of each, and a verdict for each month."""
    draw = Random(41)
    communes = [f"9{number:05d}" for number in range(-(-schools // PER_COMMUNE))]
    newest = month_of(now, zone)
    with engine.begin() as connection:
        commune, school = (
            blank(Commune(code="", name="", kind="xã", province_code="82")),
            blank(School(code="", name="")),
        )
        put(connection, Commune, ({**commune, "code": code, "name": f"Xã {code}"} for code in communes))
        put(connection, School, ({**school, "code": f"B{number:06d}", "name": f"Trường {number}",
                                  "search": f"truong {number}", "level": LEVELS[number % 4],
                                  "commune_code": communes[number // PER_COMMUNE],
                                  "pupils": draw.randrange(60, 1500)} for number in range(schools)))  # fmt: skip
        ids = list(connection.scalars(select(table_of(School).c.id).order_by(table_of(School).c.id)))
        put(connection, Latest, latest(draw, ids, now))
        link = blank(Link(school_id=0, down_bps=100e6, up_bps=100e6, price_vnd=300_000))
        put(connection, Link, ({**link, "school_id": key, "provider": PROVIDERS[key % 4]} for key in ids))
    for back in range(months):
        with engine.begin() as connection:
            put(connection, SchoolMonth, verdicts(draw, ids, before(newest, back), now, {} if back else FACTS))
        tell(f"verdicts of {back + 1} of {months} months")
    with engine.begin() as connection:
        count_all(connection, now)
    tell("counted up")


def blank(row: SQLModel) -> dict[str, Any]:
    """The columns of a row, to be laid over: making 41,000 models a table takes minutes."""
    return {name: value for name, value in row.model_dump().items() if name != "id"}


def latest(draw: Random, ids: list[int], now: float) -> Iterator[dict[str, Any]]:
    """How the schools are: half of them up, and the rest in all the other ways."""
    fresh = blank(Latest(school_id=0))
    for key in ids:
        status = draw.choice(STATUSES)
        found = {**fresh, "school_id": key, "status": status, "status_since": now - draw.uniform(0, 30 * 86_400)}
        if status != "no-box":
            found |= {"down_bps": draw.uniform(10e6, 200e6), "up_bps": draw.uniform(5e6, 100e6),
                      "speed_at": now - draw.uniform(0, 86_000), "speed_scope": "network",
                      "rtt": draw.uniform(0.004, 0.08)}  # fmt: skip
        yield found


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


def roll_up_time(directory: Path) -> dict[str, float]:
    """Seconds for one school and month, of 60 sample schools with 30 days."""
    app = create_app(load(None, {}, data_dir=directory / "sample"))
    services = app.state.services
    samples.load(services.engine, days=30, schools=60)
    with services.engine.connect() as connection:
        ids = list(connection.scalars(select(table_of(School).c.id)))
    month, begun, cpu = month_of(time.time(), services.settings.zone), time.perf_counter(), time.process_time()
    rollup.roll_up_schools(services.engine, services.settings.zone, time.time(), ids, [month])
    took = {"ms": (time.perf_counter() - begun) / len(ids), "cpu_ms": (time.process_time() - cpu) / len(ids)}
    services.engine.dispose()
    return {name: round(seconds * 1000, 1) for name, seconds in took.items()}


def bench(database: str, url: str, wanted: Asked) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(load(None, {}, data_dir=Path(directory) / "data", database=url))
        services = app.state.services
        begun = time.perf_counter()
        fill(services.engine, wanted.schools, wanted.spread, time.time(), services.settings.zone)
        accounts.ensure_admin(services.engine, time.time())
        took = time.perf_counter() - begun
        print(f"{database}: {wanted.schools} schools, {wanted.spread} months in {took:.0f} s", flush=True)
        with Session(services.engine) as session:
            cookie = sign_in(session)
        return ask(
            app, cookie, lambda number: {path: path.format(commune=f"9{number:05d}") for path in PAGES}, wanted.rounds
        )


def main() -> None:
    wanted = asked(__doc__, Asked(600, 3, 3, ("sqlite",)), Asked(41_000, 20, 12, DATABASES), "months")
    figures: dict[str, Any] = {"months": wanted.spread}
    with tempfile.TemporaryDirectory() as directory:
        figures["roll_up_of_one_school"] = roll_up_time(Path(directory))
    report("plan_pages", wanted, figures, lambda name, url: bench(name, url, wanted))


if __name__ == "__main__":
    main()
