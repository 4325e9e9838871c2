"""Import in a browser: a bad file and what is wrong with it, a good one and one press; samples come and go."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, expect

from controller.samples import work as samples
from tests.browser.conftest import PageAs, Site, axe, is_sideways

pytestmark = pytest.mark.browser
LOOKS = [("vi", 360, "dark"), ("en", 360, "light"), ("vi", 1280, "light"), ("en", 1280, "dark")]
HEAD = "Mã trường;Tên trường;Xã/phường;Học sinh"
GOOD = f"{HEAD}\n82901;Trường Tiểu học Sen Hồng;Phường Cao Lãnh;1.234\n82902;Trường Mầm non Hoa Cau;Xã Mỹ Thọ;\n"
BAD = f"{HEAD}\n82901;Trường Tiểu học Sen Hồng;Phường Cao Lãnh;nhiều\n;Trường không mã;Xã Không Có;5\n"


def file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_a_bad_file_is_explained_and_a_good_one_written(page_as: PageAs) -> None:
    page = page_as()
    page.goto("/import")
    page.get_by_label("Chọn hoặc kéo thả tệp vào đây").set_input_files(file("sai.csv", BAD))
    expect(page.locator(".drop strong")).to_have_text("sai.csv")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xem trước sai.csv")
    expect(page.get_by_role("alert")).to_contain_text("chỗ cần sửa")
    faults = page.get_by_role("region", name="Chỗ cần sửa").get_by_role("row")
    expect(faults.filter(has_text="Học sinh")).to_contain_text("phải là số")
    expect(faults.filter(has_text="Xã Không Có")).to_contain_text("không có xã, phường này")
    expect(page.get_by_role("button", name=re.compile("Ghi"))).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải danh sách lỗi (CSV)").click()
    assert "phải là số" in download.value.path().read_text("utf-8-sig")
    assert axe(page) == []

    page.get_by_role("button", name="Bỏ tệp này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã xoá tệp")
    page.get_by_label("Chọn hoặc kéo thả tệp vào đây").set_input_files(file("dung.csv", GOOD))
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("status")).to_contain_text("Không có lỗi")
    assert axe(page) == []
    page.get_by_role("button", name="Ghi 2 dòng vào hệ thống").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã nhập dung.csv")
    page.get_by_role("link", name="Xem các trường").click()
    expect(page.get_by_role("link", name="Trường Tiểu học Sen Hồng")).to_be_visible()


def test_a_wait_shows_that_it_goes_on_and_ends_by_itself(page_as: PageAs, site: Site) -> None:
    page = page_as()
    page.goto("/import")
    page.get_by_label("Chọn hoặc kéo thả tệp vào đây").set_input_files(file("cho.csv", GOOD))
    page.get_by_role("button", name="Xem trước").click()
    page.wait_for_url(re.compile("/import/[0-9a-f]{24}"))
    state = site.app.state.works.folder(page.url.rpartition("/")[2]) / "state.json"
    ended = state.read_text()
    state.write_text(ended.replace('"state":"done"', '"state":"running"'))
    page.reload()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert axe(page) == []
    state.write_text(ended)
    expect(page.get_by_role("button", name="Ghi 2 dòng vào hệ thống")).to_be_visible()


def test_the_sample_province_is_loaded_seen_and_removed(page_as: PageAs, site: Site) -> None:
    page = page_as(lang="en")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/samples")
    assert axe(page) == []
    page.get_by_role("button", name="Only 5 sample pilot schools").click()
    expect(page.get_by_role("heading", name="There are 5 sample schools")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("SAMPLE DATA").first).to_be_visible()
    assert samples.state(site.app.state.services.engine, 0.0).schools == 5
    page.get_by_role("button", name="Remove sample data").click()
    expect(page.get_by_role("button", name="Load the sample province")).to_be_visible(timeout=60_000)
    page.goto("/")
    expect(page.get_by_text("SAMPLE DATA")).to_have_count(0)


@pytest.mark.parametrize(("lang", "width", "theme"), LOOKS)
def test_the_import_is_for_everybody_and_every_phone(page_as: PageAs, lang: str, width: int, theme: str) -> None:
    page = page_as(lang=lang, width=width, theme=theme)
    page.goto("/import")
    assert axe(page) == []
    assert not is_sideways(page)
    page.locator("#file").set_input_files(file("sai.csv", BAD))
    page.locator("form[enctype] button").click()
    page.wait_for_url(re.compile("/import/[0-9a-f]{24}"))
    assert axe(page) == []
    assert not is_sideways(page)
