"""What cannot run here is skipped and says so; with root, where `make test` installs everything, nothing is skipped.

Temporary files lie in memory where there is enough of it: every commit of a database waits for its disk, and no test is
about a disk's speed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30  # bytes
if "TMPDIR" not in os.environ and MEMORY.is_dir():
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ENOUGH and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)

POSTGRES = Path("/usr/lib/postgresql/15/bin/initdb")


def cannot(marker: str) -> str:
    """Why tests with ``marker`` cannot run on this machine; empty when they can."""
    if os.geteuid() == 0:
        return ""
    if marker == "lab":
        return "cần quyền root / needs root: namespaces and whole Debian hosts"
    if marker == "browser" and shutil.which("chromium") is None:
        return "thiếu gói / missing package: sudo apt-get install chromium"
    if marker == "postgres" and not POSTGRES.exists():
        return "thiếu gói / missing package: sudo apt-get install postgresql-15"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = {marker: cannot(marker) for marker in ("lab", "browser", "postgres")}
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))
