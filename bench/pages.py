"""How long the server takes for each page, with a whole province (1,084 schools) and 90 days of data.

A real controller on real HTTP, its background work running, one request after another as an administrator who sees
everything; pages of a school go through different schools. What is told of each: bench/asking.py.

``python -m bench.pages [--quick] [--schools 1084] [--days 90] [--rounds 40] [--database sqlite|postgresql]``
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bench.asking import DATABASES, Asked, ask, asked, report, sign_in
from controller import samples
from controller.config import load
from controller.main import create_app
from controller.people import accounts
from controller.tables import Agent, Latest, School

PAGES = (
    "/", "/map.json", "/schools", "/schools?q=sen hong&sort=-down", "/schools?status=degraded&sort=since",
    "/schools?page=15", "/schools/{school}", "/schools/{school}?range=30d", "/schools/{school}/figures",
    "/schools/{school}/edit", "/schools/{school}/weeks", "/plan", "/plan/ranking", "/plan/ranking?by=provider",
    "/plan/ranking?by=commune", "/plan/upgrades", "/plan/upgrades?commune={commune}", "/settings/plan",
    "/boxes", "/boxes/{box}", "/import", "/users", "/audit", "/settings", "/account",
)  # fmt: skip


def bench(database: str, url: str, wanted: Asked) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(load(None, {}, data_dir=Path(directory) / "data", database=url))
        engine = app.state.services.engine
        begun = time.perf_counter()
        samples.load(engine, days=wanted.spread, schools=wanted.schools)
        accounts.ensure_admin(engine, time.time())
        took = time.perf_counter() - begun
        print(f"{database}: {wanted.schools} schools, {wanted.spread} days loaded in {took:.0f} s", flush=True)
        with Session(engine) as session:
            cookie = sign_in(session)
            heard = (
                select(School.code).join(Latest, col(Latest.school_id) == School.id).where(Latest.status != "no-box")
            )
            codes = list(session.exec(heard.order_by(School.code)))
            communes = list(session.exec(select(School.commune_code).distinct().order_by(School.commune_code)))
            boxes = list(session.exec(select(Agent.id).where(Agent.state == "accepted").order_by(Agent.id)))

        def urls(number: int) -> dict[str, str]:
            here = {
                "school": codes[number * 37 % len(codes)],
                "box": boxes[number * 37 % len(boxes)],
                "commune": communes[number % len(communes)],
            }
            return {path: path.format(**here) for path in PAGES}

        return ask(app, cookie, urls, wanted.rounds)


def main() -> None:
    wanted = asked(__doc__, Asked(60, 5, 5, ("sqlite",)), Asked(samples.SCHOOLS, 40, 90, DATABASES), "days")
    report("pages", wanted, {"days": wanted.spread}, lambda name, url: bench(name, url, wanted))


if __name__ == "__main__":
    main()
