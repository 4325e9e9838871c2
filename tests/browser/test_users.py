"""People in a browser: a new head of a school, a role more, and help for someone who is locked out."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from controller.people import accounts
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN, add_person

pytestmark = pytest.mark.browser
LOOKS = [("vi", 360, "dark"), ("en", 360, "light"), ("vi", 1280, "light"), ("en", 1280, "dark")]


def test_a_head_of_school_gets_an_account_by_choosing_from_suggestions(page_as: PageAs, site: Site) -> None:
    page = page_as()
    page.goto("/users")
    page.get_by_role("link", name="Thêm người dùng").click()
    expect(page.get_by_label("Phạm vi")).to_be_hidden()
    page.get_by_label("Tên đăng nhập").fill("bao.do")
    page.get_by_label("Họ và tên").fill("Đỗ Quốc Bảo")
    page.get_by_label("Vai trò").select_option(label="Nhà trường")
    expect(page.get_by_label("Phạm vi")).to_have_value("school")
    expect(page.get_by_label("Phạm vi").locator("option:not([disabled])")).to_have_count(1)
    page.get_by_label("Mã trường").press_sequentially("doc binh")
    expect(page.locator(f"#school-places option[value='{OWN}']")).to_have_count(1)
    page.get_by_label("Mã trường").fill(OWN)
    assert axe(page) == []
    page.get_by_role("button", name="Tạo tài khoản").click()
    expect(page.locator("#password")).to_have_text(re.compile("^[a-z0-9]{5}(-[a-z0-9]{5}){3}$"))
    assert axe(page) == []
    page.get_by_role("link", name="Đã trao, mở tài khoản").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đỗ Quốc Bảo")
    expect(page.locator(".role-line")).to_contain_text(OWN)


def test_what_is_wrong_stands_at_its_field_and_is_read_out_with_it(page_as: PageAs, site: Site) -> None:
    site.allowed.append("422")
    page = page_as(lang="en")
    page.goto("/users/new")
    page.get_by_label("Login").fill("Lê Tâm")
    page.get_by_label("Role").select_option("commune-officer")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_contain_text("Something is not right")
    expect(page.get_by_label("Login")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Login")).to_have_accessible_description(re.compile("3 to 64 characters"))
    expect(page.get_by_label("Commune", exact=True)).to_have_accessible_description("choose a commune")
    assert axe(page) == []


def test_someone_who_is_locked_out_is_helped_on_a_phone(page_as: PageAs, site: Site) -> None:
    with site.session() as session:
        add_person(session, site.person("school"))
        user = accounts.by_login(session, site.person("school").login)
        assert user is not None
        user.locked_until, user.totp_secret = time.time() + 600, "sealed"
        session.add(user)
        session.commit()
    page = page_as(width=360)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/users?state=locked")
    page.get_by_role("link", name="Người school").click()
    expect(page.get_by_text("Bị khoá đến")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Mở khoá ngay").click()
    expect(page.get_by_role("status")).to_contain_text("Đã mở khoá")
    page.get_by_role("button", name="Tắt xác thực hai bước").click()
    expect(page.get_by_role("status")).to_contain_text("Đã tắt xác thực hai bước")
    page.get_by_role("button", name="Đặt lại mật khẩu").click()
    expect(page.locator("#password")).to_be_visible()
    assert not is_sideways(page)


def test_the_list_is_sorted_and_filtered_without_leaving_the_page(page_as: PageAs, site: Site) -> None:
    for role in ("operator", "auditor", "school"):
        site.cookie(role, "vi")
    page = page_as()
    page.goto("/users")
    rows = page.locator("#users tbody tr")
    expect(rows).to_have_count(4)
    page.get_by_role("link", name="Tên đăng nhập").click()
    expect(page).to_have_url(re.compile(r"sort=-login"))
    expect(rows.first).to_contain_text("school-school")
    page.get_by_label("Vai trò").select_option("auditor")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Kiểm toán")


@pytest.mark.parametrize(("lang", "width", "theme"), LOOKS)
def test_people_are_for_everybody_and_every_phone(page_as: PageAs, lang: str, width: int, theme: str) -> None:
    page = page_as(lang=lang, width=width, theme=theme)
    for path in ("/users", "/users/new", "/users/1"):
        page.goto(path)
        assert axe(page) == [], path
        assert not is_sideways(page), path
