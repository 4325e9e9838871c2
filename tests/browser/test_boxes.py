"""From a join code to the first measurement on the page, on a phone; and the pages of boxes for everybody."""

from __future__ import annotations

import json
import re
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from controller import joincodes
from controller.tables import Agent, Rejected, School
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN, box_id
from tests.integration.controller.box import Box

pytestmark = pytest.mark.browser
WITHOUT_RELOAD = 20_000  # ms


def call(site: Site, path: str, body: bytes) -> bytes:
    request = urllib.request.Request(site.url + path, data=body, method="POST")  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return bytes(answer.read())


def exchange(site: Site, box: Box, *batches: bytes) -> None:
    box.keep(json.loads(call(site, "/v1/exchange", b"\n".join([box.head(time.time()), *batches]))))


def mark(page: Page) -> None:
    """A reload would wipe this off."""
    page.evaluate("() => { window.notReloaded = true }")


def is_unloaded(page: Page) -> bool:
    return page.evaluate("() => window.notReloaded === true") is not True


@pytest.fixture
def quiet(site: Site) -> Site:
    """Without the boxes of the world, whose cards would stand between."""
    with site.session() as session:
        for row in session.exec(select(Agent).where(Agent.state == "pending")):
            session.delete(row)
        session.commit()
    return site


def test_a_box_is_accepted_on_a_phone_and_its_measurement_shows_without_reload(quiet: Site, page_as: PageAs) -> None:
    site, page = quiet, page_as("operator", width=360)
    page.goto("/boxes#new-code")
    page.get_by_label("Mã trường").fill(OWN)
    page.get_by_label("Có hiệu lực").select_option("168")
    page.get_by_role("button", name="Tạo mã", exact=True).click()
    code = page.locator("#join-code").text_content() or ""
    assert page.locator(".qr svg").is_visible()
    assert not is_sideways(page)

    page.get_by_role("link", name="Tới trang Thiết bị").click()
    mark(page)
    box = Box(booted_at=time.time() - 1000)
    call(site, "/v1/join", box.join_request(joincodes.decode(code), time.time()))
    card = page.locator(f"#pending-{box.id}")
    expect(card).to_be_visible(timeout=WITHOUT_RELOAD)
    assert not is_unloaded(page)
    with site.session() as session:
        words = session.exec(select(Agent.fingerprint).where(Agent.id == box.id)).one().split("-")
    expect(card.locator(".fingerprint li")).to_have_text(words)
    assert axe(page) == []

    card.get_by_role("button", name="Chấp nhận").click()  # without the tick the browser itself refuses
    expect(page).to_have_url(re.compile("/boxes"))
    card.get_by_label("Tôi đã so").check()
    card.get_by_role("button", name="Chấp nhận").click()
    expect(page).to_have_url(re.compile(f"/schools/{OWN}$"))
    expect(page.get_by_role("status").first).to_contain_text("Đã chấp nhận thiết bị")

    mark(page)
    now = time.time()
    windows = box.windows(now - 60, "gateway", "domestic:vnix", rtt=0.0123)
    exchange(site, box, box.batch(now, [windows, box.speed(now - 30, down=187.5e6, up=66.6e6)]))
    status = page.locator("#status-part")
    expect(status).to_contain_text("188 Mbit/s", timeout=WITHOUT_RELOAD)
    expect(status).to_contain_text("Hoạt động", timeout=WITHOUT_RELOAD)
    expect(page.locator("#line-part")).to_contain_text("66,6 Mbit/s", timeout=WITHOUT_RELOAD)
    expect(page.locator("figure[data-chart=rtt] canvas")).to_be_visible(timeout=WITHOUT_RELOAD)
    assert not is_unloaded(page)
    assert not is_sideways(page)


def test_a_box_is_refused_with_a_reason(site: Site, page_as: PageAs) -> None:
    page = page_as("technician", lang="en", width=360)
    page.goto("/boxes")
    card = page.locator(f"#pending-{box_id(OWN, 'pending')}")
    card.get_by_text("Not the same? Refuse").click()
    card.get_by_label("Reason").select_option("wrong-fingerprint")
    card.get_by_role("button", name="Refuse this box").click()
    expect(page.get_by_role("status").first).to_contain_text("The box was refused")
    expect(card).to_have_count(0)


def test_releasing_asks_first_and_then_shows_the_code(site: Site, page_as: PageAs) -> None:
    page = page_as("operator", lang="en")
    page.goto(f"/boxes/{box_id(OWN, 'quarantined')}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Release, get a new code").click()
    expect(page).to_have_url(re.compile("/boxes/[0-9a-f]{16}$"))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Release, get a new code").click()
    expect(page.locator("#join-code")).to_contain_text("tn1:")
    expect(page.locator("main")).to_contain_text("--again")
    assert axe(page) == []


def test_schools_are_offered_while_one_types(site: Site, page_as: PageAs) -> None:
    page = page_as("operator")
    page.goto("/boxes")
    page.get_by_label("Mã trường").press_sequentially("tram")
    expect(page.locator("#school-choices option")).to_have_count(1)


def test_the_table_is_sorted_in_place_and_by_the_keyboard(site: Site, page_as: PageAs) -> None:
    page = page_as("auditor", lang="en")
    page.goto("/boxes")
    mark(page)
    page.locator("#box-table").get_by_role("link", name="Version").press("Enter")
    expect(page).to_have_url(re.compile("sort=version"))
    expect(page.locator("#box-table th[aria-sort=ascending]")).to_contain_text("Version")
    assert not is_unloaded(page)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark"), (1280, "light")])
def test_the_pages_are_for_everybody_and_every_phone(
    site: Site, page_as: PageAs, lang: str, width: int, theme: str
) -> None:
    with site.session() as session:
        school = session.exec(select(School.id).where(School.code == OWN)).one()
        row = Rejected(agent_id="x", school_id=school, seq=1, item=2, reason="too-old", detail="d" * 90, at=time.time())
        session.add(row)
        session.commit()
    page = page_as("province-admin", lang=lang, width=width, theme=theme)
    for path in ("/boxes", *(f"/boxes/{box_id(OWN, state)}" for state in ("pending", "accepted", "quarantined"))):
        page.goto(path)
        assert axe(page) == [], path
        assert not is_sideways(page), path
