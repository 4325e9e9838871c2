"""A controller on real HTTP, pages asked of it one after another as an administrator, and what they took.

A time is from the request's first byte to the last byte of the answer, so it includes the connection on loopback. The
first round, in which templates are compiled, counts apart. The processor time (the client's included) is told too: it
hardly depends on who else is at work on the machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from bench.postgres import postgres
from controller import samples
from controller.people import accounts, sessions

TARGET_MS = 200  # 95 of 100 answers of a province's server come within it
LARGE_TARGET_MS = 500  # and of one with more schools than a province
DATABASES = ("sqlite", "postgresql")
Figures = dict[str, Any]
Urls = Callable[[int], Mapping[str, str]]  # round -> the address to ask for, by the page it stands for


@dataclass
class Page:
    """What one page took, in milliseconds."""

    path: str
    first: float = 0.0
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    bytes: int = 0
    bad: int = 0

    def figures(self) -> Figures:
        return {
            "p50_ms": round(median(self.times), 1),
            "p95_ms": p95(self.times),
            "max_ms": round(max(self.times), 1),
            "cpu_p95_ms": p95(self.cpu),
            "first_ms": round(self.first, 1),
            "bytes": self.bytes,
            "not_200": self.bad,
        }


def tell(what: str) -> None:
    """Progress, apart from the figures: on standard error, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def p95(times: Sequence[float]) -> float:
    return round(sorted(times)[math.ceil(0.95 * len(times)) - 1], 1)


def target_ms(schools: int) -> int:
    return TARGET_MS if schools <= samples.SCHOOLS else LARGE_TARGET_MS


@contextmanager
def running(app: FastAPI) -> Iterator[int]:
    """The port of the app while it is served."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(30)


def sign_in(session: Session) -> str:
    """The cookie of the first administrator."""
    user = accounts.by_login(session, accounts.FIRST_ADMIN)
    assert user is not None
    user.must_change_password = False
    session.add(user)
    started = sessions.start(session, user, time.time(), is_full=True)
    session.commit()
    return started.cookie


def ask(app: FastAPI, cookie: str, urls: Urls, rounds: int) -> dict[str, Figures]:
    """The figures of each page; they are printed as well."""
    headers = {"Cookie": f"truongnet={cookie}", "Accept": "text/html", "Accept-Encoding": "gzip"}
    pages = {path: Page(path) for path in urls(0)}
    with running(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for number in range(rounds + 1):
            for path, url in urls(number).items():
                _ask(connection, pages[path], url.replace(" ", "%20"), headers, is_first=number == 0)
        connection.close()
    found = {path: page.figures() for path, page in pages.items()}
    for path, one in found.items():
        print(
            f"  {path:<40} p50 {one['p50_ms']:>7} ms  p95 {one['p95_ms']:>7} ms  max {one['max_ms']:>7} ms  "
            f"cpu p95 {one['cpu_p95_ms']:>6} ms  first {one['first_ms']:>7} ms  {one['bytes'] / 1000:>6.1f} kB",
            flush=True,
        )
    return found


def _ask(
    connection: http.client.HTTPConnection, page: Page, url: str, headers: dict[str, str], *, is_first: bool
) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    connection.request("GET", url, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begun) * 1000
    if is_first:
        page.first = took
    else:
        page.times.append(took)
        page.cpu.append((time.process_time() - cpu) * 1000)
    page.bytes = max(page.bytes, len(body))
    page.bad += answer.status != 200


@dataclass(frozen=True, slots=True)
class Asked:
    schools: int
    rounds: int
    spread: int  # days or months of data
    databases: tuple[str, ...]


def asked(about: str | None, quick: Asked, whole: Asked, spread: str) -> Asked:
    """The command line: ``--quick``, or how many schools, rounds, and days or months (``spread``) of data."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    told = f"{quick.schools} schools, {quick.spread} {spread}, SQLite: to see that it runs"
    parser.add_argument("--quick", action="store_true", help=told)
    parser.add_argument("--schools", type=int, default=whole.schools)
    parser.add_argument(f"--{spread}", dest="spread", type=int, default=whole.spread)
    parser.add_argument("--rounds", type=int, default=whole.rounds)
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    given = parser.parse_args()
    if given.quick:
        return quick
    databases = (given.database,) if given.database else whole.databases
    return Asked(given.schools, given.rounds, given.spread, databases)


def report(name: str, wanted: Asked, figures: Figures, bench: Callable[[str, str], dict[str, Figures]]) -> None:
    """Run ``bench`` (database, its URL) on each database; the last line printed is JSON."""
    for database in wanted.databases:
        with postgres() if database == "postgresql" else nullcontext("") as url:
            figures[database] = bench(database, url)
    targets = {"p95_ms": target_ms(wanted.schools)}
    pages = [page for database in wanted.databases for page in figures[database].values()]
    met = all(page["p95_ms"] <= targets["p95_ms"] and not page["not_200"] for page in pages)
    figures = {"schools": wanted.schools, "rounds": wanted.rounds, **figures}
    print(json.dumps({"bench": name, "figures": figures, "targets": targets, "met": met}))
