"""The plan's pages, a school's contract and weeks, and the map's views in a browser: widths, languages, keyboard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import Session

from controller import samples
from tests.browser.conftest import PageAs, Site, axe, is_sideways, make_template, open_site, opener

pytestmark = pytest.mark.browser


def nothing(session: Session) -> None:
    """The samples come by the engine, not by a session."""


@pytest.fixture(scope="module")
def sample_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province of 60 sample schools with 30 days, so that there are verdicts."""
    from controller.config import load
    from controller.main import create_app

    directory = make_template(tmp_path_factory.mktemp("samples") / "data", nothing)
    engine = create_app(load(None, {}, data_dir=directory)).state.services.engine
    samples.load(engine, days=30, schools=60, now=time.time())
    engine.dispose()
    return directory


@pytest.fixture
def sample_site(tmp_path: Path, sample_template: Path) -> Iterator[Site]:
    yield from open_site(sample_template, tmp_path / "data")


@pytest.fixture
def page_of(sample_site: Site, browser: Browser) -> Iterator[PageAs]:
    yield from opener(sample_site, browser)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("lang", "title"), [("vi", "Kế hoạch"), ("en", "Plan")])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_plan_is_for_everybody_and_every_width(
    page_of: PageAs, lang: str, title: str, width: int, theme: str
) -> None:
    page = page_of(lang=lang, width=width, theme=theme)
    page.goto("/plan")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    for url in ("/plan", "/plan/ranking", "/plan/ranking?by=provider", "/plan/upgrades", "/settings/plan"):
        page.goto(url)
        assert axe(page) == [], url
        assert not is_sideways(page), url
        expect(page.get_by_text("DỮ LIỆU MẪU / SAMPLE DATA")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_schools_contract_and_weeks_are_for_everybody(page_of: PageAs, width: int, theme: str) -> None:
    page = page_of(width=width, theme=theme)
    for url in ("/schools/MAU-0001", "/schools/MAU-0001/weeks", "/schools/MAU-0001/edit/links"):
        page.goto(url)
        assert axe(page) == [], url
        assert not is_sideways(page), url


def test_a_month_is_chosen_without_loading_the_page_again(page_of: PageAs) -> None:
    page = page_of(lang="en")
    page.goto("/schools/MAU-0001")
    months = page.locator("#promise .segmented a")
    assert months.count() >= 2
    other = page.locator("#promise .segmented a:not([aria-current])").first
    wanted = other.inner_text()
    other.click()
    expect(page.locator("#promise .segmented a[aria-current]")).to_have_text(wanted)
    expect(page).to_have_url(f"/schools/MAU-0001?month={wanted[3:]}-{wanted[:2]}")


def test_the_maps_views_are_switched_by_the_keyboard_and_their_keys_follow(page_of: PageAs) -> None:
    page = page_of(lang="en")
    page.goto("/")
    page.locator("#map").scroll_into_view_if_needed()
    expect(page.locator("#map")).to_have_attribute("data-drawn", "60", timeout=30_000)
    page.get_by_role("radio", name="State").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map")).to_have_attribute("data-view", "speed")
    expect(page.get_by_text("below 20 Mbit/s")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map")).to_have_attribute("data-view", "contract")
    expect(page.get_by_text("Nothing promised")).to_be_visible()
    expect(page.get_by_text("below 20 Mbit/s")).to_be_hidden()


def test_a_ranking_is_sorted_and_taken_away(page_of: PageAs) -> None:
    page = page_of(lang="en")
    page.goto("/plan/ranking")
    page.get_by_role("link", name="Down, Mbit/s").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Down")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("truongnet-ranking-")


def test_the_table_of_the_weeks_opens_by_the_keyboard(page_of: PageAs) -> None:
    page = page_of(lang="en")
    page.goto("/schools/MAU-0001/weeks")
    summary = page.get_by_text("See it as a table")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table")).to_be_visible()
