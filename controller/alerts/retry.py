"""When to try again, and when not to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAUSE = 15.0
LONGEST_PAUSE = 3_600.0
MAX_TRIES = 30
MAX_AGE = 86_400.0  # nobody wants to be woken by yesterday's alert; the digest tells of it
# The receiver refuses us or asks for patience, not this message: a key was changed, a page moved, a gateway is busy.
PATIENT = frozenset({401, 403, 404, 407, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try went. ``said`` is the receiver's own answer, bounded, or what kept us from it."""

    ok: bool
    said: str
    is_final: bool = False  # trying again would give the same answer
    retry_after: float | None = None  # seconds, as the receiver asked


def pause(failures: int, asked: float | None = None) -> float:
    """Seconds after the n-th failure in a row: 15 s, doubled each time, an hour at most."""
    own = min(FIRST_PAUSE * 2.0 ** min(max(failures, 1) - 1, 20), LONGEST_PAUSE)
    return min(max(own, asked or 0.0), LONGEST_PAUSE)


def is_final(status: int) -> bool:
    """Whether this HTTP status says that the message itself is not wanted, now or later."""
    return 400 <= status < 500 and status not in PATIENT


def is_given_up(outcome: Outcome, tries: int, age: float) -> bool:
    return outcome.is_final or tries >= MAX_TRIES or age >= MAX_AGE
