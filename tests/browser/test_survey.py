"""The survey on a telephone: what was typed outlives a lost connection, and is gone once it was sent."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from controller.api import school_links
from controller.assets import links
from controller.tables import School, SchoolLink, SurveyAnswer
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN

pytestmark = pytest.mark.browser
LINK = "ab" * 8


def address(site: Site) -> str:
    with site.session() as session:
        school = session.exec(select(School.id).where(School.code == OWN)).one() or 0
        now = time.time()
        row = SchoolLink(id=LINK, school_id=school, purpose="survey", created_at=now, expires_at=now + 86_400)
        session.add(row)
        session.commit()
        return "/survey/" + links.token_of(site.app.state.services.keys.secret(school_links.KEY), row)


def kept(page: Page) -> dict[str, Any]:
    """The draft that this browser keeps."""
    text = page.evaluate(f"() => localStorage.getItem('truongnet-survey-{LINK}')")
    found: dict[str, Any] = json.loads(text)["fields"] if text else {}
    return found


def test_a_draft_outlives_a_lost_connection_and_is_gone_once_it_was_sent(page_as: PageAs, site: Site) -> None:
    site.allowed.append("ERR_INTERNET_DISCONNECTED")
    url, page = address(site), page_as(None, width=360)
    page.goto(url)
    page.get_by_label("Nhà cung cấp").fill("VNPT")
    page.get_by_role("button", name="Thêm phòng").click()
    room = page.get_by_role("group", name="Phòng thứ 5")
    room.get_by_label("Mã phòng").fill("TH1")
    room.get_by_label("Loại phòng").select_option("computer-room")
    page.get_by_label("Họ tên").fill("Cô Lan")
    page.get_by_label("Điện thoại", exact=True).last.fill("0900 000 001")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi phiếu").click()
    notice = page.locator("[data-draft-notice]")
    expect(notice).to_contain_text("Không có kết nối")
    draft = kept(page)
    assert (draft["provider"], draft["r4-code"], draft["r4-kind"]) == ("VNPT", "TH1", "computer-room")
    assert not draft.keys() & {"contact_name", "contact_phone"}

    page.close()  # the telephone was put away
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(url)
    notice = again.locator("[data-draft-notice]")
    expect(notice).to_contain_text("chưa gửi")
    expect(again.get_by_label("Nhà cung cấp")).to_have_value("VNPT")
    expect(again.get_by_role("group", name="Phòng thứ 5").get_by_label("Mã phòng")).to_have_value("TH1")
    expect(again.get_by_label("Họ tên")).to_have_value("")
    assert axe(again) == []
    assert not is_sideways(again)
    again.get_by_role("button", name="Gửi phiếu").click()
    expect(again.locator(".notice-success").first).to_be_visible()
    expect(notice).to_be_hidden()
    assert kept(again) == {}
    with site.session() as session:
        (row,) = session.exec(select(SurveyAnswer).where(SurveyAnswer.via == f"link:{LINK}")).all()
    assert [room["code"] for room in row.answers["rooms"]] == ["A101", "TH1"]


def test_a_draft_older_than_what_was_sent_is_used_only_when_asked_for(page_as: PageAs, site: Site) -> None:
    url, page = address(site), page_as(None, lang="en", width=360)
    page.goto(url)
    page.get_by_label("Provider").fill("Viettel")
    expect(page.locator("[data-draft-kept]")).to_be_visible()
    other = page_as(None, lang="en", width=360)  # a second telephone with the same link
    other.goto(url)
    other.get_by_label("Provider").fill("FPT")
    other.get_by_role("button", name="Send").click()
    expect(other.locator(".notice-success").first).to_be_visible()
    page.reload()
    expect(page.get_by_label("Provider")).to_have_value("FPT")
    page.get_by_role("button", name="Use the draft").click()
    expect(page.get_by_label("Provider")).to_have_value("Viettel")
    page.get_by_role("button", name="Drop the draft").click()
    expect(page.get_by_label("Provider")).to_have_value("FPT")
    expect(page.locator("[data-draft-notice]")).to_be_hidden()
    assert kept(page) == {}
