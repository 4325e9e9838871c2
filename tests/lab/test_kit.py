"""The USB kit on a bare Debian host that reaches nothing but the controller."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.images import ROOT
from tests.lab.lab import Lab, School, stopwatch

pytestmark = [pytest.mark.lab, pytest.mark.patient, pytest.mark.timeout(900)]


def wheels(lab: Lab) -> str:
    """What a checkout fetches: the agent's locked packages and pip, and our own wheel, where the province sees it."""
    folder = lab.work / "shared" / "wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--dest", str(folder)]
    lock = str(ROOT / "requirements" / "agent.txt")
    images.run([*pip, "--no-deps", "--require-hashes", "-r", lock], 300)
    images.run([*pip, "--no-deps", "pip"], 300)
    for wheel in (lab.work / "wheel").glob("*.whl"):
        (folder / wheel.name).write_bytes(wheel.read_bytes())
    return f"/lab/{folder.name}"


def test_a_bare_host_without_internet_is_joined_from_a_stick(lab: Lab, figure: Figure) -> None:
    school = lab.schools[1]
    lab.joined(school)
    lab.truongnet("kit", school.code, "--valid", "30d", "--wheels", wheels(lab), "--out", "/tmp/kit")
    stick = lab.work / "shared" / "stick.tar"
    carry(lab, stick)
    with lab.host("may-trang", images.base(), lab.network.guests[1]) as bare:
        assert "Python" in bare.run("python3", "--version")
        assert not bare.run("sh", "-c", "ls -d /opt/truongnet 2>/dev/null || true")
        assert bare.run("python3", "-c", "import ensurepip", check=False) == ""
        bare.sh("mkdir /mnt/stick && tar -C /mnt/stick -xf /lab/stick.tar")
        watch = stopwatch()
        said = bare.run("sh", "/mnt/stick/kit/install.sh", seconds=300)
        installed = watch()
        (pending,) = lab.api.get("/agents", school=school.code, state="pending")
        assert pending["fingerprint"] in said, "the person at the school reads the words that the province compares"
        lab.api.post(f"/agents/{pending['id']}/accept")
        try:
            until(partial(has_told, lab, school, str(pending["id"])), "the new box reports", 120)
            size = stick.stat().st_size / 1e6
            figure(f"{size:.1f} MB, installed and asked after {installed:.1f} s, reported after {watch():.1f} s")
            assert bare.run("systemctl", "is-active", "truongnet-agent") == "active"
            assert bare.run("systemctl", "is-active", "truongnet-helper") == "active"
        finally:
            lab.api.post(f"/agents/{pending['id']}/retire")


def carry(lab: Lab, stick: Path) -> None:
    """From the province's host onto the stick, as a person carries it."""
    packed = subprocess.run(
        lab.province.argv(["tar", "-C", "/tmp", "-c", "kit"]), check=True, capture_output=True, timeout=60
    ).stdout
    stick.write_bytes(packed)


def has_told(lab: Lab, school: School, agent: str) -> bool:
    return any(row["agent_id"] == agent for row in lab.api.get("/measurements", school=school.code))
