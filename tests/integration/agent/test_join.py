"""Joining by code, from the command line, with controllers good and bad."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from agent import identity as identities
from agent.__main__ import main
from agent.box import lock
from agent.identity import IdentityError
from agent.wire import fingerprint
from tests.integration.agent.ca import Authority, authority
from tests.integration.agent.fake_controller import FakeController, join_code, ok, serving


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRUONGNET_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TRUONGNET_LANG", "en")
    return tmp_path / "state"


def test_a_box_joins_and_is_told_what_a_person_has_to_compare(
    controller: FakeController, root: Authority, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    controller.accepted = False
    assert main(["join", join_code(controller, root.hint)]) == 0
    identity = identities.load(directory)
    assert identity is not None
    said = capsys.readouterr().out
    assert fingerprint(controller.public) in said
    assert "compare" in said
    assert (identity.state, identity.roots, identity.school) == ("pending", [root.pem], "82001")
    assert (directory / "identity.json").stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700


def test_joining_again_with_the_same_code_sends_the_same_bytes(
    controller: FakeController, root: Authority, directory: Path
) -> None:
    controller.accepted = False
    for _ in range(3):
        assert main(["join", join_code(controller, root.hint)]) == 0
    assert len(set(controller.joins)) == 1


def test_waiting_ends_when_a_person_accepts(
    controller: FakeController, root: Authority, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.joining.RETRY_SECONDS", 0.05)
    answers = iter([False, False, True])

    def accept(path: str, _body: bytes) -> None:
        if path == "/v1/join":
            controller.accepted = next(answers)

    controller.accepted = False
    controller.hook = accept
    assert main(["join", join_code(controller, root.hint), "--wait", "20"]) == 0
    identity = identities.load(directory)
    assert identity is not None
    assert identity.state == "accepted"
    assert len(controller.joins) == 3


@pytest.mark.parametrize("reason", ["code-used", "code-expired", "code-unknown", "key-known"])
def test_a_refused_code_is_explained_and_a_new_one_makes_a_new_key(
    plain: FakeController, directory: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    plain.hook = lambda path, _body: ok({"v": 1, "state": "refused", "reason": reason}) if "join" in path else None
    assert main(["join", join_code(plain)]) == 1
    assert "→" in capsys.readouterr().err
    first = identities.load(directory)
    plain.hook = lambda _path, _body: None
    assert main(["join", join_code(plain)]) == 0
    second = identities.load(directory)
    assert first is not None
    assert second is not None
    assert first.private_key != second.private_key


def test_a_controller_that_is_not_the_one_of_the_code_is_not_trusted(
    controller: FakeController, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["join", join_code(controller, authority().hint)]) == 1
    assert identities.load(directory) is None
    assert controller.joins == []
    assert "Do not go on" in capsys.readouterr().err


def test_the_root_may_come_on_a_stick(
    controller: FakeController, root: Authority, directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text(root.pem)
    assert main(["join", join_code(controller, root.hint), "--ca", str(tmp_path / "ca.pem")]) == 0
    (tmp_path / "ca.pem").write_text(authority().pem)
    assert main(["join", join_code(controller, root.hint), "--ca", str(tmp_path / "ca.pem"), "--again"]) == 1


def test_a_controller_out_of_reach_leaves_a_request_that_goes_out_later(
    root: Authority, directory: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with serving(FakeController(ca_pem=root.pem), root.server_file(tmp_path / "a.pem", "127.0.0.1")) as gone:
        code = join_code(gone, root.hint)
    assert main(["join", code]) == 1
    assert "is kept" in capsys.readouterr().err
    kept = identities.load(directory)
    assert kept is not None
    assert (kept.state, kept.roots) == ("pending", [])
    assert json.loads(kept.join_request)["payloadType"].startswith("application/vnd.truongnet.join")


def test_a_box_that_belongs_to_a_school_is_not_taken_away_by_a_second_code(
    plain: FakeController, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["join", join_code(plain)]) == 0
    before = identities.load(directory)
    assert main(["join", join_code(plain)]) == 1
    assert "--again" in capsys.readouterr().err
    assert identities.load(directory) == before


def test_beginning_again_keeps_the_former_life_aside(plain: FakeController, directory: Path) -> None:
    assert main(["join", join_code(plain)]) == 0
    assert main(["join", join_code(plain), "--again"]) == 0
    assert (directory / "former-1" / "identity.json").exists()
    assert (directory / "former-1" / "spool.sqlite").exists()
    held = lock(directory)
    try:
        assert main(["join", join_code(plain), "--again"]) == 1
    finally:
        os.close(held)


def test_a_bad_code_makes_nothing(directory: Path) -> None:
    assert main(["join", "tn1:nonsense"]) == 1
    assert not directory.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"private_key": "short", "controller": "x"}', '{"private_key": 5}']
)
def test_a_damaged_identity_is_named(directory: Path, content: str) -> None:
    directory.mkdir()
    (directory / "identity.json").write_text(content)
    with pytest.raises(IdentityError, match=r"identity\.json"):
        identities.load(directory)
    assert main(["status"]) == 1


def test_the_private_key_is_not_shown_by_accident(plain: FakeController, directory: Path) -> None:
    assert main(["join", join_code(plain)]) == 0
    identity = identities.load(directory)
    assert identity is not None
    assert identity.private_key not in repr(identity)
    assert len(base64.b64decode(identity.private_key)) == 32
