"""The audit log in a browser: it is filtered, exported, and its chain is checked without leaving the page."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from controller import audit
from tests.browser.conftest import PageAs, Site, axe, is_sideways

pytestmark = pytest.mark.browser
LOOKS = [("vi", 360, "dark"), ("en", 360, "light"), ("vi", 1280, "light"), ("en", 1280, "dark")]


@pytest.fixture
def told(site: Site) -> Site:
    with site.session() as session:
        audit.record(session, "hoa.nguyen", "school.update", "school:SEN-OWN", 1, now=time.time(), fields=["pupils"])
        audit.record(session, "minh", "login", "user:minh", outcome="failed", now=time.time())
        session.commit()
    return site


def test_rows_are_filtered_exported_and_their_chain_is_checked(page_as: PageAs, told: Site) -> None:
    page = page_as()
    page.goto("/audit")
    rows = page.locator("#audit tbody tr")
    expect(rows.filter(has_text="minh")).to_contain_text("không thành")
    page.get_by_label("Ai", exact=True).fill("hoa.nguyen")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Sửa thông tin trường")
    with page.expect_download() as download:
        page.get_by_role("link", name="Xuất CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert "hoa.nguyen" in text
    assert "minh" not in text
    page.get_by_role("link", name="Kiểm tra chuỗi").click()
    expect(page.locator("#verified")).to_contain_text("Chuỗi nguyên vẹn. 5 dòng")
    expect(rows).to_have_count(1)  # still where one was
    assert axe(page) == []


@pytest.mark.parametrize(("lang", "width", "theme"), LOOKS)
def test_the_audit_log_is_for_everybody_and_every_phone(
    page_as: PageAs, told: Site, lang: str, width: int, theme: str
) -> None:
    page = page_as("auditor", lang=lang, width=width, theme=theme)
    for path in ("/audit", "/audit/verify", "/audit?actor=nobody", "/audit?actor=a%20b"):
        page.goto(path)
        assert axe(page) == [], path
        assert not is_sideways(page), path
