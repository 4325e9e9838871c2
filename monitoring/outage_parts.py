"""Which part of the way failed first, from the inside out: by what was lost together, and what still answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitoring.causes import Evidence, Neighbours
from monitoring.told import CONTROLLER, DNS, GATEWAY, HOP, LOOK, OUTSIDE, SAME, Told, states_at

REPLUG = 45.0  # a cable that is put back brings the gateway within two looks; a router that starts does not


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


def by_parts(seen: Seen, near: Neighbours) -> tuple[str, float, list[Evidence]]:
    """From the inside out: the first part that failed while everything before it held."""
    why = [Evidence("targets-lost", seen.at, {"targets": [name.removeprefix("target:") for name in seen.lost]})]
    if seen.gateway == "lost" or (seen.gateway == "mute" and seen.links):
        return _inside(seen, why)
    if seen.gateway == "there":
        why.append(Evidence("gateway-there"))
    if seen.is_all_lost or (not seen.outside and seen.is_down(CONTROLLER) and seen.hop != "there"):
        return _of_provider(seen, near, why)
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


def _of_provider(seen: Seen, near: Neighbours, why: list[Evidence]) -> tuple[str, float, list[Evidence]]:
    """Nothing outside answers, and the gateway is not known to be gone."""
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
