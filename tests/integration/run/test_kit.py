"""``truongnet kit``: what stands on the stick, and what it refuses. The lab installs a bare host with it."""

from __future__ import annotations

import hashlib
import os
import ssl
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from sqlmodel import Session, select

from controller import joincodes, kit_packages
from controller.cli import main
from controller.config import load
from controller.db import open_engine
from controller.kit_packages import ROOT
from controller.main import create_services
from controller.tables import JoinCode, School
from tests.integration.controller.conftest import add_schools

URL = "https://192.0.2.10:8080"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    services = create_services(load(None, {}, data_dir=tmp_path / "data"))
    with Session(services.engine) as session:
        add_schools(session, 0.0)
        session.add(School(code="MAU-1", name="Trường mẫu", commune_code="29869", is_sample=True))
        session.commit()
    services.engine.dispose()
    return tmp_path / "data"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own wheel, really built; those of others come from the registry, which tests leave alone."""
    folder = tmp_path_factory.mktemp("wheels")
    kit_packages._build(folder)
    return folder


def kit(data: Path, wheels: Path, *words: str, url: str = URL) -> int:
    address = ["--public-url", url] if url else []
    return main(["--data-dir", str(data), "kit", *words, *address, "--wheels", str(wheels)])


def codes(data: Path) -> list[JoinCode]:
    engine = open_engine(load(None, {}, data_dir=data).database_url)
    with Session(engine) as session:
        found = list(session.exec(select(JoinCode)))
    engine.dispose()
    return found


def test_a_kit_holds_all_that_a_host_without_internet_needs(data: Path, wheels: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    assert kit(data, wheels, "82001", "82002", "--valid", "30d", "--out", str(folder)) == 0

    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.txt", "SHA256SUMS", "ca.pem", "codes/82001.txt", "codes/82002.txt", "install.sh"} <= names
    assert {"units/truongnet-agent.service", "units/truongnet-helper.service"} <= names
    assert any(name.startswith("wheels/pip-") for name in names)
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=False).returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    code = joincodes.decode((folder / "codes" / "82001.txt").read_text())
    root = hashlib.sha256(ssl.PEM_cert_to_DER_cert((folder / "ca.pem").read_text())).hexdigest()
    assert (code["u"], code["f"]) == (URL, root[:32])
    assert "82001  Trường THCS Hùng Vương" in (folder / "README.txt").read_text("utf-8")
    assert [round((one.expires_at - time.time()) / 86_400) for one in codes(data)] == [30, 30]


def test_the_wheel_in_a_kit_has_the_agent_with_its_units_and_the_checkout_stays_clean(wheels: Path) -> None:
    [wheel] = wheels.glob("truongnet-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"truongnet.py", "agent/__main__.py", "agent/truongnet-agent.service", "agent/probes/speed.py"} <= set(names)
    assert "controller/kit_install.sh" in names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]
    assert not (ROOT / "build").exists()


@pytest.mark.parametrize(
    ("words", "url", "message"),
    [
        (["82001"], "", "schools cannot call http://127.0.0.1:8080"),
        (["99999"], URL, "no school 99999"),
        (["82001", "MAU-1"], URL, "MAU-1 is a sample"),
        (["82001", "--valid", "31d"], URL, "30 days"),
    ],
)
def test_what_cannot_be_made_is_said_and_leaves_neither_a_folder_nor_a_code(
    data: Path,
    wheels: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    url: str,
    message: str,
) -> None:
    before = set(tmp_path.iterdir())
    assert kit(data, wheels, *words, "--out", str(tmp_path / "stick"), url=url) == 1
    said = capsys.readouterr().err
    assert message in said
    assert " / " in said
    assert set(tmp_path.iterdir()) == before
    assert codes(data) == []


def test_an_existing_folder_is_never_written_over(data: Path, wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "thesis.odt").write_text("mine")
    assert kit(data, wheels, "82001", "--out", str(tmp_path / "stick")) == 1
    assert (tmp_path / "stick" / "thesis.odt").read_text() == "mine"
    assert codes(data) == []


def test_a_folder_without_our_wheel_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert kit(data, tmp_path / "empty", "82001", "--out", str(tmp_path / "stick")) == 1
    assert "has no wheel of truongnet" in capsys.readouterr().err
    assert not (tmp_path / "stick").exists()


def install(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run install.sh where it can do nothing to this machine: in a mount namespace in which all is read-only."""
    locked = 'mount -o bind,remount,ro / && exec sh "$0" "$@"'
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", locked, str(folder / "install.sh"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="install.sh looks for root first")
def test_a_damaged_stick_is_found_before_anything_is_installed(data: Path, wheels: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    assert kit(data, wheels, "82001", "--out", str(folder)) == 0
    with (folder / "ca.pem").open("a") as file:
        file.write("x")
    asked = install(folder)
    assert asked.returncode == 1
    assert "copy the kit again" in asked.stderr


@pytest.mark.parametrize(("school", "message"), [("99999", "has no school 99999"), ("../x", "?"), ("", "82002")])
@pytest.mark.skipif(os.geteuid() != 0, reason="install.sh looks for root first")
def test_the_script_asks_which_school_and_takes_only_one_of_its_own(
    data: Path, wheels: Path, tmp_path: Path, school: str, message: str
) -> None:
    folder = tmp_path / "stick"
    assert kit(data, wheels, "82001", "82002", "--out", str(folder)) == 0
    asked = install(folder, *([school] if school else []))
    assert asked.returncode == 1
    assert message in asked.stderr
