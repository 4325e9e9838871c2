"""``truongnet import`` and ``truongnet export``, and the communes of a new province."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, func, select

from controller.cli import main
from controller.config import load
from controller.main import create_app
from controller.registry.communes import fill_communes
from controller.tables import Commune, School
from tests.integration.registry.calls import HEAD, book
from tests.unit.registry.files import csv_bytes


def run(directory: Path, *words: str) -> int:
    return main(["--data-dir", str(directory), *words])


def test_a_file_is_imported_exported_and_imported_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, copy = tmp_path / "a.xlsx", tmp_path / "copy.xlsx"
    file.write_bytes(book(schools=[HEAD, ("82001", "Trường THCS Đốc Binh Kiều", "Đốc Binh Kiều", "1.234")]))
    assert run(tmp_path / "data", "import", str(file)) == 0
    assert "mới/new 1" in capsys.readouterr().out
    assert run(tmp_path / "data", "export", str(copy)) == 0
    assert run(tmp_path / "data", "import", str(copy)) == 0
    assert "mới/new 0, đổi/changed 0, giữ nguyên/same 1" in capsys.readouterr().out
    assert run(tmp_path / "data", "export", str(tmp_path / "all.zip")) == 0


def test_a_wrong_file_is_told_by_row_and_column_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "truong.csv"
    file.write_bytes(csv_bytes(HEAD, ("82001", "A", "Xã Không Có", "x")))
    assert run(tmp_path / "data", "import", str(file)) == 1
    said = capsys.readouterr().out
    assert "truong!2 «Xã/phường»: tỉnh không có xã, phường này" in said
    assert "the province has no such commune" in said
    assert "must be a number" in said
    assert run(tmp_path / "data", "import", str(tmp_path / "none.csv")) == 1
    assert run(tmp_path / "data", "export", str(tmp_path / "all.pdf")) == 1


def test_the_first_start_fills_the_communes_and_later_ones_leave_corrections(tmp_path: Path) -> None:
    app = create_app(load(None, {}, data_dir=tmp_path))
    with TestClient(app):
        pass
    with Session(create_app(load(None, {}, data_dir=tmp_path)).state.services.engine) as session:
        assert session.exec(select(func.count()).select_from(Commune)).one() == 102
        commune = session.get(Commune, "30061")
        assert commune is not None
        assert (commune.name, commune.kind, commune.province_code) == ("Xã Đốc Binh Kiều", "xã", "82")
        commune.name = "Xã Đổi Tên"
        session.add(commune)
        session.commit()
        engine = session.get_bind()
        assert fill_communes(engine.engine, "82") == 0
        session.expire_all()
        assert commune.name == "Xã Đổi Tên"
        assert session.exec(select(School.id)).first() is None
        engine.engine.dispose()
