"""The commands, as an operator types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session, select

from controller import joincodes
from controller.cli import main
from controller.commands.server import running
from controller.config import Settings, load
from controller.db import open_engine
from controller.main import create_services
from controller.tables import Agent, Audit, School
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import add_schools


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with two schools and one pending box."""
    services = create_services(load(None, {}, data_dir=tmp_path))
    box = Box()
    with Session(services.engine) as session:
        add_schools(session, 0.0)
        school = session.exec(select(School)).first()
        assert school is not None
        session.add(Agent(id=box.id, school_id=school.id or 0, public_key="x", fingerprint="bà-bác", hostname="hop-1"))
        session.commit()
    services.engine.dispose()
    return tmp_path


def run(data: Path, *words: str) -> int:
    return main(["--data-dir", str(data), *words])


def audited(data: Path) -> list[tuple[str, str]]:
    engine = open_engine(load(None, {}, data_dir=data).database_url)
    with Session(engine) as session:
        found = [(row.actor, row.action) for row in session.exec(select(Audit).order_by("id"))]
    engine.dispose()
    return found


def test_a_join_code_is_printed_alone_so_that_it_can_be_piped(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "join-code", "82001", "--valid", "30d") == 0
    printed = capsys.readouterr().out
    assert joincodes.decode(printed)["u"] == "http://127.0.0.1:8080"
    assert printed.count("\n") == 1
    assert audited(data) == [("cli", "join-code.create")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["join-code", "99999"], "no school 99999"),
        (["join-code", "82001", "--valid", "31d"], "30 days"),
        (["agents", "accept", "zz"], "0 boxes have such an id"),
        (["restore", "/nonexistent.tar"], "the restore failed"),
        (["admin", "reset-password", "nobody"], "no account nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_both_languages(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert run(data, *words) == 1
    said = capsys.readouterr().err
    assert message in said
    assert " / " in said


def test_a_box_is_listed_accepted_by_the_beginning_of_its_id_and_retired(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "agents", "list") == 0
    agent, state = capsys.readouterr().out.split()[:2]
    assert state == "pending"
    assert run(data, "agents", "accept", agent[:6]) == 0
    assert run(data, "agents", "refuse", agent) == 1  # too late
    assert run(data, "agents", "retire", agent) == 0
    assert run(data, "agents", "release", agent) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("tn1:")
    assert [action for _, action in audited(data)] == ["agent.accept", "agent.retire", "agent.release"]


def test_the_ca_is_rolled_and_finished(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(data, "ca", "fingerprint")
    before = capsys.readouterr().out.strip()
    assert run(data, "ca", "roll") == 0
    assert run(data, "ca", "roll") == 1
    assert run(data, "ca", "finish") == 0
    capsys.readouterr()
    run(data, "ca", "fingerprint")
    assert capsys.readouterr().out.strip() != before


def test_the_first_administrator_is_made_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "admin", "create") == 0
    assert capsys.readouterr().out.startswith("admin  ")
    assert run(data, "admin", "create") == 1
    assert run(data, "admin", "reset-password", "admin") == 0


def test_a_backup_is_restored_but_never_under_a_running_controller(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "b.tar")
    assert run(data, "backup", file) == 0
    with running(data):
        assert run(data, "restore", file) == 1
        assert run(data, "backup", str(tmp_path / "c.tar")) == 0  # while it runs
    assert "a controller is running" in capsys.readouterr().err
    assert run(data, "restore", file) == 0


def test_the_openapi_is_printed_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "openapi") == 0
    described = json.loads(capsys.readouterr().out)
    assert described["info"]["title"] == "TruongNet"
    assert "/api/v1/schools/{code}" in described["paths"]
    assert set(described["components"]["securitySchemes"]) == {"token", "session"}, "as /api/v1/openapi.json has it"


def test_a_wrong_setting_is_an_error_and_no_traceback(data: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "controller", "--data-dir", data, "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 1
    assert asked.stderr == "truongnet: cài đặt sai / wrong setting: port = 0: must be a port from 1 to 65535\n"


def test_settings_that_are_wrong_are_found_before_anything_is_made(tmp_path: Path) -> None:
    assert main(["--data-dir", str(tmp_path / "data"), "serve", "--host", "example.vn"]) == 1
    assert not (tmp_path / "data").exists()
    assert Settings().port == 8080
