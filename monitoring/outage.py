"""What happened at a school by what its box told afterwards: which parts failed, in which order, when. Pure.

The box looks each half minute (agent/probes/reach.py), believes a loss after three misses and dates it back to the
first of them; a start tells how the life before ended (agent/lifeline.py). So the first thing that failed is known to
half a minute, and what failed with it in the same two looks is one trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitoring.causes import Cause, Evidence, Neighbours
from monitoring.outage_parts import Seen, by_parts
from monitoring.told import CONTROLLER, LOOK, OUTSIDE, SAME, Life, Told, lives

BEFORE = 180.0  # the box may have seen it this long before the province did
QUICK = 60.0  # an agent that is back within this was restarted, and nobody missed anything
USUAL_START = 30.0  # seconds from power to the agent's first look, where this box's own usual time is not known
ROUTER_LATER = 18.0  # more than this beyond the usual: the box had to wait for a router that lost its power as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """``began``, ``ended``: as the controller saw it (the last sign of life before, the first after)."""

    began: float
    ended: float | None
    told: Sequence[Told]  # in order of time, with what was before, so that states are known
    was_silent: bool = True
    neighbours: Neighbours = field(default_factory=Neighbours)
    is_our_side: bool = False
    usual_start: float | None = None  # seconds from power to agent at this box's earlier starts
    has_measured: bool | None = None  # windows cover the silence: the box lived and looked; None: not known


def death(outage: Outage) -> Life | None:
    """The start that ended the life in which the outage began, when the box itself was gone."""
    for life in lives(outage.told):
        if life.at < outage.began:
            continue
        if outage.ended is not None and life.booted > outage.ended + BEFORE:
            continue
        died = life.died if life.died is not None else outage.began
        if life.is_same_boot and life.at - died < QUICK:
            continue
        return life
    return None


def losses(outage: Outage) -> list[Told]:
    """What was lost from shortly before the outage on, in order."""
    last = outage.ended if outage.ended is not None else float("inf")
    return [
        one
        for one in outage.told
        if one.after == "down"
        and one.subject.startswith(("target:", "link:"))
        and one.before != "unknown"
        and outage.began - BEFORE <= one.at <= last
        and not _is_mended(outage, one)
    ]


def _is_mended(outage: Outage, lost: Told) -> bool:
    """Lost and back before the outage began: another story."""
    ups = (one.at for one in outage.told if one.subject == lost.subject and one.after == "up" and one.at > lost.at)
    return lost.at < outage.began - LOOK and min(ups, default=float("inf")) <= outage.began


def judge(outage: Outage) -> Cause:
    """The cause by what the box told, with its beginning and end."""
    lost, life = losses(outage), death(outage)
    first = lost[0].at if lost else None
    mains = _mains(outage, first)
    died = _died(life, outage) if life is not None else None
    if life is not None and died is not None and (first is None or died <= first + LOOK):
        return _of_death(outage, life, died, mains)
    if first is None:
        return _of_nothing(outage)
    return _of_losses(outage, first, life, mains)


def _died(life: Life, outage: Outage) -> float:
    """When the life ended: its note is at most half a minute old; a later beat knows better."""
    if life.died is None:
        return outage.began
    return max(life.died, outage.began) if outage.was_silent and outage.began - life.died < SAME else life.died


def _mains(outage: Outage, first: float | None) -> Told | None:
    """The mains went away shortly before, and the box lived on from a battery."""
    past = (first if first is not None else outage.began) + 2 * LOOK
    lost = [one for one in outage.told if one.subject.startswith("power") and one.at <= past]
    return lost[-1] if lost and lost[-1].after == "down" else None


def _of_death(outage: Outage, life: Life, died: float, mains: Told | None) -> Cause:
    back = _first_up(outage.told, life.at)
    ended = _back(life, back)
    facts = [Evidence("box-died", died), Evidence("box-started", life.booted)]
    if mains is not None:
        return Cause("power", 0.97, (Evidence("mains-lost", mains.at), *facts), mains.at, ended)
    if life.is_clean and not life.is_same_boot:
        return Cause("box", 0.9, (Evidence("clean-stop", died), *facts), died, life.booted)
    if life.is_same_boot:
        code = "agent-stopped" if life.is_clean else "agent-ended"
        return Cause("box", 0.85, (Evidence(code, died), Evidence("box-started", life.at)), died, life.at)
    near = outage.neighbours
    told = (Evidence("unclean", died), *facts, *near.as_evidence())
    if near.are_dark:
        return Cause("power", 0.95, told, died, ended)
    if near.same_gone and near.same_gone >= near.same / 2:
        return Cause("power", 0.9, told, died, ended)
    if back is None:
        return Cause("power", 0.65, told, died, None)
    took = back - life.booted
    if took <= (outage.usual_start or USUAL_START) + ROUTER_LATER:
        was_there = Evidence("line-was-there", back, {"seconds": round(took)})
        return Cause("box", 0.6, (*told, was_there), died, life.booted)
    return Cause("power", 0.85, (*told, Evidence("line-came-later", back, {"seconds": round(took)})), died, ended)


def _back(life: Life, up: float | None) -> float | None:
    """When the school had its line again: between the box's start and its first answered look."""
    if up is None:
        return None
    if up - life.at > LOOK / 2:
        return up - LOOK / 2
    # It was there when the agent began to look; an agent that began late had waited for just that.
    return max(life.at - LOOK / 2, (life.booted + life.at) / 2)


def _first_up(told: Sequence[Told], after: float) -> float | None:
    """When the box first reached what lies outside; where it has no such targets, the controller."""
    for subjects in (OUTSIDE, (CONTROLLER,)):
        ups = [one.at for one in told if one.subject.startswith(subjects) and one.after == "up" and one.at >= after - 1]
        if ups:
            return min(ups)
    return None


def _of_nothing(outage: Outage) -> Cause:
    """The box lost nothing and did not die; it was the way to us, or the box stood still."""
    seen = (Evidence("silent-since", outage.began), Evidence("box-lost-nothing"))
    if outage.is_our_side:
        return Cause("controller", 0.9, (Evidence("our-side"), *seen), outage.began, outage.ended)
    if outage.has_measured is False:
        return Cause("box", 0.7, (Evidence("box-stood-still"), *seen), outage.began, outage.ended)
    sure = 0.75 if outage.has_measured else 0.5
    return Cause("controller", sure, (*seen, *outage.neighbours.as_evidence()), outage.began, outage.ended)


def _of_losses(outage: Outage, first: float, life: Life | None, mains: Told | None) -> Cause:
    seen = Seen.of(outage.told, first)
    cause, sure, why = by_parts(seen, outage.neighbours)
    facts = [*why, *outage.neighbours.as_evidence()]
    if mains is not None:
        cause, sure, facts = "power", 0.95, [Evidence("mains-lost", mains.at), *facts]
    elif outage.neighbours.are_dark and cause not in ("international", "dns", "controller"):
        cause, sure = "power", 0.75
    if life is not None:
        facts += [Evidence("box-died-later", _died(life, outage)), Evidence("box-started", life.booted)]
    began = max(first - LOOK / 2, min(outage.began, first)) if outage.was_silent else first - LOOK / 2
    return Cause(cause, sure, tuple(facts), began, _ended(outage, seen, life))


def _ended(outage: Outage, seen: Seen, life: Life | None) -> float | None:
    """When most of what was lost answered again; of a line that flapped, for the last time."""
    after = life.at if life is not None else seen.at
    past = outage.ended + SAME if outage.ended is not None else float("inf")
    ups = []
    for subject in seen.lost:
        again = [one.at for one in outage.told if one.subject == subject and one.after == "up" and one.at > after - 1]
        if again:
            ups.append(max((at for at in again if at <= past), default=min(again)))
    return sorted(ups)[len(ups) // 2] - LOOK / 2 if ups and len(ups) >= len(seen.lost) / 2 else None
