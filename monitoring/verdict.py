"""When a school's part in an incident is judged, and by what; and what all its parts say together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TOLD_BY = 1.0  # seconds after the beginning: an exchange no later was the last before it, and told nothing of it
AFTER = 900.0  # seconds after the end in which the box still tells of it: starts, targets that answer again

Said = tuple[str, float]  # cause, confidence; no cause: not judged


def worse(before: str, now: str) -> str:
    """The status of a part: once it was silent its box has to tell what was, whatever its status is by now."""
    return "silent" if "silent" in (before, now) else now


def is_due(ended: float | None, final_at: float | None, told_at: float | None) -> bool:
    """Whether to judge now: it goes on, was never judged for good, or its box has told more since."""
    return ended is None or final_at is None or (told_at or 0.0) > final_at


def basis(
    began: float, ended: float | None, told_at: float | None, *, is_silent: bool, has_box: bool = True
) -> Literal["outside", "box", ""]:
    """What there is to judge by: what is seen from outside, what the box told, or nothing yet.

    ``told_at``: the box's last exchange.
    """
    if ended is None and (is_silent or not has_box):
        return "outside"
    if not has_box or (ended is not None and (told_at or 0.0) <= began + TOLD_BY):
        return ""
    return "box"


@dataclass(frozen=True, slots=True)
class Whole:
    """What an incident's parts say together; ``cause`` is final before provisional."""

    cause: str
    confidence: float
    is_final: bool  # half of the boxes have told
    first: Said


def whole(first: Sequence[Said], last: Sequence[Said]) -> Whole:
    """``first``: what was thought of each part; ``last``: what its box told."""
    told = [one for one in last if one[0]]
    is_final = bool(told) and len(told) * 2 >= len(last)
    return Whole(*loudest(told if is_final else first), is_final, loudest(first))


def loudest(said: Sequence[Said]) -> Said:
    """The cause with the largest sum of confidences, and the mean confidence of those who say it."""
    sums: dict[str, list[float]] = {}
    for cause, sure in said:
        if cause:
            sums.setdefault(cause, []).append(sure)
    if not sums:
        return "", 0.0
    best = max(sums, key=lambda name: (sum(sums[name]), name))
    return best, round(sum(sums[best]) / len(sums[best]), 3)
