"""A school's page in a browser: its charts, what the keyboard reaches, both languages, phone and dark."""

from __future__ import annotations

import random
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from controller.tables import Device, Event, Hour, InventorySnapshot, Latest, Measurement, School
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN, box_id

pytestmark = pytest.mark.browser
PATH = f"/schools/{OWN}"
DAY = 86_400
TARGETS = (("gateway", 0.001), ("dns", 0.008), ("domestic:vnix", 0.012), ("international:cloud", 0.07))
SECTIONS: dict[str, Any] = {
    "system": {"vendor": "FPT", "product": "Elead M520", "serial": "PF2K9A1"},
    "cpu": {"model": "Intel N100", "cores": 4, "threads": 4},
    "memory": {"total_bytes": 8 * 2**30, "modules": [{"slot": "A1", "bytes": 8 * 2**30, "type": "DDR4"}]},
    "disks": [{"name": "sda", "kind": "ssd", "model": "Kingston A400", "bytes": 240e9, "health": {"status": "worn"}}],
    "network": [{"name": "eth0", "mac": "b8:27:eb:00:00:01", "carrier": "up", "speed_mbps": 1000, "duplex": "full"}],
    "displays": [],
    "missing": {"board": {"reason": "no-dmi", "detail": ""}},
}


def windows(now: float, draw: random.Random) -> dict[int, list[dict[str, Any]]]:
    """Nine days; an hour's outage three hours ago, and a night without a word."""
    hours: dict[int, list[dict[str, Any]]] = {}
    for at in range(int(now - 9 * DAY) // 900 * 900, int(now) - 900, 900):
        if DAY < now - at < 1.4 * DAY:
            continue
        for name, base in TARGETS:
            is_down = 2 * 3600 < now - at <= 3 * 3600 and name != "gateway"
            rtt = base * draw.uniform(1, 1.6)
            figures = {"min": base, "median": rtt, "p95": rtt * 2, "max": rtt * 3, "jitter": rtt / 9}
            one = {"name": "rtt_seconds", "labels": {"target": name}, "at": float(at), "seconds": 900.0, "count": 60}
            one |= dict.fromkeys(figures) | {"lost": 60} if is_down else figures | {"lost": draw.choice((0, 0, 0, 1))}
            hours.setdefault(at // 3600 * 3600, []).append(one)
    return hours


def fill_school(session: Session) -> None:
    now, draw = time.time(), random.Random(7)
    key = session.exec(select(School.id).where(School.code == OWN)).one() or 0
    for row in session.exec(select(Hour).where(Hour.school_id == key)):
        session.delete(row)
    session.flush()
    for hour, some in windows(now, draw).items():
        session.add(Hour(school_id=key, hour_at=hour, windows=some))
    for number in range(24):
        body: dict[str, Any] = {"facts": {"validity": ["wifi"] if number == 3 else []}}
        session.add(
            Measurement(
                school_id=key, agent_id=box_id(OWN, "accepted"), seq=100 + number, item=0, probe="speed", outcome="ok",
                at=now - number * 21_600 - 600, scope="network", is_valid=number != 3, body=body, rtt=0.012,
                down_bps=draw.uniform(120e6, 148e6), up_bps=draw.uniform(60e6, 80e6),
            )
        )  # fmt: skip
    for number in range(15):
        mac = f"b8:27:eb:22:00:{number:02x}"
        device = Device(school_id=key, mac=mac, ip=f"192.168.1.{number + 20}", vendor="Raspberry Pi")
        device.name, device.is_private_mac = f"TV phòng {number}", number == 4
        device.first_seen, device.last_seen = now - 9 * DAY, now - number * 60
        session.add(device)
    held = session.get(InventorySnapshot, box_id(OWN, "accepted"))
    latest = session.get(Latest, key)
    assert held is not None
    assert latest is not None
    held.sections, held.at = SECTIONS, now - DAY
    latest.status, latest.status_reason, latest.status_since = "degraded", "loss", now - 5400
    session.add(held)
    session.add(latest)
    session.add(Event(school_id=key, at=now - 9 * DAY, kind="school", subject="school", before="no-box", after="up"))
    session.commit()


@pytest.fixture
def filled(site: Site) -> Site:
    with site.session() as session:
        fill_school(session)
    return site


def painted(page: Page, kind: str) -> int:
    """How many pixels of a chart carry something."""
    script = """kind => { const c = document.querySelector(`figure[data-chart=${kind}] canvas`);
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data
            .filter((v, i) => i % 4 === 3 && v > 0).length }"""
    return int(page.evaluate(script, kind))


def test_the_charts_are_drawn_and_say_what_is_at_a_point(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(PATH)
    for kind in ("speed", "rtt", "loss"):
        expect(page.locator(f"figure[data-chart={kind}] canvas")).to_be_visible()
        assert painted(page, kind) > 1_000
    figure = page.locator("figure[data-chart=speed]")
    figure.focus()
    reading = figure.locator(".chart-reading")
    for _ in range(4):  # the newest, and three before it
        page.keyboard.press("ArrowLeft")
    expect(reading).to_contain_text("Mbit/s")
    page.keyboard.press("Home")
    expect(reading).to_contain_text("Down")
    figure = page.locator("figure[data-chart=rtt]")
    figure.focus()
    page.keyboard.press("End")
    for _ in range(2):  # the newest window may not have arrived yet
        page.keyboard.press("ArrowLeft")
    expect(figure.locator(".chart-reading")).to_contain_text("Domestic")


def test_an_invalid_test_is_named_where_one_points_at_it(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(PATH)
    figure = page.locator("figure[data-chart=speed]")
    figure.focus()
    said = []
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
        said.append(figure.locator(".chart-reading").text_content() or "")
    assert any("not valid: Measured over Wi-Fi" in one for one in said)


def test_a_line_can_be_switched_off_by_the_keyboard_and_stays_off(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(f"{PATH}?range=24h")
    button = page.locator("figure[data-chart=rtt]").get_by_role("button", name="International")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(re.compile("range=7d"))
    button = page.locator("figure[data-chart=rtt]").get_by_role("button", name="International")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_the_range_is_switched_in_place(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(PATH)
    page.evaluate("() => { window.notReloaded = true }")
    expect(page.locator(".timeline-bar")).to_have_count(7)
    for name, bars in (("30 days", 30), ("24 hours", 1)):
        page.get_by_role("link", name=name).press("Enter")
        expect(page.locator(".timeline-bar")).to_have_count(bars)
        expect(page.locator("figure[data-chart=rtt] canvas")).to_be_visible()
    assert page.evaluate("() => window.notReloaded")
    assert page.locator(".tl-down").count() >= 1


def test_the_figures_can_be_read_without_charts_and_downloaded(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(PATH)
    page.get_by_role("link", name="Show the figures").click()
    expect(page.get_by_role("heading", name="Round trip and loss")).to_be_visible()
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text("utf-8-sig").startswith("time,seconds,target")


def test_charts_follow_the_theme(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en", theme="light")
    page.goto(PATH)
    pixel = """() => { const c = document.querySelector('figure[data-chart=rtt] canvas');
        return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].reduce((a, b) => a + b, 0) }"""
    light = page.evaluate(pixel)
    page.evaluate("() => document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.wait_for_function(f"light => ({pixel})() !== light", arg=light)


def test_devices_are_found_in_place(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(f"{PATH}#devices")
    expect(page.locator("#device-table tbody tr")).to_have_count(12)
    page.get_by_label("Find a device").fill("tv phong 13")
    page.get_by_label("Find a device").press("Enter")
    expect(page.locator("#device-table tbody tr")).to_have_count(1)
    expect(page.locator("#device-table")).to_contain_text("TV phòng 13")


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (360, "dark"), (1280, "dark")])
def test_the_page_is_for_everybody_and_every_phone(
    filled: Site, page_as: PageAs, lang: str, width: int, theme: str
) -> None:
    page = page_as("operator", lang=lang, width=width, theme=theme)
    with filled.session() as session:
        number = session.exec(select(Measurement.id).where(Measurement.seq == 103)).one()
    for path in (f"{PATH}?range=7d", f"{PATH}?range=30d", f"{PATH}/tests/{number}"):
        page.goto(path)
        page.wait_for_timeout(300)  # the charts are drawn
        assert axe(page) == [], path
        assert not is_sideways(page), path


def test_a_school_without_anything_is_for_everybody_too(site: Site, page_as: PageAs) -> None:
    with site.session() as session:
        commune = session.exec(select(School.commune_code)).first() or ""
        session.add(School(code="82777", name="Trường mới", commune_code=commune))
        session.commit()
    page = page_as(width=360)
    page.goto("/schools/82777")
    expect(page.locator("main")).to_contain_text("Trường chưa có thiết bị đo")
    assert axe(page) == []
    assert not is_sideways(page)


def test_looking_again_leaves_charts_alone_while_nothing_changed(filled: Site, page_as: PageAs) -> None:
    page = page_as(lang="en")
    if time.time() % 60 > 40:  # the page's "now" is a whole minute; this is about the same minute
        time.sleep(60 - time.time() % 60)
    with page.expect_response(lambda answer: answer.request.headers.get("x-live") == "1"):
        page.goto(f"{PATH}?range=24h")
        page.locator("figure[data-chart=rtt] canvas").evaluate("canvas => { canvas.dataset.kept = 'yes' }")
    page.wait_for_timeout(500)
    expect(page.locator("figure[data-chart=rtt] canvas")).to_have_attribute("data-kept", "yes")
