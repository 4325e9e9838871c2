"""Numbers, times and rates read as people of either language write them; no figure is never zero."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from controller.web import i18n
from controller.web.formats import NOTHING, Format
from controller.web.render import local_path
from controller.web.tables import Listing

NOW = 1_795_601_100.0  # 25 November 2026, 17:05 in Viet Nam
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def fmt(lang: str) -> Format:
    return Format(i18n.Translate(lang, i18n.load()), ZONE, NOW)


VI, EN = fmt("vi"), fmt("en")


def test_a_number_has_the_separators_of_its_language() -> None:
    assert (VI.number(1234567.891, 1), EN.number(1234567.891, 1)) == ("1.234.567,9", "1,234,567.9")
    assert VI.number(float("nan")) == VI.number(None) == VI.number(float("inf")) == NOTHING


def test_a_moment_is_the_one_of_the_province() -> None:
    assert VI.moment(NOW) == "25/11/2026 17:05"
    assert EN.moment(NOW) == "25 Nov 2026 17:05"
    assert (VI.iso_day("2028-12-31"), EN.iso_day("2028-12-31")) == ("31/12/2028", "31 Dec 2028")
    assert VI.weekday(NOW) == "Thứ Tư"
    assert EN.weekday(NOW) == "Wednesday"
    assert VI.iso(NOW) == "2026-11-25T17:05:00+07:00"


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0, "0 giây", "0 seconds"),
        (1, "1 giây", "1 second"),
        (75, "1 phút 15 giây", "1 minute 15 seconds"),
        (3_600, "1 giờ", "1 hour"),
        (90_061, "1 ngày 1 giờ", "1 day 1 hour"),
        (86_460, "1 ngày", "1 day"),
        (-5, "0 giây", "0 seconds"),
    ],
)
def test_a_duration_names_its_two_largest_units(seconds: float, vi: str, en: str) -> None:
    assert (VI.duration(seconds), EN.duration(seconds)) == (vi, en)


def test_how_long_ago_never_lies_ahead() -> None:
    assert VI.ago(NOW - 120) == "2 phút trước"
    assert EN.ago(NOW - 7_230) == "2 hours ago"
    assert EN.ago(NOW + 500) == EN.ago(NOW) == "just now"
    assert EN.ago(None) == NOTHING


def test_rates_and_sizes_keep_their_unit_and_what_is_missing_has_none() -> None:
    assert VI.mbps(150e6) == "150\N{NO-BREAK SPACE}Mbit/s"
    assert VI.mbps(4_230_000) == "4,23\N{NO-BREAK SPACE}Mbit/s"
    assert EN.ms(0.0204) == "20.4\N{NO-BREAK SPACE}ms"
    assert EN.size(8_300_000_000) == "8.30\N{NO-BREAK SPACE}GB"
    assert EN.mbps(None) == EN.ms(None) == EN.size(None) == EN.percent(None) == NOTHING


def test_a_share_of_nothing_is_no_figure_and_zero_of_some_is_one() -> None:
    assert EN.percent(0, 0) == NOTHING
    assert EN.percent(0, 12) == "0.0\N{NO-BREAK SPACE}%"
    assert VI.percent(1, 3) == "33,3\N{NO-BREAK SPACE}%"


def test_a_listing_leads_to_its_neighbours_and_keeps_what_was_asked() -> None:
    listing = Listing(
        id="x", url="/schools", rows=range(50), total=120, page=2, sort="name",
        params={"q": "sen hồng", "status": ["down", "silent"], "level": ""},
    )  # fmt: skip
    assert (listing.pages, listing.first, listing.last) == (3, 51, 100)
    assert listing.next_url == "/schools?sort=name&page=3&q=sen+h%E1%BB%93ng&status=down&status=silent"
    assert "page" not in listing.previous_url
    assert "sort=-name" in listing.sorted_by("name")
    assert "sort=-down" in listing.sorted_by("down", "-")
    empty = Listing(id="x", url="/schools", rows=(), total=0)
    assert (empty.pages, empty.first, empty.last, empty.next_url, empty.previous_url) == (1, 0, 0, "", "")


@pytest.mark.parametrize("url", ["//x", "https://x", "/\\x", "x", "", "/a\nb", "/" + "a" * 600])
def test_only_a_path_of_this_site_is_gone_back_to(url: str) -> None:
    assert local_path(url) == "/"
    assert local_path("/schools?q=1") == "/schools?q=1"
