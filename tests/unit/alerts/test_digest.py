"""The morning's page: when it is written, what stands in it, and that it stays one page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from controller.alerts import digest_text
from controller.alerts.digest import Digest, Trouble, summarise, window
from tests.unit.alerts.examples import ZONE, place


def at(day: int, hour: int, minute: int = 0) -> float:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp()


SINCE, UNTIL = at(23, 6, 45), at(24, 6, 45)


def trouble(code: str, began: float, ended: float | None = None, **more: Any) -> Trouble:
    values: dict[str, Any] = {"name": f"Trường {code}", "commune": "Xã Mỹ Thọ", "severity": "down", "cause": "power"}
    return Trouble(code=code, began_at=began, ended_at=ended, **{**values, "path": "/incidents/1", **more})


@pytest.mark.parametrize(
    ("now", "day"),
    [(at(24, 6, 44), None), (at(24, 6, 45), "2026-11-24"), (at(24, 11, 59), "2026-11-24"), (at(24, 12, 0), None)],
)
def test_it_is_written_from_a_quarter_to_seven_and_not_after_noon(now: float, day: str | None) -> None:
    found = window(now, ZONE)
    assert (found[0] if found else None) == day
    if found:
        assert found[1:] == (SINCE, UNTIL)


def made(*troubles: Trouble) -> Digest:
    return summarise(troubles, {"up": 1_000, "down": 2}, SINCE, UNTIL)


def test_new_lasting_and_recovered_are_told_apart() -> None:
    found = made(
        trouble("NEW", at(23, 20)),
        trouble("OLD", at(20, 8)),
        trouble("OVER", at(23, 8), at(23, 9)),
        trouble("OVER-OLD", at(22, 8), at(23, 9)),
        trouble("LONG-OVER", at(20, 8), at(22, 9)),
        trouble("LATER", at(24, 6, 50)),
        trouble("ENDED-LATER", at(23, 21), at(24, 6, 50)),
    )
    assert {one.code for one in found.new} == {"NEW", "ENDED-LATER"}
    assert {one.code for one in found.lasting} == {"OLD"}
    assert {one.code for one in found.recovered} == {"OVER", "OVER-OLD"}


def test_the_worst_is_counted_within_the_day_and_never_twice() -> None:
    found = made(
        trouble("A", at(20, 8)),  # all day
        trouble("A", at(23, 10), at(23, 12)),  # lies within
        trouble("B", at(23, 8), at(23, 10)),
        trouble("B", at(23, 9), at(23, 11)),  # overlaps
        trouble("C", at(23, 8), at(23, 20), severity="degraded"),
    )
    assert [(one.code, one.seconds, one.times) for one in found.worst] == [("A", 86_400.0, 2), ("B", 3 * 3_600.0, 2)]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_bad_day_stays_one_page(lang: str) -> None:
    form = place().vi if lang == "vi" else place().en
    found = made(*(trouble(f"{n}", at(23, 20)) for n in range(500)), *(trouble(f"L{n}", at(20, 8)) for n in range(500)))
    text = digest_text.text(found, form, "Tỉnh Đồng Tháp", "https://mang.example.vn")
    assert len(text.splitlines()) < 60
    assert ("và 488 trường nữa" if lang == "vi" else "and 488 more") in text
    assert len(digest_text.html(found, form, "Tỉnh Đồng Tháp", "https://mang.example.vn")) < 30_000


def test_both_languages_are_whole() -> None:
    found = made(trouble("NEW", at(23, 20)), trouble("OVER", at(23, 8), at(23, 9)))
    vietnamese = digest_text.text(found, place().vi, "Tỉnh Đồng Tháp", "https://mang.example.vn")
    english = digest_text.text(found, place().en, "Tỉnh Đồng Tháp", "https://mang.example.vn")
    assert "Trường NEW (Xã Mỹ Thọ): từ 23/11/2026 20:00 · Mất điện" in vietnamese
    assert "Trường NEW (Xã Mỹ Thọ): since 23 Nov 2026 20:00 · Power cut" in english
    assert "1.000 hoạt động · 2 mất mạng" in vietnamese
    assert "1,000 up · 2 down" in english
    assert "Từ 23/11/2026 06:45 đến 24/11/2026 06:45" in vietnamese


def test_a_calm_day_says_so() -> None:
    assert digest_text.CALM.vi in digest_text.text(made(), place().vi, "Tỉnh", "https://x.vn")
    assert "Không có sự cố nào" in digest_text.subject(made(), place().vi, "Tỉnh")


def test_a_name_is_no_markup() -> None:
    strange = trouble("X", at(23, 20), name='<img src=x onerror="alert(1)">')
    page = digest_text.html(made(strange), place().vi, '<b>"', "https://x.vn")
    assert "<img" not in page
    assert "<b>" not in page
