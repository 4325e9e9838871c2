"""Incidents, the wall and the head's page in a real browser: whole, readable, every width and language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from controller.tables import Incident, IncidentSchool, School
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import NOON, OWN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("lang", "width"), [("vi", 360), ("en", 1280)])
@pytest.mark.parametrize("path", ["/incidents", "/incidents/1", "/maintenance", f"/my-school/{OWN}"])
def test_the_pages_are_for_everybody_and_every_width(
    page_as: PageAs, path: str, lang: str, width: int, theme: str
) -> None:
    page = page_as("operator", lang=lang, width=width, theme=theme)
    page.goto(path)
    assert page.locator("h1").count() == 1
    assert not is_sideways(page)
    assert axe(page) == []


def test_the_wall_fits_a_large_screen_without_scrolling(page_as: PageAs, site: Site) -> None:
    page = page_as("operator", lang="vi")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/wall")
    expect(page.locator(".wall-incidents li")).to_have_count(3)
    page.wait_for_function("() => document.querySelector('#map').dataset.drawn")
    size = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1920, 1080]
    assert page.locator("[data-lost]").is_hidden()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_the_wall_counts_the_incidents_that_it_has_no_room_for_below_the_others(
    page_as: PageAs, site: Site, width: int, height: int
) -> None:
    with site.session() as session:
        key = session.exec(select(School.id).where(School.code == OWN)).one()
        for number in range(12):
            incident = Incident(schools=1, opened_at=NOON, began_at=NOON - number * 60, cause="isp-access")
            session.add(incident)
            session.flush()
            session.add(IncidentSchool(incident_id=incident.id or 0, school_id=key or 0, began_at=NOON))
        session.commit()
    page = page_as("operator", lang="vi")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/wall")
    more, last = page.locator(".wall-more").bounding_box(), page.locator(".wall-incidents li").last.bounding_box()
    assert more
    assert last
    assert more["y"] >= last["y"] + last["height"]


def test_somebody_takes_an_incident_over_and_writes_it_down(page_as: PageAs) -> None:
    page = page_as("operator", lang="vi")
    page.goto("/incidents/1")
    page.get_by_role("button", name="Tôi nhận xử lý").click()
    expect(page.get_by_role("status")).to_contain_text("Bạn đã nhận xử lý sự cố này.")
    page.get_by_label("Ghi chú").fill("Đã gọi, hẹn 14:00")
    page.get_by_role("button", name="Thêm ghi chú").click()
    expect(page.locator("#incident-steps")).to_contain_text("Đã gọi, hẹn 14:00")


def test_a_head_reports_a_problem_on_the_telephone(page_as: PageAs) -> None:
    page = page_as("school", lang="vi", width=360)
    page.goto("/my-school")
    assert page.url.endswith(f"/my-school/{OWN}")
    page.get_by_label("Trường đang gặp gì?").fill("Phòng máy không vào được mạng")
    page.get_by_role("button", name="Báo cho tỉnh").click()
    expect(page.get_by_role("status")).to_contain_text("Đã báo cho tỉnh")
    page.goto("/incidents/1")
    expect(page.locator("#incident-steps")).to_contain_text("Phòng máy không vào được mạng")
