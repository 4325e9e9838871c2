"""From a real box's measurement to a file that is checked without the controller: nothing in between is made up."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.run.running import Run, free_ports, until


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "var", free_ports(3))
    yield run
    if hasattr(run, "process"):
        run.end(signal.SIGTERM)


def there(client: httpx.Client) -> bool:
    speed = client.get("/measurements", params={"school": "MAY-NAY", "probe": "speed"}).json()
    return bool(speed) and bool(client.get("/schools/MAY-NAY/windows").json())


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "truongnet", *words], capture_output=True, text=True, check=False)


def test_a_real_boxs_measurements_become_a_file_that_is_checked_anywhere(fresh: Run, tmp_path: Path) -> None:
    fresh.start()
    client = fresh.signed_in()
    until(lambda: there(client), lambda: fresh.output)
    today = dt.datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    period = {"first": str(today - dt.timedelta(days=1)), "last": str(today)}

    asked = client.post("/schools/MAY-NAY/evidence", json=period)
    assert asked.status_code == 202, asked.text
    here = f"/schools/MAY-NAY/evidence/{asked.json()['id']}"

    def made() -> dict[str, Any] | None:
        said: dict[str, Any] = client.get(here).json()
        assert said["state"] in ("running", "done"), said
        return said if said["state"] == "done" else None

    until(made, lambda: fresh.output)
    file = tmp_path / "elsewhere" / "evidence.zip"
    file.parent.mkdir()
    file.write_bytes(client.get(f"{here}/file").content)
    by_command = tmp_path / "by-command.zip"
    words = ("--from", period["first"], "--to", period["last"], "--out", str(by_command))
    said = command("--data-dir", str(fresh.data), "evidence", "MAY-NAY", *words)
    assert said.returncode == 0, said.stderr
    shutil.copy(fresh.data / "keys" / "root-1.pem", tmp_path / "ca.pem")
    assert fresh.end(signal.SIGINT) == 0
    shutil.rmtree(fresh.data)  # from here on there is nothing but the files

    for one in (file, by_command):
        checked = command("verify", str(one), "--ca", str(tmp_path / "ca.pem"))
        assert checked.returncode == 0, checked.stdout
        assert "MAY-NAY" in checked.stdout
    answer = json.loads(command("verify", str(file), "--json").stdout)
    assert answer["good"]
    assert answer["facts"]["records"]["results"] >= 1
    assert answer["facts"]["records"]["windows"] >= 1
    assert (answer["facts"]["boxes"], answer["facts"]["boxes_accepted"], answer["facts"]["unsealed"]) == (1, 1, 0)

    with zipfile.ZipFile(file) as parts:
        states, coverage = (json.loads(parts.read(name)) for name in ("states.json", "coverage.json"))
    lacking = coverage["states_without_raw"]
    assert states, "a box that starts tells how it finds things"
    assert {one["why"] for one in lacking} <= {"first-look", "not-sampled"}, "no samples that should be there are gone"

    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 4
    file.write_bytes(data)
    checked = command("verify", str(file))
    assert checked.returncode == 1
    assert "KHÔNG DÙNG ĐƯỢC" in checked.stdout
