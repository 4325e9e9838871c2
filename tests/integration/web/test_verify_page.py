"""Checking an evidence file in the browser: a verdict part by part, for whoever may see evidence; no file is kept."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from sqlmodel import col, select

from controller.evidence import checking
from controller.problems import Problem
from controller.tables import Audit
from tests.integration.api.world import ADMIN, HERE, OWN, Person, World
from tests.integration.web.forms import done, errors, get, post, shown

AUDITOR = Person("auditor", "province")
TECHNICIAN = Person("technician", "commune", HERE)
OFFLINE = "truongnet verify FILE --fingerprint FINGERPRINT"


def send(world: World, data: bytes, name: str = "ho-so.zip") -> str:
    """Upload, and what stands on the page of the verdict."""
    url = done(post(world, "/verify", person=AUDITOR, files={"file": (name, data)}))
    world.app.state.works.wait(60)
    kept = [file.name for file in world.app.state.works.folder(url.rpartition("/")[2]).iterdir()]
    assert kept == ["state.json"]
    return shown(get(world, url, AUDITOR))


@pytest.fixture
def evidence(sqlite_world: World) -> bytes:
    here = f"/schools/{OWN}/evidence"
    period = {"first": "2026-11-20", "last": "2026-11-24"}
    made = sqlite_world.call(AUDITOR, "POST", here, data=period, follow_redirects=False).headers["location"]
    sqlite_world.app.state.works.wait(60)
    return sqlite_world.call(AUDITOR, "GET", f"{made}/file").content


def test_a_good_file_is_said_good_part_by_part_and_one_changed_bit_is_found(
    sqlite_world: World, evidence: bytes
) -> None:
    text = send(sqlite_world, evidence)
    assert "The file is genuine" in text
    assert text.count(" Good ") == 9
    assert "Not checked" not in text
    assert f"· {OWN} ·" in text
    assert "no record has its seal any more" in text  # this world's measurements came past the boxes
    assert OFFLINE in text
    place = evidence.index(b"seals.jsonl") + 2_000
    changed = evidence[:place] + bytes([evidence[place] ^ 1]) + evidence[place + 1 :]
    text = send(sqlite_world, changed)
    assert "Not usable as evidence" in text
    assert "this part's content is another" in text
    assert (text.count(" Bad "), text.count(" Not checked ")) == (1, 8)
    said = checking.check(evidence, "0" * 64)  # of a server with another CA
    assert [(one["step"], one["code"]) for one in said["findings"]] == [("trust", "not-trusted")]


def test_the_audit_log_keeps_who_had_what_checked_and_no_files_name(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(data: bytes, root: str) -> dict[str, Any]:
        if not data:
            raise Problem("evidence-unchecked")
        found = {"good": data == b"good", "done": [], "findings": [], "facts": {}}
        return found | {"bytes": len(data), "sha256": sha256(data).hexdigest()}

    monkeypatch.setattr(checking, "check", answer)
    for data in (b"good", b"bad", b""):
        done(post(sqlite_world, "/verify", person=AUDITOR, files={"file": ("Nguyen-Van-An.zip", data)}))
        sqlite_world.app.state.works.wait(60)
    with sqlite_world.session() as session:
        rows = session.exec(select(Audit).where(Audit.action == "evidence.check").order_by(col(Audit.id))).all()
    assert [row.detail["verdict"] for row in rows] == ["genuine", "refused", "unchecked"]
    assert {row.actor for row in rows} == {AUDITOR.login}
    assert rows[0].detail["sha256"] == sha256(b"good").hexdigest()
    assert rows[0].detail["name_sha256"] == sha256(b"Nguyen-Van-An.zip").hexdigest()
    assert "Nguyen" not in str([(row.object, row.detail) for row in rows])
    assert "Check an evidence file" in shown(get(sqlite_world, "/audit?action=evidence.check", AUDITOR))


def test_what_is_no_evidence_file_is_said_in_plain_words(sqlite_world: World) -> None:
    for data, words in ((b"", "no evidence file"), (b"%PDF-1.7 ...", "no evidence file"), (b"PK\3\4 a", "cut short")):
        text = send(sqlite_world, data)
        assert "Not usable as evidence" in text
        assert words in text
        assert text.count(" Not checked ") == 8


def test_no_file_and_one_that_is_too_large_are_refused_at_the_field(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = post(sqlite_world, "/verify", person=AUDITOR)
    assert (answer.status_code, errors(answer.text)) == (422, {"file": "please fill this in"})
    large = b"x" * (checking.MAX_BYTES + 100 * 1024)
    assert post(sqlite_world, "/verify", person=AUDITOR, files={"file": ("x.zip", large)}).status_code == 413
    monkeypatch.setattr(checking, "MAX_BYTES", 1_000)
    answer = post(sqlite_world, "/verify", person=AUDITOR, files={"file": ("x.zip", b"x" * 1_001)})
    assert answer.status_code == 422
    assert "larger than 32 MB" in errors(answer.text)["file"]


def test_a_check_that_takes_too_long_is_stopped_and_concludes_nothing() -> None:
    with pytest.raises(Problem) as caught:
        checking.check(b"anything", "0" * 64, seconds=0.01)
    assert caught.value.code == "evidence-unchecked"


def test_only_who_may_see_evidence_and_who_sent_it_sees_the_verdict(sqlite_world: World) -> None:
    page = get(sqlite_world, "/verify", AUDITOR)
    assert OFFLINE in shown(page)
    assert sqlite_world.services.keys.fingerprint in page
    assert 'href="/verify"' in get(sqlite_world, f"/schools/{OWN}/evidence", AUDITOR)
    file = {"file": ("ho-so.zip", b"PK")}
    assert post(sqlite_world, "/verify", person=TECHNICIAN, files=file).status_code == 403
    url = done(post(sqlite_world, "/verify", person=AUDITOR, files=file))
    assert sqlite_world.call(ADMIN, "GET", url).status_code == 404
