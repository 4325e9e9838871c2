"""Why a school cannot be reached: causes with a confidence and the evidence that a page can show. Pure.

While a school is dark only the province can look (``provisional``): who else vanished with it, what the box said last,
how the province's own line is. After its box has returned, ``monitoring.outage.judge`` goes by what the box told.

A power cut must never be blamed on the provider, so the provider is named only where somebody nearby on another
provider still answers, or where the box itself saw its gateway answer while everything behind it did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CAUSES = ("power", "lan", "router", "isp-access", "isp-core", "international", "dns", "controller", "box")
OF_PROVIDER = frozenset({"isp-access", "isp-core", "international"})
TOGETHER = 120.0  # seconds: what vanishes within this has one reason
MOST = 0.5
MANY = 6  # schools
SURE, LIKELY = 0.8, 0.5  # confidences from which on a page says "almost certainly" and "probably"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that spoke for or against a cause; ``code`` is stable and has its words in the pages."""

    code: str
    at: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "at": self.at, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Cause:
    """``began`` and ``ended``: as the evidence has it; None where it says nothing, or the trouble goes on."""

    cause: str
    confidence: float  # 0 to 1
    evidence: tuple[Evidence, ...] = ()
    began: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Other schools that should be on, and how many of them vanished within TOGETHER of this one."""

    same: int = 0  # of the commune, on the same provider
    same_gone: int = 0
    others: int = 0  # of the commune, on other providers
    others_gone: int = 0
    away: int = 0  # on the same provider in other communes
    away_gone: int = 0

    @property
    def are_dark(self) -> bool:
        """Schools on other providers vanished too: what they have in common is the power."""
        return self.others_gone > 0 and self.others_gone >= MOST * self.others

    @property
    def are_lit(self) -> bool:
        """Somebody of the commune on another provider is there: its power is on."""
        return self.others > 0 and self.others_gone == 0

    def as_evidence(self) -> list[Evidence]:
        found = []
        if self.others:
            code = "others-dark" if self.are_dark else "others-lit" if self.are_lit else "others-some"
            found.append(Evidence(code, None, {"gone": self.others_gone, "of": self.others}))
        if self.same:
            found.append(Evidence("same-provider", None, {"gone": self.same_gone, "of": self.same}))
        if self.away_gone:
            found.append(Evidence("provider-elsewhere", None, {"gone": self.away_gone, "of": self.away}))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Dark:
    """What the province knows of a school that says nothing."""

    since: float  # its last sign of life
    neighbours: Neighbours = field(default_factory=Neighbours)
    states: Mapping[str, str] = field(default_factory=dict)  # the last that the box told, by subject
    is_our_side: bool = False  # most schools vanished together, or our own line is down
    is_near_closing: bool = False  # by its calendar it goes home soon


def provisional(dark: Dark) -> Cause:
    """The likeliest cause by what is seen from outside."""
    near, told = dark.neighbours, [Evidence("silent-since", dark.since), *dark.neighbours.as_evidence()]
    if dark.is_our_side:
        return Cause("controller", 0.9, (Evidence("our-side"), *told))
    if any(name.startswith("power") and state == "down" for name, state in dark.states.items()):
        return Cause("power", 0.9, (Evidence("mains-lost"), *told))
    if near.are_dark:
        return Cause("power", 0.8, tuple(told))
    if near.same_gone > 0 and near.same_gone >= MOST * near.same and near.are_lit:
        if near.away_gone >= max(2, MOST * near.away):
            return Cause("isp-core", 0.7, tuple(told))
        # A street without power may hold one provider's schools alone: a suspicion, until many say the same.
        is_much = near.same_gone >= MANY and near.others >= MANY // 2
        return Cause("isp-access", 0.6 if is_much else 0.45, tuple(told))
    if near.away_gone >= max(3, MOST * near.away) and near.are_lit:
        return Cause("isp-core", 0.65, tuple(told))
    if near.same_gone > 0 and near.same_gone >= MOST * near.same:
        # All that could tell power from line are on one provider: a power cut is the likelier of the two.
        return Cause("power", 0.45, (*told, Evidence("no-other-provider")))
    if dark.is_near_closing:
        return Cause("power", 0.4, (*told, Evidence("near-closing")))
    return Cause("power", 0.35, (*told, Evidence("alone")))
