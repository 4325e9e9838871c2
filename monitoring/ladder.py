"""How much a school can spare for a test now: full search → short ramp → light probe → passive only.

The first rung that the hour and the month's byte budget allow is taken. Inside lessons, in breaks and on days of exams
it is light. Outside, a full search is wanted once a day, or when the last result needs to be proved, and a short ramp
otherwise; what was spent may run ahead of the month's even pace only for a light probe. Nobody's month is used up by
its first week, and nobody's last week is dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Mode = Literal["full", "short", "light", "passive"]

LIGHT_BYTES = 1_000_000  # both ways
FULL_SECONDS, SHORT_SECONDS = 3.0, 0.8  # of each direction at the line's rate: 75 MB and 20 MB at 100 Mbit/s both ways
LEAST: Mapping[str, int] = MappingProxyType({"full": 8_000_000, "short": 2_000_000})
MOST = 1_000_000_000  # of one test, as the measurement server bounds it
UNKNOWN_BPS = 100e6
FULL_EVERY = 20 * 3600.0  # seconds: one a day, whatever the hour of its slot
DEARER: Mapping[str, float] = MappingProxyType({"mobile": 4.0, "satellite": 4.0})  # what a byte costs there
DOUBT = 0.8  # of the contract: QCVN 34's own threshold for an average
RESERVE = 0.02  # of the budget, for a person who asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known when a rung is chosen. Rates in bit/s, sizes in bytes."""

    phase: str  # of monitoring.calendar
    is_exam: bool = False
    is_asked: bool = False  # a person wants it
    budget: int
    used: int  # this month, with what was granted and not yet reported
    day: int  # of the month, from 1
    days: int  # of the month
    medium: str = ""
    down_bps: float | None = None  # the newest result, else the contract
    up_bps: float | None = None
    contract_bps: float | None = None
    seen_bps: float = 0.0  # what a test saw that its bytes ended too soon
    since_full: float | None = None  # seconds since the last full search was granted


@dataclass(frozen=True, slots=True)
class Rung:
    """``reason`` is a stable code: "lesson", "exam", "quiet", "recent", "doubt", "pace", "budget", "asked"."""

    mode: Mode
    max_bytes: int
    reason: str


def cost(mode: Mode, down_bps: float | None, up_bps: float | None) -> int:
    """Bytes that a test may use, both ways."""
    if mode in ("passive", "light"):
        return LIGHT_BYTES if mode == "light" else 0
    seconds = FULL_SECONDS if mode == "full" else SHORT_SECONDS
    both = (down_bps or UNKNOWN_BPS) + (up_bps or down_bps or UNKNOWN_BPS)
    return int(min(MOST, max(LEAST[mode], seconds * both / 8)))


def _cost(mode: Mode, known: Known) -> int:
    down, up = known.down_bps, known.up_bps
    if known.seen_bps:
        down = max(down or 0.0, known.seen_bps)
        up = max(up or 0.0, known.seen_bps)
    return cost(mode, down, up)


def choose(known: Known) -> Rung:
    """The rung for now."""
    left = known.budget - known.used - (0 if known.is_asked else int(known.budget * RESERVE))
    if left < LIGHT_BYTES:
        return Rung("passive", 0, "budget")
    if known.is_exam:
        return Rung("light", LIGHT_BYTES, "exam")
    if known.phase in ("lesson", "break"):
        return Rung("light", LIGHT_BYTES, "lesson")
    wanted, reason = _wanted(known)
    lower = "pace" if left > _cost(wanted, known) else "budget"
    rungs: tuple[Mode, ...] = ("full", "short") if wanted == "full" else ("short",)
    for mode in rungs:
        size = _cost(mode, known)
        if size <= left and _keeps_pace(known, size):
            return Rung(mode, size, reason if mode == wanted else lower)
    return Rung("light", LIGHT_BYTES, lower)


def _wanted(known: Known) -> tuple[Mode, str]:
    if known.is_asked:
        return "full", "asked"
    if known.contract_bps and known.down_bps is not None and known.down_bps < DOUBT * known.contract_bps:
        return "full", "doubt"
    if known.since_full is None or known.since_full >= FULL_EVERY:
        return "full", "quiet"
    return "short", "recent"


def _keeps_pace(known: Known, size: int) -> bool:
    """Whether the month's spending, with this test, stays below an even pace to the end of today. A byte of a dear line
    counts several times, so that such a line is measured more rarely, and never to the end of its budget."""
    if known.is_asked:
        return True
    pace = known.budget * min(1.0, known.day / known.days)
    return (known.used + size) * DEARER.get(known.medium, 1.0) <= pace
