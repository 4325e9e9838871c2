"""A real browser before a real server: the small province of the API's tests, filled, on free ports of this machine.

``page_as("operator", lang="en", width=360)`` opens a page with that role's session. A test fails when its pages wrote
an error to the console, broke the content security policy, or could not load something.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from sqlmodel import Session, col, select

from controller.config import load
from controller.main import create_app
from controller.people import accounts, sessions
from controller.people.permissions import ROLE_SCOPES
from controller.tables import Latest
from tests.integration.api.conftest import quick_hashing
from tests.integration.api.world import HERE, OWN, Person, add_person, fill, user_of

__all__ = ["quick_hashing"]

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".setup" / "axe.min.js"  # setup/frontend.py --tests puts it there
CHROMIUM = "/usr/bin/chromium"
SERIOUS = ("serious", "critical")
WAIT = 30.0  # seconds: two browsers on two cores can be slow, and nothing here is about speed
expect.set_options(timeout=WAIT * 1000)


@dataclass
class Site:
    """A running controller. ``url`` has no slash at its end."""

    app: FastAPI
    url: str
    trouble: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)  # parts of troubles that a test expects

    def session(self) -> Session:
        return Session(self.app.state.services.engine)

    def person(self, role: str) -> Person:
        """The role over the whole province where it can be, else over HERE or OWN."""
        kinds = ROLE_SCOPES[role]
        if "province" in kinds:
            return Person(role, "province")
        return Person(role, "commune", HERE) if "commune" in kinds else Person(role, "school", OWN)

    def cookie(self, role: str, lang: str) -> str:
        """A session of someone with this role, made past the sign-in."""
        person = self.person(role)
        with self.session() as session:
            if accounts.by_login(session, person.login) is None:
                add_person(session, person)
            user = user_of(session, person)
            user.lang = lang
            session.add(user)
            started = sessions.start(session, user, time.time(), is_full=True)
            session.commit()
        return started.cookie


class PageAs(Protocol):
    def __call__(
        self, role: str | None = "province-admin", *, lang: str = "vi", width: int = 1280, theme: str = "light"
    ) -> Page: ...


@pytest.fixture(scope="package")  # Playwright's event loop runs in this thread: no other test shall find it there
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # software rendering: the map needs WebGL, and there is no graphics card here
        arguments = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


def serve(app: FastAPI, port: int = 0) -> tuple[uvicorn.Server, threading.Thread, int]:
    if not port:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            port = int(listening.getsockname()[1])
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="site", daemon=True)
    thread.start()
    ends = time.monotonic() + WAIT
    while not server.started and time.monotonic() < ends:
        time.sleep(0.02)
    assert server.started, "the controller did not start"
    return server, thread, port


def make_template(directory: Path, prepare: Callable[[Session], None]) -> Path:
    """A data directory with its database and keys, to be copied for each test."""
    app = create_app(load(None, {}, data_dir=directory))
    with Session(app.state.services.engine) as session:
        prepare(session)
        session.commit()
    app.state.services.engine.dispose()
    return directory


def open_site(template: Path, directory: Path) -> Iterator[Site]:
    shutil.copytree(template, directory)
    app = create_app(load(None, {}, data_dir=directory))
    server, thread, port = serve(app)
    yield Site(app, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(WAIT)
    assert not thread.is_alive(), "the controller did not end"


def province(session: Session) -> None:
    """The world of the API's tests, with times of now: its boxes were heard of a moment ago."""
    fill(session)
    now = time.time()
    for number, latest in enumerate(session.exec(select(Latest).order_by(col(Latest.school_id)))):
        latest.at = latest.speed_at = now - 60
        latest.status_since = now - 3_600 * (number + 1)
        session.add(latest)


@pytest.fixture(scope="session")
def province_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template") / "data", province)


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("empty") / "data", lambda session: None)


@pytest.fixture
def site(tmp_path: Path, province_template: Path) -> Iterator[Site]:
    """The small province, for this test alone."""
    yield from open_site(province_template, tmp_path / "data")


@pytest.fixture
def empty_site(tmp_path: Path, empty_template: Path) -> Iterator[Site]:
    """A province without a school."""
    yield from open_site(empty_template, tmp_path / "data")


@pytest.fixture
def page_as(site: Site, browser: Browser) -> Iterator[PageAs]:
    yield from opener(site, browser)


@pytest.fixture
def empty_page_as(empty_site: Site, browser: Browser) -> Iterator[PageAs]:
    yield from opener(empty_site, browser)


def opener(site: Site, browser: Browser) -> Iterator[PageAs]:
    contexts: list[BrowserContext] = []

    def open_page(
        role: str | None = "province-admin", *, lang: str = "vi", width: int = 1280, theme: str = "light"
    ) -> Page:
        locale = "vi-VN" if lang == "vi" else "en-GB"
        height = 800 if width > 500 else 740
        size: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=size, locale=locale, base_url=site.url, accept_downloads=True)
        contexts.append(context)
        context.set_default_timeout(WAIT * 1000)
        cookies: list[Any] = [{"name": "truongnet-theme", "value": theme, "url": site.url}]
        cookies.append({"name": "truongnet-lang", "value": lang, "url": site.url})
        if role is not None:
            cookies.append({"name": "truongnet", "value": site.cookie(role, lang), "url": site.url})
        context.add_cookies(cookies)
        page = context.new_page()
        watch(page, site)
        return page

    yield open_page
    for context in contexts:
        context.close()
    found = [one for one in site.trouble if not any(part in one for part in site.allowed)]
    assert not found, "\n".join(found)


def watch(page: Page, site: Site) -> None:
    """Notes what must not happen: errors on the console (a broken policy is one), failed or refused loads."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            site.trouble.append(f"console: {message.text} {message.location}")

    def on_failed(request: Request) -> None:
        # leaving a page ends its stream and what it was still fetching
        if request.failure and "ERR_ABORTED" not in request.failure:
            site.trouble.append(f"failed: {request.url} {request.failure}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: site.trouble.append(f"script: {error}"))
    page.on("requestfailed", on_failed)


def axe(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands that is serious or critical, one line each."""
    page.evaluate(f"{AXE.read_text('utf-8')}; undefined")
    result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: "
        + json.dumps([node["html"][:160] for node in found["nodes"][:4]], ensure_ascii=False)
        for found in result["violations"]
        if found["impact"] in SERIOUS
    ]


def is_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"))
