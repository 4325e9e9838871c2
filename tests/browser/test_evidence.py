"""A school's evidence file in a browser: from the school's page to the download, by keyboard's reach and on a phone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageAs, Site, axe, is_sideways
from tests.integration.api.world import OWN

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("TRUONGNET_SHOTS", "")  # a directory: pictures to be looked at


@pytest.mark.parametrize(
    ("lang", "width", "theme"), [("vi", 1280, "light"), ("en", 1280, "dark"), ("vi", 360, "dark"), ("en", 360, "light")]
)
def test_a_period_is_chosen_and_its_file_is_good(
    site: Site, page_as: PageAs, lang: str, width: int, theme: str, tmp_path: Path
) -> None:
    page = page_as("auditor", lang=lang, width=width, theme=theme)

    def shot(name: str) -> None:
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{lang}-{width}-{theme}.png", full_page=True)

    page.goto(f"/schools/{OWN}")
    shot("school")
    page.get_by_role("link", name="Hồ sơ bằng chứng" if lang == "vi" else "Evidence file").click()
    page.get_by_role("button", name="7 ngày qua" if lang == "vi" else "Last 7 days").click()
    expect(page.locator("#first")).not_to_have_value("")
    shot("choose")
    assert axe(page) == []
    assert not is_sideways(page)
    page.get_by_role("button", name="Lập hồ sơ" if lang == "vi" else "Make the file").click()
    link = page.get_by_role("link", name=re.compile("Tải hồ sơ|Get the file"))
    expect(link).to_be_visible(timeout=60_000)
    shot("made")
    assert axe(page) == []
    assert not is_sideways(page)
    with page.expect_download() as waiting:
        link.click()
    file = tmp_path / "evidence.zip"
    waiting.value.save_as(file)
    assert waiting.value.suggested_filename.startswith(f"truongnet-{OWN}-")
    root = site.app.state.services.keys.fingerprint
    words = (sys.executable, "-m", "truongnet", "verify", str(file), "--fingerprint", root)
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
