"""Whatever ends a lab, nothing of it stays on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.api import until
from tests.lab.images import ROOT
from tests.lab.links import command
from tests.lab.network import PREFIX, remove_leftovers

pytestmark = pytest.mark.lab
SMALL = """
import sys, time
from pathlib import Path
from tests.lab import images
from tests.lab.hosts import Host
from tests.lab.network import Line, Network
with Network([Line(down=5, up=5)]) as network, Host("nho", images.base(), network.boxes[0], Path(sys.argv[1])) as host:
    print(host.leader, flush=True)
    time.sleep(600)
"""


def namespaces(pid: int) -> list[str]:
    return [path.name for path in Path("/run/netns").glob(f"{PREFIX}{pid}x*")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_lab_that_is_interrupted_or_killed_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    before = command("ip", "-oneline", "address"), command("ip", "route"), Path("/proc/mounts").read_text()
    with subprocess.Popen(
        [sys.executable, "-c", SMALL, str(tmp_path / "host")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as lab:
        assert lab.stdout is not None
        leader = int(lab.stdout.readline())
        assert namespaces(lab.pid)
        assert (command("ip", "-oneline", "address"), command("ip", "route")) == before[:2], "the machine's own network"
        lab.send_signal(number)
        lab.wait(60)
    until(lambda: not Path("/proc", str(leader)).exists(), "the host has ended")
    remove_leftovers()  # what the next lab does first, for one that could not do it itself
    assert namespaces(lab.pid) == []
    after = Path("/proc/mounts").read_text().splitlines()
    assert [line for line in after if line not in before[2].splitlines() and str(tmp_path) in line] == []
