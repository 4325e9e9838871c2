"""A person at the box measures now, with leave that the province printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from agent.__main__ import main as agent
from controller.cli import main as controller
from controller.config import load
from controller.main import create_services
from tests.integration.controller.conftest import add_schools
from tests.integration.measure.place import Place, place


@pytest.fixture
def province(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A controller's data with two schools, and its measurement server."""
    services = create_services(load(None, {}, data_dir=tmp_path))
    with Session(services.engine) as session:
        add_schools(session, 0.0)
        session.commit()
    services.engine.dispose()
    monkeypatch.setenv("TRUONGNET_STATE_DIR", str(tmp_path / "box"))
    with place(tmp_path) as made:
        monkeypatch.setenv("TRUONGNET_MEASURE_PORT", str(made.port))
        yield made


def leave(data: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert controller(["--data-dir", str(data), "leave", "82001"]) == 0
    return capsys.readouterr().out


def test_leave_that_the_province_printed_measures_once_and_says_this_machine_only(
    province: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = leave(tmp_path, capsys)
    (tmp_path / "leave.json").write_text(printed)
    words = ["once", "speed", "--leave", str(tmp_path / "leave.json")]
    assert agent([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["outcome"], result["facts"]["scope"]) == ("ok", "loopback")
    assert agent([*words, "--lang", "en"]) == 1
    assert "this leave to measure was used already" in capsys.readouterr().out


def test_without_leave_it_is_skipped_and_says_so(province: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert agent(["once", "speed", "--lang", "en"]) == 0
    assert "no leave to measure from the province" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"token": 1}', "\xff"], ids=lambda text: text[:12])
def test_what_is_no_leave_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "leave.json"
    file.write_text(text, "latin-1")
    assert agent(["once", "speed", "--lang", "en", "--leave", str(file)]) == 2
    assert "The leave to measure cannot be read" in capsys.readouterr().err


def test_a_leave_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert agent(["once", "speed", "--lang", "en", "--leave", str(tmp_path / "none")]) == 2
    assert "The leave to measure cannot be read" in capsys.readouterr().err


def test_leave_is_for_a_school_that_there_is(
    province: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert controller(["--data-dir", str(tmp_path), "leave", "99999"]) == 1
    assert "no school 99999" in capsys.readouterr().err
