"""Asking for a school's evidence file over the API: made in the background, one's own, audited."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from controller.evidence.verify import verify
from controller.tables import Audit
from tests.integration.api.world import ADMIN, HERE, OWN, SIBLING, Person, World

OFFICER = Person("commune-officer", "commune", HERE)
ROOT = "/api/v1/schools"
PERIOD = {"first": "2026-11-20", "last": "2026-11-24"}


def made(world: World, person: Person, school: str = OWN) -> dict[str, Any]:
    answer = world.call(person, "POST", f"{ROOT}/{school}/evidence", json=PERIOD)
    assert answer.status_code == 202, answer.text
    world.app.state.works.wait(60)
    said: dict[str, Any] = world.call(person, "GET", f"{ROOT}/{school}/evidence/{answer.json()['id']}").json()
    return said


def test_a_commune_officer_gets_the_file_of_a_school_of_the_commune_and_the_audit_log_its_hash(world: World) -> None:
    said = made(world, OFFICER)
    assert said["state"] == "done", said
    file = world.call(OFFICER, "GET", f"{ROOT}/{OWN}/evidence/{said['id']}/file")
    assert file.status_code == 200
    assert file.headers["content-type"] == "application/zip"
    assert "truongnet-SEN-OWN-2026-11-20-2026-11-24.zip" in file.headers["content-disposition"]
    checked = verify(file.content, [world.services.keys.fingerprint])
    assert checked.findings == []
    assert checked.facts["unsealed"] == 2  # a window and a test that no box of this world sealed
    with world.session() as session:
        row = session.exec(select(Audit).where(Audit.action == "evidence.make")).one()
        assert (row.actor, row.object) == (OFFICER.login, f"school:{OWN}")
        assert row.detail["sha256"] == said["sha256"]


def test_a_file_is_only_for_who_asked_and_only_under_its_school(sqlite_world: World) -> None:
    said = made(sqlite_world, OFFICER)
    for person, school in ((ADMIN, OWN), (OFFICER, SIBLING)):
        for end in ("", "/file"):
            answer = sqlite_world.call(person, "GET", f"{ROOT}/{school}/evidence/{said['id']}{end}")
            assert answer.status_code == 404, answer.text


def test_periods_that_cannot_be_are_refused(sqlite_world: World) -> None:
    for first, last in (
        ("2026-11-24", "2026-11-20"),
        ("2026-01-01", "2026-11-20"),
        ("2026-12-01", "2026-12-02"),
        ("2026-02-30", "2026-03-01"),
        ("0001-01-01", "9999-12-31"),
        ("2026-11-20", "x"),
    ):
        body = {"first": first, "last": last}
        answer = sqlite_world.call(ADMIN, "POST", f"{ROOT}/{OWN}/evidence", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body
