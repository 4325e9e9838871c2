"""How long the plan's pages and the map take with the schools of the whole country: 41,000, with a year of verdicts.

The verdicts are made up row by row (no windows, no tests: the pages read none), over communes of about twelve schools;
then the pages are asked for over real HTTP, one after another, as an administrator who sees everything. The time to
roll one school's month up is measured too, on a sample province, because that is what keeps the small rows fresh.

``python -m bench.plan_pages [--quick] [--schools 41000] [--months 12] [--rounds 20] [--database sqlite|postgresql]``
"""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from bench.pages import Page, running, sign_in
from bench.postgres import postgres
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
TARGETS = {"p95_ms": 200}  # server time, as for a single province (bench/pages.py)
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
        put(connection, Commune, ({"code": code, "name": f"Xã {code}", "kind": "xã", "province_code": "82", "lat": None,
                                   "lon": None} for code in communes))  # fmt: skip
        put(connection, School, ({**School(code=f"B{number:06d}", name=f"Trường {number}", search=f"truong {number}",
                                           level=LEVELS[number % 4], commune_code=communes[number // PER_COMMUNE],
                                           pupils=draw.randrange(60, 1500)).model_dump(exclude={"id"})}
                                 for number in range(schools)))  # fmt: skip
        ids = list(connection.scalars(select(table_of(School).c.id).order_by(table_of(School).c.id)))
        put(connection, Latest, (Latest(school_id=key, status="up").model_dump() for key in ids))
        put(connection, Link, (Link(school_id=key, provider=PROVIDERS[key % 4], down_bps=100e6, up_bps=100e6,
                                    price_vnd=300_000).model_dump(exclude={"id"}) for key in ids))  # fmt: skip
    for back in range(months):
        with engine.begin() as connection:
            put(connection, SchoolMonth, verdicts(draw, ids, before(newest, back), now))
    with engine.begin() as connection:
        count_all(connection, now)


def verdicts(draw: Random, ids: list[int], month: str, now: float) -> Iterator[dict[str, Any]]:
    for key in ids:
        promised, share = draw.choice((30e6, 100e6, 200e6)), draw.uniform(0.4, 1.05)
        need = draw.choice((20e6, 40e6, 80e6))
        is_small = promised < need
        yield SchoolMonth(
            month=month, school_id=key, at=now, contract="met" if share >= 0.8 else "not-met",
            target="met" if promised * share >= need else "not-met",
            cause="line" if share < 0.8 else "contract" if is_small else "fine", provider=PROVIDERS[key % 4],
            promised_down_bps=promised, promised_up_bps=promised, price_vnd=300_000, down_median=promised * share,
            down_low=promised * share * 0.8, up_median=promised * share, up_low=promised * share * 0.8,
            rtt_median=draw.uniform(0.005, 0.06), rtt_high=0.08, availability=draw.uniform(0.97, 1.0), tests=110,
            need_bps=need, upgrade_bps=100e6 if is_small else None, upgrade_vnd=350_000 if is_small else None,
            more_vnd=50_000 if is_small else None, price_n=900 if is_small else 0,
            price_basis="provider" if is_small else "",
        ).model_dump()  # fmt: skip


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


def bench(database: str, url: str, schools: int, months: int, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(load(None, {}, data_dir=Path(directory) / "data", database=url))
        services = app.state.services
        begun = time.perf_counter()
        fill(services.engine, schools, months, time.time(), services.settings.zone)
        accounts.ensure_admin(services.engine, time.time())
        print(f"{database}: {schools} schools, {months} months in {time.perf_counter() - begun:.0f} s", flush=True)
        with Session(services.engine) as session:
            cookie = sign_in(session)
        with running(app) as port:
            pages = ask(port, cookie, rounds)
    found = {page.path: page.figures() for page in pages}
    for path, one in found.items():
        print(f"  {path:<32} p50 {one['p50_ms']:>7} ms  p95 {one['p95_ms']:>7} ms  {one['bytes'] / 1000:>7.1f} kB")
    return found


def ask(port: int, cookie: str, rounds: int) -> list[Page]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    pages, headers = [Page(path) for path in PAGES], {"Cookie": f"truongnet={cookie}", "Accept-Encoding": "gzip"}
    for number in range(rounds + 1):
        for page in pages:
            begun, cpu = time.perf_counter(), time.process_time()
            connection.request("GET", page.path.format(commune=f"9{number:05d}"), headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            took = (time.perf_counter() - begun) * 1000
            if number == 0:
                page.first = took
            else:
                page.times.append(took)
                page.cpu.append((time.process_time() - cpu) * 1000)
            page.bytes = max(page.bytes, len(body))
            page.bad += answer.status != 200
    connection.close()
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="600 schools, 3 months, SQLite: to see that it runs")
    parser.add_argument("--schools", type=int, default=41_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    arguments = parser.parse_args()
    schools, months, rounds = arguments.schools, arguments.months, arguments.rounds
    names = [arguments.database] if arguments.database else ["sqlite", "postgresql"]
    if arguments.quick:
        schools, months, rounds, names = 600, 3, 3, ["sqlite"]
    figures: dict[str, Any] = {"schools": schools, "months": months, "rounds": rounds}
    with tempfile.TemporaryDirectory() as directory:
        figures["roll_up_of_one_school"] = roll_up_time(Path(directory))
    for name in names:
        with postgres() if name == "postgresql" else nullcontext("") as url:
            figures[name] = bench(name, url, schools, months, rounds)
    pages = [page for name in names for page in figures[name].values()]
    met = all(page["p95_ms"] <= TARGETS["p95_ms"] and not page["not_200"] for page in pages)
    print(json.dumps({"bench": "plan_pages", "figures": figures, "targets": TARGETS, "met": met}))


if __name__ == "__main__":
    main()
