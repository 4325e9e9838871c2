"""Schools by hand in a browser, from an empty form to a school with a line, a room, a contact and a calendar."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN

pytestmark = pytest.mark.browser
LOOKS = [("vi", 360, "dark"), ("en", 360, "light"), ("vi", 1280, "light"), ("en", 1280, "dark")]
EDIT = f"/schools/{OWN}/edit"


def test_a_school_is_made_by_hand_and_filled_part_by_part(page_as: PageAs, site: Site) -> None:
    site.allowed.append("422")
    page = page_as("operator")
    page.goto("/schools/new")
    page.get_by_label("Tên trường").fill("Trường Mầm non Hoa Cau")
    page.get_by_label("Mã trường").fill("mã sai")
    page.get_by_label("Cấp học").select_option(label="Mầm non")
    page.get_by_label("Xã, phường").select_option(label="Phường Cao Lãnh")
    page.get_by_label("Học sinh").fill("1.210")
    page.get_by_role("button", name="Tạo trường").click()
    expect(page.get_by_label("Mã trường")).to_have_accessible_description(re.compile("chữ không dấu"))
    expect(page.get_by_label("Tên trường")).to_have_value("Trường Mầm non Hoa Cau")
    page.get_by_label("Mã trường").fill("82999")
    page.get_by_role("button", name="Tạo trường").click()
    expect(page.get_by_role("status")).to_contain_text("Đã tạo trường")

    page.get_by_label("Nhà cung cấp").fill("Viettel")
    page.get_by_label("Tải xuống theo hợp đồng").fill("150")
    page.get_by_role("button", name="Thêm").click()
    expect(page.get_by_role("region", name="Đường truyền")).to_contain_text("150 Mbit/s")
    page.get_by_role("link", name="Phòng", exact=True).click()
    page.get_by_label("Mã phòng").fill("TH1")
    page.get_by_label("Loại").select_option(label="Phòng máy tính")
    page.get_by_role("button", name="Thêm").click()
    expect(page.get_by_role("region", name="Phòng")).to_contain_text("Phòng máy tính")
    page.get_by_role("link", name="Người liên hệ").click()
    page.get_by_label("Họ và tên").fill("Lê Minh Tâm")
    page.get_by_label("Điện thoại").fill("0277 385 1234")
    page.get_by_role("button", name="Thêm").click()
    expect(page.get_by_role("link", name="0277 385 1234")).to_be_visible()
    assert axe(page) == []


def test_a_calendar_grows_and_shrinks_by_rows(page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto(f"{EDIT}/calendar")
    expect(page.get_by_label("Monday, from")).to_be_hidden()
    page.get_by_label("The school switches its box off").check()
    page.get_by_label("Monday, from").fill("06:30")
    page.get_by_label("Monday, to").fill("17:30")
    page.get_by_label("Periods of shift 1").fill("07:00-07:45, 7h50-8h35")
    page.get_by_role("group", name="Shift 1").get_by_title("Monday").click()
    holidays = page.locator("#holidays")
    holidays.get_by_label("From", exact=True).first.fill("2027-06-01")
    holidays.get_by_label("Through").first.fill("2027-08-15")
    page.get_by_role("button", name="Add a holiday").click()
    expect(holidays.get_by_label("Through")).to_have_count(2)
    holidays.get_by_role("button", name="Remove this row").last.click()
    expect(holidays.get_by_label("Through")).to_have_count(1)
    assert axe(page) == []
    page.get_by_role("button", name="Save the calendar").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_label("Monday, from")).to_have_value("06:30")
    expect(page.get_by_label("Periods of shift 1")).to_have_value("07:00–07:45, 07:50–08:35")
    expect(holidays.get_by_label("Through").first).to_have_value("2027-08-15")


def test_removing_asks_first(page_as: PageAs) -> None:
    page = page_as()
    page.goto(f"{EDIT}/rooms/1")
    asked: list[str] = []

    def no(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", no)
    page.get_by_role("button", name="Xoá phòng này").click()
    expect(page).to_have_url(re.compile("/rooms/1$"))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Xoá phòng này").click()
    expect(page.get_by_text("Chưa có phòng nào")).to_be_visible()
    assert asked == ["Xoá phòng này? Thiết bị trong phòng vẫn thuộc về trường."]


def test_a_target_is_added_for_all_boxes(page_as: PageAs) -> None:
    page = page_as()
    page.goto("/settings")
    page.get_by_label("Địa chỉ IP hoặc tên miền").fill("203.119.8.1")
    page.get_by_label("Tên", exact=True).fill("vnix")
    page.get_by_label("mỗi").nth(1).fill("90")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu")
    expect(page.get_by_label("Địa chỉ IP hoặc tên miền").first).to_have_value("203.119.8.1")


@pytest.mark.parametrize(("lang", "width", "theme"), LOOKS)
def test_forms_are_for_everybody_and_every_phone(page_as: PageAs, lang: str, width: int, theme: str) -> None:
    page = page_as(lang=lang, width=width, theme=theme)
    parts = ("", "/calendar", "/links", "/rooms", "/contacts", "/links/1")
    settings = ("/settings", "/settings/calendar", "/settings/alerts/new", "/settings/alerts/mail")
    for path in ("/schools/new", *settings, *(EDIT + part for part in parts)):
        page.goto(path)
        assert axe(page) == [], path
        assert not is_sideways(page), path
