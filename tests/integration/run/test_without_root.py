"""``truongnet run`` without rights: it works, and what needs rights is shown as skipped, with the reason."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.integration.run.running import Run, free_ports

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def ordinary() -> Sequence[str]:
    """What stands before a command so that it runs as somebody without rights, who can read this checkout and no more.

    A checkout in root's own home is closed to others; there the right to read it is all that is given on the way.
    """
    if os.geteuid() != 0:
        return ()
    drop = ["setpriv", "--reuid=nobody", f"--regid={NOBODY.pw_gid}", "--clear-groups"]
    reading = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    # `env`, so that what is checked is started without the rights that setpriv itself still has
    for prefix in (
        [*drop, "--inh-caps=-all", "env"],
        [*drop, *reading, "env"],
    ):
        asked = subprocess.run([*prefix, sys.executable, "-c", "import controller"], check=False, capture_output=True)
        if asked.returncode == 0:
            return prefix
    pytest.skip("no way to run this checkout as another user")


@pytest.fixture
def data() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="truongnet-run-"))
    if os.geteuid() == 0:
        os.chown(directory, NOBODY.pw_uid, NOBODY.pw_gid)
    yield directory
    shutil.rmtree(directory)


def test_without_root_it_comes_up_and_names_what_it_skips(ordinary: Sequence[str], data: Path) -> None:
    (data / "agent.toml").write_text("first_window = 20\n")
    run = Run(data, free_ports(3), prefix=ordinary).start()
    try:
        assert "(skipped)" in run.wait_for("devices on the network")
        assert "needs root" in run.wait_for("devices on the network")
        assert run.wait_for("throughput").startswith("  ✔")
        assert run.wait_for("reachability").startswith("  ✔")
        assert run.wait_for("hardware").startswith("  ✔")
    finally:
        code = run.end()
    assert code == 0
    assert "Traceback" not in run.output


def test_a_data_directory_of_somebody_else_is_named(ordinary: Sequence[str], tmp_path: Path) -> None:
    if not ordinary:
        pytest.skip("only root can make a directory of somebody else's")
    (tmp_path / "var").mkdir(mode=0o700)
    run = Run(tmp_path / "var", free_ports(3), prefix=ordinary).start()
    assert run.ended() == 1
    assert "không có quyền với" in run.output
    assert f"no right to {tmp_path}" in run.output
    assert "Traceback" not in run.output
