"""What happened at a school by what its box told afterwards: which parts failed, in which order, when. Pure.

The box looks each half minute (agent/probes/reach.py), believes a loss after three misses and dates it back to the
first of them; a start tells how the life before ended (agent/lifeline.py). So the first thing that failed is known to
half a minute, and what failed with it in the same two looks is one trouble.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitoring.causes import Cause, Evidence, Neighbours

LOOK = 30.0  # seconds between two looks of the box
SAME = 2 * LOOK + 5.0  # what fails within two looks fails together
BEFORE = 180.0  # the box may have seen it this long before the province did
QUICK = 60.0  # an agent that is back within this was restarted, and nobody missed anything
USUAL_START = 30.0  # seconds from power to the agent's first look, where this box's own usual time is not known
ROUTER_LATER = 18.0  # more than this beyond the usual: the box had to wait for a router that lost its power as well
REPLUG = 45.0  # a cable that is put back brings the gateway within two looks; a router that starts does not
OUTSIDE = ("target:domestic:", "target:international:")
HOP, GATEWAY, DNS, CONTROLLER = "target:isp-hop", "target:gateway", "target:dns", "target:controller"


@dataclass(frozen=True, slots=True)
class Told:
    """A state change of the box, placed at the controller's time."""

    at: float
    subject: str
    before: str
    after: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Life:
    """A start of the agent, and how the life before it ended."""

    at: float
    booted: float  # when the machine got its power back, or was started anew
    died: float | None  # last sign of the life before, by its own note
    is_clean: bool
    is_same_boot: bool


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


def lives(told: Sequence[Told]) -> list[Life]:
    found = []
    for one in told:
        if one.subject != "box" or one.after != "up":
            continue
        died, up = one.facts.get("last_alive_at"), one.facts.get("up_seconds")
        found.append(
            Life(
                at=one.at,
                booted=one.at - (float(up) if isinstance(up, int | float) else 0.0),
                died=float(died) if isinstance(died, int | float) else None,
                is_clean=bool(one.facts.get("clean")),
                is_same_boot=bool(one.facts.get("same_boot")),
            )
        )
    return found


def states_at(told: Sequence[Told], at: float) -> dict[str, str]:
    """The state of each subject at that time; a start of the box makes all targets unknown."""
    states: dict[str, str] = {}
    for one in told:
        if one.at > at:
            break
        if one.subject == "box" and one.after == "up":
            states = {name: state for name, state in states.items() if not name.startswith("target:")}
        states[one.subject] = one.after
    return states


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
    cause, sure, why = _by_parts(seen, outage)
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


@dataclass(frozen=True, slots=True)
class Seen:
    """Which parts were lost together, and how those around them were."""

    at: float
    lost: tuple[str, ...]  # targets, not links
    links: tuple[Told, ...]
    outside: tuple[str, ...]  # all that were watched
    outside_lost: tuple[str, ...]
    states: Mapping[str, str]
    facts: Mapping[str, Mapping[str, Any]]  # of the loss of each subject
    told: Sequence[Told]

    @classmethod
    def of(cls, told: Sequence[Told], first: float) -> Seen:
        before, then = states_at(told, first - 1), states_at(told, first + SAME)
        near = [one for one in told if first - LOOK <= one.at <= first + SAME and one.after == "down"]
        outside = tuple(sorted(name for name in {**before, **then} if name.startswith(OUTSIDE)))
        lost = tuple(
            sorted(
                {one.subject for one in near if one.subject.startswith("target:") and then.get(one.subject) == "down"}
            )
        )
        return cls(
            at=first,
            lost=lost or tuple(sorted({one.subject for one in near if one.subject.startswith("target:")})),
            links=tuple(one for one in near if one.subject.startswith("link:")),
            outside=outside,
            outside_lost=tuple(name for name in outside if then.get(name, before.get(name)) == "down"),
            states={**before, **then},
            facts={one.subject: one.facts for one in near},
            told=told,
        )

    def is_down(self, subject: str) -> bool:
        return self.states.get(subject) == "down"

    @property
    def is_all_lost(self) -> bool:
        return bool(self.outside) and len(self.outside_lost) == len(self.outside)

    @property
    def is_blind(self) -> bool:
        """Nothing outside answered in the look in which the DNS was given up."""
        return bool(self.facts.get(DNS, {}).get("outside_answers", 1) == 0)

    @property
    def gateway(self) -> str:
        """ "lost", "there", or "mute": it never answers by itself, and nobody knows whether it lives."""
        facts = self.facts.get(GATEWAY, {})
        if not self.is_down(GATEWAY):
            return "there"
        if facts.get("neighbour") == "reachable":
            return "there"
        if facts.get("neighbour") == "failed" or facts.get("spoke", True):
            return "lost"
        return "mute"

    @property
    def hop(self) -> str:
        """As ``gateway``, of the provider's first hop."""
        spoke = bool(self.facts.get(HOP, {}).get("spoke", True)) or any(
            one.subject == HOP and one.after == "up" and one.facts.get("address") for one in self.told
        )
        if HOP not in self.states or (self.is_down(HOP) and not spoke):
            return "mute"
        return "lost" if self.is_down(HOP) else "there" if spoke else "mute"


def _by_parts(seen: Seen, outage: Outage) -> tuple[str, float, list[Evidence]]:
    """From the inside out: the first part that failed while everything before it held."""
    why = [Evidence("targets-lost", seen.at, {"targets": [name.removeprefix("target:") for name in seen.lost]})]
    if seen.gateway == "lost" or (seen.gateway == "mute" and seen.links):
        return _inside(seen, why)
    if seen.gateway == "there":
        why.append(Evidence("gateway-there"))
    if seen.is_all_lost or (not seen.outside and seen.is_down(CONTROLLER) and seen.hop != "there"):
        return _of_provider(seen, outage, why)
    if seen.outside_lost:
        why.append(Evidence("outside-some", None, {"lost": len(seen.outside_lost), "of": len(seen.outside)}))
        international = [name for name in seen.outside if name.startswith(OUTSIDE[1])]
        if set(seen.outside_lost) == set(international):
            return "international", 0.9, [*why, Evidence("domestic-there")]
        return "isp-core", 0.6, why
    if seen.outside and seen.is_down(DNS) and seen.is_down(CONTROLLER) and seen.is_blind:
        return "isp-access", 0.5, [*why, Evidence("outside-unresolved")]  # names were asked for, and nobody told them
    if seen.outside:
        why.append(Evidence("outside-there", None, {"of": len(seen.outside)}))
    if seen.is_down(DNS):
        return "dns", 0.9, why
    if seen.is_down(CONTROLLER):
        return "controller", 0.9, why
    if seen.links:
        return "lan", 0.6, [*why, *(Evidence("link-lost", one.at, {"link": one.subject[5:]}) for one in seen.links)]
    return "isp-access", 0.3, why


def _inside(seen: Seen, why: list[Evidence]) -> tuple[str, float, list[Evidence]]:
    """The gateway is gone: a cable or a switch, or the router itself."""
    why = [*why, Evidence("gateway-lost", seen.at)]
    if not seen.links:
        return "router", 0.85, [*why, Evidence("link-held")]
    cut = seen.links[0]
    why.append(Evidence("link-lost", cut.at, {"link": cut.subject[5:]}))
    ups = [one.at for one in seen.told if one.subject == cut.subject and one.after == "up" and one.at > cut.at]
    back = [one.at for one in seen.told if one.subject == GATEWAY and one.after == "up" and one.at > cut.at]
    if ups and back and min(back) - min(ups) > REPLUG:
        seconds = round(min(back) - min(ups))
        return "router", 0.7, [*why, Evidence("gateway-after-link", min(back), {"seconds": seconds})]
    return "lan", 0.85, why


def _of_provider(seen: Seen, outage: Outage, why: list[Evidence]) -> tuple[str, float, list[Evidence]]:
    """Nothing outside answers, and the gateway is not known to be gone."""
    near = outage.neighbours
    if seen.hop == "there":
        return "isp-core", 0.85, [*why, Evidence("hop-there")]
    together = near.same_gone and near.same_gone >= near.same / 2
    if seen.hop == "lost":
        sure = (0.95 if together else 0.9) if seen.gateway == "there" else 0.65
        return "isp-access", sure, [*why, Evidence("hop-lost", seen.at)]
    why = [*why, Evidence("hop-mute")]
    if near.away_gone and near.away_gone >= max(2, near.away / 2):
        return "isp-core", 0.7, why
    return "isp-access", (0.8 if together else 0.6) if seen.gateway == "there" else 0.5, why
