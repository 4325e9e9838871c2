"""The overview and the table of schools in a real browser: numbers that live, the map, every width and language."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Response, expect
from sqlmodel import select

from controller.tables import Latest, School
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN, SIBLING, STRANGER

pytestmark = pytest.mark.browser
MAX_BYTES = 300_000
OF_THE_MAP = ("maplibre", "/map.json", "/map/")


def be(site: Site, code: str, status: str, reason: str = "") -> None:
    """What the status tick does: write it, tell it."""
    with site.session() as session:
        school = session.exec(select(School).where(School.code == code)).one()
        latest = session.get(Latest, school.id)
        assert latest is not None
        latest.status, latest.status_since, latest.status_reason = status, time.time(), reason
        session.add(latest)
        school.is_sample = True  # the tick leaves samples alone; nobody here sends real beats
        session.add(school)
        session.commit()
        site.app.state.services.changes.publish(school.id, "status")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("lang", "title"), [("vi", "Tổng quan"), ("en", "Overview")])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_overview_is_for_everybody_and_every_width(
    page_as: PageAs, site: Site, lang: str, title: str, width: int, theme: str
) -> None:
    be(site, OWN, "down", "internet")
    page = page_as(lang=lang, width=width, theme=theme)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert axe(page) == []
    assert not is_sideways(page)


def test_the_map_draws_every_school_and_one_can_be_opened(page_as: PageAs) -> None:
    page = page_as()
    page.goto("/")
    page.locator("#map").scroll_into_view_if_needed()
    expect(page.locator("#map")).to_have_attribute("data-drawn", "3", timeout=30_000)
    expect(page.locator("[data-map-foot]")).to_be_visible()  # they have no coordinates, and it says so


def test_a_school_that_is_lost_shows_without_loading_the_page_again(page_as: PageAs, site: Site) -> None:
    for code in (OWN, SIBLING, STRANGER):
        be(site, code, "up")
    page = page_as(lang="en")
    with page.expect_response("**/live"):
        page.goto("/")
    page.evaluate("() => { window.stayed = true; }")
    down = page.locator('a.tile[href="/schools?status=down"] .tile-count')
    expect(down).to_have_text("0")
    be(site, OWN, "down", "internet")
    expect(down).to_have_text("1")
    expect(page.locator("#worst")).to_contain_text(OWN)
    expect(page.locator("#news .news-bad")).to_contain_text(OWN)
    assert page.evaluate("() => window.stayed")


def test_an_empty_province_loads_the_samples_and_removes_them_with_one_button_each(
    empty_page_as: PageAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.api.samples.SCHOOLS", 12)  # the whole of it takes half a minute
    page = empty_page_as()
    page.goto("/")
    assert axe(page) == []
    expect(page.get_by_role("link", name="Nhập trường của bạn")).to_be_visible()
    page.get_by_role("button", name="Nạp tỉnh mẫu").click()
    page.goto("/")
    expect(page.locator("#tiles")).to_be_visible(timeout=60_000)  # the page follows by itself
    page.goto("/schools")
    expect(page.get_by_role("note")).to_contain_text("DỮ LIỆU MẪU / SAMPLE DATA")
    page.goto("/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#samples").get_by_role("button", name="Gỡ dữ liệu mẫu").click()
    page.goto("/")
    expect(page.get_by_text("Chưa có trường nào", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_role("note")).to_have_count(0)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_table_of_schools_is_for_everybody_and_every_width(page_as: PageAs, lang: str, width: int) -> None:
    page = page_as("school" if width == 360 else "operator", lang=lang, width=width)
    page.goto("/schools")
    assert axe(page) == []
    assert not is_sideways(page)


def test_typing_filters_the_table_and_the_address_keeps_it(page_as: PageAs) -> None:
    page = page_as()
    page.goto("/schools")
    expect(page.locator("#schools tbody tr")).to_have_count(3)
    page.keyboard.press("/")  # leads to the search
    page.keyboard.type("tram-stranger")
    expect(page.locator("#schools tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=tram-stranger"))
    page.reload()
    expect(page.locator("#schools tbody tr")).to_have_count(1)
    page.get_by_label("Tìm", exact=True).fill("")
    expect(page.locator("#schools tbody tr")).to_have_count(3)


def test_the_table_sorts_by_a_press_on_its_heading(page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto("/schools")
    heading = page.get_by_role("columnheader", name="Down")
    heading.get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Down")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile("sort=-down"))


def test_everything_can_be_reached_with_the_keyboard(page_as: PageAs) -> None:
    page = page_as(lang="en", width=360)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="Schools", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize(
    "path", ["/login", "/", "/schools", f"/schools/{OWN}", "/boxes", "/users", "/audit", "/import"]
)
def test_a_page_weighs_less_than_300_kb_compressed_without_the_map(page_as: PageAs, path: str) -> None:
    page = page_as(None if path == "/login" else "province-admin")
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(path, wait_until="load")
    page.wait_for_timeout(300)
    sizes = {
        one.url: int(one.request.sizes()["responseBodySize"])
        for one in loaded
        if not any(part in one.url for part in OF_THE_MAP) and not one.url.endswith("/live")
    }
    assert len(sizes) > 5, "the page came with its styles and fonts"
    assert sum(sizes.values()) < MAX_BYTES, sorted(sizes.items(), key=lambda item: -item[1])


def test_nothing_is_loaded_from_elsewhere(page_as: PageAs, site: Site) -> None:
    page = page_as()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/schools", "/account"):
        page.goto(path)
        page.wait_for_timeout(500)
    outside = [url for url in asked if not url.startswith((site.url, "data:", "blob:"))]
    assert not outside
