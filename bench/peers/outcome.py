"""What one run of one tool said about one link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    down: float  # bits per second
    up: float
    rss: float  # bytes, the largest of the client's process; 0 where it is not known
    cpu: float  # seconds of the client's process
    doubts: tuple[str, ...] = ()  # the tool's own reasons not to believe the run


def peak_rss() -> float:
    """Bytes; the largest resident set of this process so far, which begins anew with each program."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return float(found[1]) * 1024 if found else 0.0
