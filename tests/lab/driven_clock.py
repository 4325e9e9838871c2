"""A clock that a test drives, installed into the lab's hosts beside TruongNet and loaded by a ``.pth`` file at start.

The one number in the file that every host of the lab shares (/lab/clock) is how many seconds all of them are ahead of
this machine, by the wall clock and by the clock since boot alike: as if these hours had passed. Nothing of the kind is
in TruongNet itself. A host's own wrong wall clock is another matter: that is Debian's libfaketime.
"""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

FILE = Path("/lab/clock")
NUMBER = struct.Struct("d")
DRIVEN = (time.CLOCK_REALTIME, time.CLOCK_BOOTTIME)


def install() -> None:
    try:
        with FILE.open("rb") as file:
            shared = mmap.mmap(file.fileno(), NUMBER.size, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return
    wall, gettime = time.time, time.clock_gettime

    def driven_time() -> float:
        return float(wall() + NUMBER.unpack_from(shared)[0])

    def driven_gettime(clock: int) -> float:
        return float(gettime(clock) + (NUMBER.unpack_from(shared)[0] if clock in DRIVEN else 0.0))

    time.time, time.clock_gettime = driven_time, driven_gettime


class Clock:
    """The test's end of it."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(NUMBER.pack(0.0))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), NUMBER.size)

    @property
    def ahead(self) -> float:
        return float(NUMBER.unpack_from(self._shared)[0])

    def pass_by(self, seconds: float) -> None:
        """Let this time pass at once, everywhere in the lab."""
        NUMBER.pack_into(self._shared, 0, self.ahead + seconds)

    def now(self) -> float:
        return time.time() + self.ahead


if FILE.exists():
    install()
