"""The way in: one-time password, a password of one's own, the second factor, and out again."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from controller.people import accounts
from tests.browser.conftest import PageAs, Site, axe, is_sideways

pytestmark = pytest.mark.browser
OWN_PASSWORD = "bốn chữ dễ nhớ mà dài"


@pytest.fixture
def password(site: Site) -> str:
    """The one-time password of a new administrator."""
    found = accounts.ensure_admin(site.app.state.services.engine, time.time())
    assert found is not None
    return found


def sign_in(page: Page, password: str) -> None:
    page.goto("/login")
    page.get_by_label("Tên đăng nhập").fill("admin")
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def set_password(page: Page, old: str) -> None:
    page.get_by_label("Mật khẩu một lần").fill(old)
    page.get_by_label("Mật khẩu mới", exact=False).first.fill(OWN_PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Đổi mật khẩu").click()


def test_the_first_sign_in_ends_with_ones_own_password_and_a_second_factor(
    page_as: PageAs, password: str, site: Site
) -> None:
    site.allowed += ["401", "422"]  # what a refused form answers is written to the console
    page = page_as(None)
    page.goto("/")
    expect(page).to_have_url(re.compile("/login$"))
    sign_in(page, "sai mật khẩu")
    expect(page.get_by_role("alert")).to_contain_text("Đăng nhập không thành công")
    sign_in(page, password)
    expect(page).to_have_url(re.compile("/account/password$"))
    set_password(page, password)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tổng quan")
    expect(page.get_by_role("status")).to_contain_text("Đã đổi mật khẩu")

    page.goto("/account/totp")
    assert axe(page) == []
    secret = page.locator(".totp-secret").text_content() or ""
    page.get_by_label("Mã 6 số").fill("000000" if pyotp.TOTP(secret).now() != "000000" else "111111")
    page.get_by_role("button", name="Bật").click()
    expect(page.get_by_role("alert")).to_contain_text("Mã xác thực không đúng")
    assert page.locator(".totp-secret").text_content() == secret, "the same code to scan after a mistake"
    page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Bật").click()
    expect(page.get_by_text("Đang bật")).to_be_visible()

    page.get_by_role("button", name="Thoát").click()
    expect(page).to_have_url(re.compile("/login$"))
    sign_in(page, OWN_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mã xác thực")
    page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).at(time.time() + 30))  # the one of now is spent
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tổng quan")


def test_after_signing_in_one_is_where_one_wanted_to_be(page_as: PageAs, password: str) -> None:
    page = page_as(None)
    page.goto("/schools?q=sen")
    page.get_by_label("Tên đăng nhập").fill("admin")
    assert page.locator("input[name=next]").first.input_value() == "/schools?q=sen"


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", "/login/totp"])
def test_the_way_in_is_for_everybody_and_every_phone(page_as: PageAs, path: str, lang: str, theme: str) -> None:
    page = page_as(None, lang=lang, width=360, theme=theme)
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == lang
    assert axe(page) == []
    assert not is_sideways(page)


def test_the_language_is_chosen_before_signing_in_and_kept(page_as: PageAs) -> None:
    page = page_as(None, lang="vi")
    page.goto("/login")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_an_api_token_is_shown_once_and_can_be_revoked(page_as: PageAs) -> None:
    page = page_as(lang="en")
    page.goto("/account")
    page.get_by_label("Name of the new token").fill("Grafana")
    page.get_by_role("button", name="Create API token").click()
    expect(page.locator("#new-token")).to_contain_text(re.compile("^tnt_"))
    page.goto("/account")
    expect(page.locator("#new-token")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("The API token was revoked")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", ["/account", "/account/password", "/no-such-page"])
def test_ones_own_pages_are_for_everybody_and_every_phone(
    page_as: PageAs, site: Site, path: str, lang: str, width: int
) -> None:
    site.allowed.append("404")
    page = page_as("school", lang=lang, width=width, theme="dark")
    page.goto(path)
    assert axe(page) == []
    assert not is_sideways(page)
