"""The small file behind ``truongnet agent status``."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from agent import board
from agent.board import Board


def test_on_a_full_disk_the_trouble_is_still_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Board(tmp_path)
    known.note_probe("reach", outcome="ok", reason="", detail="x" * 200)
    known.note(spool_trouble="")

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    known.note(spool_trouble="OperationalError: database or disk is full")
    assert board.read(tmp_path)["spool_trouble"] == "OperationalError: database or disk is full"
    known.note(spool_trouble="")
    assert board.read(tmp_path)["spool_trouble"] == ""


def test_what_does_not_fit_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Board(tmp_path)
    known.note(one=1)

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    known.note(two="y" * 500)
    assert board.read(tmp_path)["one"] == 1
