"""The page of a school's evidence file: the button, the period, progress, the download, the way back."""

from __future__ import annotations

import re

from controller.evidence.verify import verify
from tests.integration.api.world import ADMIN, HERE, OWN, Person, World

TECHNICIAN = Person("technician", "commune", HERE)
AUDITOR = Person("auditor", "province")
PAGE = f"/schools/{OWN}/evidence"
PERIOD = {"first": "2026-11-20", "last": "2026-11-24"}


def test_the_button_is_there_for_those_who_may_export(sqlite_world: World) -> None:
    for person, is_there in ((AUDITOR, True), (ADMIN, True), (TECHNICIAN, False)):
        text = sqlite_world.call(person, "GET", f"/schools/{OWN}").text
        assert (PAGE in text) is is_there


def test_the_form_names_the_ca_and_offers_periods(sqlite_world: World) -> None:
    text = sqlite_world.call(ADMIN, "GET", PAGE).text
    assert sqlite_world.services.keys.fingerprint in text
    assert 'data-first="2026-10-26" data-last="2026-11-24"' in text
    assert "Evidence file" in text


def test_a_period_becomes_a_file_that_can_be_fetched_and_forgotten(sqlite_world: World) -> None:
    answer = sqlite_world.call(AUDITOR, "POST", PAGE, data=PERIOD, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    here = answer.headers["location"]
    sqlite_world.app.state.works.wait(60)
    text = sqlite_world.call(AUDITOR, "GET", here).text
    assert f"{here}/file" in text
    file = sqlite_world.call(AUDITOR, "GET", f"{here}/file")
    assert verify(file.content, [sqlite_world.services.keys.fingerprint]).is_good
    digest = re.search(r"[0-9a-f]{64}", text)
    assert digest
    assert sqlite_world.call(AUDITOR, "POST", f"{here}/forget", follow_redirects=False).status_code == 303
    assert sqlite_world.call(AUDITOR, "GET", here).status_code == 404


def test_a_wrong_period_is_said_at_its_field_and_what_was_typed_stays(sqlite_world: World) -> None:
    answer = sqlite_world.call(AUDITOR, "POST", PAGE, data={"first": "2026-11-24", "last": "2026-11-20"})
    assert answer.status_code == 422
    assert "the last day must not be before the first" in answer.text
    assert 'value="2026-11-24"' in answer.text


def test_a_failure_in_the_middle_says_what_to_do(sqlite_world: World) -> None:
    (sqlite_world.services.settings.keys_dir / "evidence.key").write_text("no key at all")
    (sqlite_world.services.settings.keys_dir / "evidence.key").chmod(0o600)
    answer = sqlite_world.call(AUDITOR, "POST", PAGE, data=PERIOD, follow_redirects=False)
    sqlite_world.app.state.works.wait(60)
    text = sqlite_world.call(AUDITOR, "GET", answer.headers["location"]).text
    assert "the province&#39;s keys" in text
    assert "Choose another period" in text
