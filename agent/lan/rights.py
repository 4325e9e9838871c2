"""Gives up every right of this process, for good: no capability, no way back, and where possible nobody's user id."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterable
from pathlib import Path

from agent.frame import ProbeError

NOBODY = 65_534
NO_NEW_PRIVILEGES = 38  # prctl
CAPABILITIES_V3 = 0x20080522
NONE = "0000000000000000"


def is_open_to_all(path: Path) -> bool:
    """Whether everybody may read ``path``: a Python below /root can only be read by root."""
    whole = path.resolve()
    try:
        return bool(whole.stat().st_mode & 0o004) and all(each.stat().st_mode & 0o001 for each in whole.parents)
    except OSError:
        return False


def give_up(needed: Iterable[Path]) -> None:
    """``needed``: files that must still be read afterwards; when nobody may not, root's user id stays, without any of
    root's rights. Raises ProbeError when a capability remains."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.geteuid() == 0 and all(is_open_to_all(path) for path in needed):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    held = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if line[:3] == "Cap")
    if {held.get("CapEff"), held.get("CapPrm"), held.get("CapAmb")} != {NONE}:
        raise ProbeError("rights-kept", "lan-listen")
