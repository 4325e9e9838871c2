"""A PostgreSQL 15 of its own for a benchmark or a test: made in a temporary directory, socket only, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def postgres() -> Iterator[str]:
    """Yields an address for SQLAlchemy. PostgreSQL refuses to run as root, so it runs as ``postgres`` then."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    root = Path(tempfile.mkdtemp(prefix="truongnet-pg-"))
    os.chown(root, user.pw_uid, user.pw_gid)
    data = root / "data"
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        subprocess.run(
            [BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "truongnet", "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            timeout=60,
            **identity,  # type: ignore[call-overload]
        )
        server = subprocess.Popen(
            [BINARIES / "postgres", "-D", data, "-k", root, "-c", "listen_addresses="],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **identity,  # type: ignore[call-overload]
        )
        try:
            _wait(root)
            yield f"postgresql+psycopg://truongnet@/postgres?host={root}"
        finally:
            server.send_signal(signal.SIGINT)  # "fast": does not wait for clients to leave
            server.wait(30)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _wait(root: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ready = subprocess.run(
            [BINARIES / "pg_isready", "-q", "-h", root, "-U", "truongnet"], check=False, timeout=10, cwd="/"
        )
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    raise TimeoutError("PostgreSQL did not start within 30 s")
