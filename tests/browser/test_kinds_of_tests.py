"""The page of one speed test in a browser: a full one with what a call feels and a second opinion, and a light one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from controller.tables import Hour, Measurement, School
from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN, box_id

pytestmark = pytest.mark.browser
UDP = {
    "udp_loss_ratio": 0.0,
    "udp_rtt_seconds": 0.0123,
    "udp_jitter_seconds": 0.0011,
    "udp_loss_loaded_down_ratio": 0.021,
    "udp_rtt_loaded_down_seconds": 0.071,
    "udp_jitter_loaded_down_seconds": 0.009,
    "udp_loss_loaded_up_ratio": 0.12,
    "udp_rtt_loaded_up_seconds": 0.31,
    "udp_jitter_loaded_up_seconds": 0.04,
    "responsiveness_rpm": 190.0,
    "bytes_used": 69.4e6,
}
FULL: dict[str, Any] = {
    "method": "truongnet-tcp/1",
    "mode": "full",
    "streams": 4,
    "validity": ["wifi"],
    "interface": {
        "name": "wlan0",
        "medium": "wifi",
        "signal_dbm": -67.0,
        "send_bits_per_second": 130e6,
        "receive_bits_per_second": 65e6,
    },
    "udp": {"state": "ok", "path": "domestic"},
    "path": {"interface": "wlan0", "gateway": "192.168.1.1", "network": "203.113.0.0/16"},
}
GUESS: dict[str, Any] = {"by": "trains", "is_bound": False, "confidence_ratio": 0.1, "packets": 296}
LIGHT: dict[str, Any] = {
    "method": "truongnet-light/1",
    "mode": "light",
    "validity": [],
    "light_down": GUESS | {"bits_per_second": 45.6e6},
    "light_up": GUESS | {"bits_per_second": 51.2e6},
}


def put(session: Session, at: float, facts: dict[str, Any], probe: str = "speed", **more: Any) -> int:
    values = more.pop("values", {})
    samples = [{"name": name, "value": value, "labels": {}} for name, value in values.items()]
    row = Measurement(
        school_id=session.exec(select(School.id).where(School.code == OWN)).one() or 0,
        agent_id=box_id(OWN, "accepted"),
        seq=int(at),
        item=0,
        probe=probe,
        outcome="ok",
        scope="network",
        at=at,
        duration=9.0,
        body={"facts": facts, "samples": samples},
        **more,
    )
    session.add(row)
    session.commit()
    assert row.id is not None
    return row.id


def fill_tests(session: Session, now: float) -> tuple[int, int]:
    """A full test and a light one."""
    for days in (1, 2, 3):
        put(session, now - days * 86_400, {"mode": "full"}, down_bps=95.1e6, up_bps=52e6, rtt=0.012)
    speeds = {"second_down_bits_per_second": 88.3e6, "second_up_bits_per_second": 61.9e6}
    put(session, now - 900, {"method": "speedtest-cli/2.1.3", "mode": "second"}, "second", values=speeds)
    full = put(session, now - 1_200, FULL, values=UDP, down_bps=91e6, up_bps=50e6, rtt=0.012, is_valid=False)
    light = put(session, now - 600, LIGHT, values={"bytes_used": 873_000.0}, rtt=0.012)
    key = session.exec(select(School.id).where(School.code == OWN)).one() or 0
    hour = session.get(Hour, (key, int(now) // 3600 * 3600)) or Hour(school_id=key, hour_at=int(now) // 3600 * 3600)
    window = {"labels": {"interface": "eth0"}, "at": now - 60, "seconds": 900.0, "count": 180, "lost": 0}
    names = (("passive_down_bits_per_second", 71e6), ("passive_up_bits_per_second", 9.4e6))
    hour.windows = [*hour.windows, *({"name": name, **window, "p95": top / 2, "max": top} for name, top in names)]
    session.add(hour)
    session.commit()
    return full, light


@pytest.mark.parametrize(
    ("lang", "width", "theme"),
    [("vi", 1280, "light"), ("en", 1280, "dark"), ("vi", 360, "dark"), ("en", 360, "light")],
)
def test_both_kinds_are_plain_on_every_screen(site: Site, page_as: PageAs, lang: str, width: int, theme: str) -> None:
    with site.session() as session:
        full, light = fill_tests(session, time.time())
    page = page_as("operator", lang=lang, width=width, theme=theme)
    words = {
        "vi": ("Ý kiến thứ hai", "chỉ còn khoảng một nửa", "Đã chạy thật trong 24 giờ qua"),
        "en": ("Second opinion", "about half or less", "Seen in real use, last 24 hours"),
    }[lang]
    paths = (f"/schools/{OWN}/tests/{full}", f"/schools/{OWN}/tests/{light}", f"/schools/{OWN}#line")
    for path, said in zip(paths, words, strict=True):
        page.goto(path)
        expect(page.locator("body")).to_contain_text(said)
        assert not is_sideways(page), path
        assert axe(page) == []
