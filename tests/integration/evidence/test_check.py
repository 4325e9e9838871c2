"""``truongnet verify`` as a person uses it: what it says, its exit codes, and that it needs nothing but the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.evidence import parts
from controller.evidence.check import main
from tests.integration.evidence import made
from tests.integration.evidence.conftest import Made


@pytest.fixture
def file(one: Made, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.zip"
    path.write_bytes(one.data)
    return path


def ca_of(one: Made, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_text(one.province.services.keys.root.pem)
    return path


def test_a_good_file_says_what_was_checked_and_whom_it_trusts(
    one: Made, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), "--ca", str(ca_of(one, tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "82001 Trường THCS Hùng Vương" in said
    assert one.root in said
    assert "nguyên vẹn" in said
    assert "genuine" in said
    assert said.count("ĐÚNG/OK") == 9


def test_without_a_ca_it_says_that_nothing_was_compared(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file)]) == 0
    said = capsys.readouterr().out
    assert "chưa so với nguồn nào khác" in said
    assert "compared with nothing" in said


def test_a_fingerprint_is_enough_and_a_wrong_one_is_refused(one: Made, file: Path) -> None:
    spoken = ":".join(one.root[place : place + 2] for place in range(0, 64, 2)).upper()
    assert main([str(file), "--fingerprint", spoken]) == 0
    assert main([str(file), "--fingerprint", "0" * 64]) == 1
    assert main([str(file), "--fingerprint", "not-one"]) == 2


def test_a_changed_file_is_named_with_what_to_do(one: Made, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(one.data)
    place = data.index(b'"format"')
    data[place] ^= 1
    file.write_bytes(data)
    assert main([str(file)]) == 1
    said = capsys.readouterr().out
    assert "lấy lại tệp gốc" in said
    assert "get the original again" in said
    assert "NOT usable" in said


def test_files_that_cannot_be_read_give_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.zip")]) == 2
    assert main([str(tmp_path)]) == 2
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemExit) as wrong:
        main([])
    assert wrong.value.code == 2
    assert "không đọc được" in capsys.readouterr().err


def test_it_starts_without_the_web_stack_a_database_or_the_drawing(file: Path) -> None:
    """On a machine that has neither settings nor keys; and what it loads is little."""
    code = (
        "import sys; from controller.evidence.check import main; code = main(sys.argv[1:]); "
        "heavy = {'fastapi', 'starlette', 'sqlalchemy', 'sqlmodel', 'reportlab', 'fontTools', 'jinja2', 'uvicorn'}; "
        "print('HEAVY', sorted(heavy & set(sys.modules))); sys.exit(code)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(file), "--json"], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[3], env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    answer, heavy = found.stdout.strip().rsplit("\n", 1)
    assert json.loads(answer)["good"]
    assert heavy == "HEAVY []"


def test_the_pdf_stands_alone_too(one: Made) -> None:
    """Its signature covers all of it and leads to the province's CA: what any PDF reader checks."""
    from controller.evidence.pdf_check import signature_of

    status = signature_of(
        made.content(one.data)[parts.PDF], [one.province.services.keys.root.certificate], one.province.clock()
    )
    assert status.bottom_line
    assert status.intact
    assert status.trusted
