"""How long the plan's pages and the map take with the schools of the whole country: 41,000, with a year of verdicts.

The country is made up (bench/country.py), over communes of about twelve schools; its boxes are real to the background
work, which judges them all every five seconds meanwhile. Then the pages are asked for over real HTTP, one after
another, as an administrator who sees everything. The time to roll one school's month up is measured too, on a sample
province, because that is what keeps the small rows fresh.

What is told of each page: bench/asking.py.

``python -m bench.plan_pages [--quick] [--schools 41000] [--months 12] [--rounds 20] [--database sqlite|postgresql]``
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from bench.asking import DATABASES, Asked, ask, asked, report, sign_in
from bench.country import fill
from controller import samples
from controller.config import load
from controller.main import create_app
from controller.people import accounts
from controller.plan import rollup
from controller.plan.months import month_of
from controller.store import table_of
from controller.tables import School

PAGES = (
    "/plan", "/plan/ranking", "/plan/ranking?sort=-down", "/plan/ranking?by=provider", "/plan/ranking?by=commune",
    "/plan/upgrades", "/plan/upgrades?commune={commune}", "/map.json", "/",
)  # fmt: skip


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
        boxes = fill(services.engine, wanted.schools, wanted.spread, time.time(), services.settings.zone)
        accounts.ensure_admin(services.engine, time.time())
        took = time.perf_counter() - begun
        print(f"{database}: {wanted.schools} schools, {wanted.spread} months in {took:.0f} s", flush=True)
        with Session(services.engine) as session:
            cookie = sign_in(session)

        def urls(number: int) -> dict[str, str]:
            for box in boxes:  # else all fall silent during the run
                services.beats.seen(box, time.time())
            return {path: path.format(commune=f"9{number:05d}") for path in PAGES}

        return ask(app, cookie, urls, wanted.rounds)


def main() -> None:
    wanted = asked(__doc__, Asked(600, 3, 3, ("sqlite",)), Asked(41_000, 20, 12, DATABASES), "months")
    figures: dict[str, Any] = {"months": wanted.spread}
    with tempfile.TemporaryDirectory() as directory:
        figures["roll_up_of_one_school"] = roll_up_time(Path(directory))
    report("plan_pages", wanted, figures, lambda name, url: bench(name, url, wanted))


if __name__ == "__main__":
    main()
