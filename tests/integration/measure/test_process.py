"""The measurement server as a process: how it starts, refuses to start, and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.integration.measure.place import HOST, ROOT, Place, place


def refusal(province: Place, *options: str) -> str:
    """What it says when it does not start."""
    done = subprocess.run(province.argv(*options), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    with place(tmp_path) as province:
        assert province.end(number) == 0
        assert "Traceback" not in province.log
        province.start()


def test_it_ends_while_somebody_is_connected(tmp_path: Path) -> None:
    with place(tmp_path) as province, socket.create_connection((HOST, province.port)):
        assert province.end() == 0
        assert "Traceback" not in province.log
        province.start()


def test_a_port_in_use_is_named_in_both_languages(province: Place) -> None:
    said = refusal(province, "--listen", f"{HOST}:{province.port}", "--plain")
    assert f"cổng {province.port}" in said
    assert f"port {province.port}" in said


def test_plain_text_is_for_loopback_only(province: Place) -> None:
    assert "--plain is for loopback addresses only" in refusal(province, "--listen", "0.0.0.0:0", "--plain")


def test_without_a_certificate_it_says_what_is_missing(province: Place) -> None:
    assert "--cert and --key are missing" in refusal(province, "--listen", f"{HOST}:0")


def test_a_certificate_that_is_none_is_named(province: Place, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    said = refusal(province, "--listen", f"{HOST}:0", "--cert", str(wrong), "--key", str(wrong))
    assert "the certificate cannot be used" in said


@pytest.mark.parametrize("address", ["", "8085", "localhost:8085", f"{HOST}:http", f"{HOST}:70000"])
def test_an_address_that_is_none_is_named(province: Place, address: str) -> None:
    assert "must be IP-ADDRESS:PORT" in refusal(province, "--listen", address, "--plain")


def test_a_key_that_is_none_is_named(province: Place, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pub"
    wrong.write_text("no key")
    said = refusal(province, "--listen", f"{HOST}:0", "--plain", "--public-key", str(wrong))
    assert "take measure.pub of the controller" in said


def test_a_place_that_cannot_be_written_is_named(province: Place, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "cannot be written" in refusal(province, "--listen", f"{HOST}:0", "--plain", "--state", str(blocked / "x"))


def test_its_memory_of_spent_tokens_is_private(province: Place, tmp_path: Path) -> None:
    assert os.stat(tmp_path / "state").st_mode & 0o077 == 0  # noqa: PTH116 - the mode is the point
