"""Time as a box knows it. A dead clock battery is normal in a school, so no order ever depends on the wall clock."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

from agent.wire import Stamp

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    return BOOT_ID.read_text().strip()


def monotonic() -> float:
    """Seconds since boot, sleep included, so that a suspended box does not stretch its windows."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def stamp() -> Stamp:
    """This moment by both clocks."""
    return Stamp(wall=time.time(), mono=monotonic(), boot=boot_id())
