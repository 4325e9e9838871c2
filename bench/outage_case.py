"""One scripted outage: what broke where and when, and the truth about it.

The province: four communes, six schools each, four on one provider and two on another. School 0 is the one looked at.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.outage_world import Site, Span

COMMUNES, EACH, ON_FIRST = 4, 6, 4
SCHOOLS = COMMUNES * EACH
NOON = 1_795_496_400.0  # 24 November 2026, 12:00 in Viet Nam, a Tuesday
BEGIN = NOON + 600.0
MINUTE = 60.0


def commune_of(school: int) -> str:
    return f"8200{school // EACH}"


def provider_of(school: int) -> str:
    return "VNPT" if school % EACH < ON_FIRST else "Viettel"


@dataclass(slots=True)
class Case:
    family: str
    cause: str  # the truth; empty: nothing that is an incident
    start: float
    end: float
    sites: dict[int, Site]  # of the schools that are played; all others are well
    until: float
    incidents: int = 1
    uplink: list[tuple[float, float]] = field(default_factory=list)  # when the province's own line was down
    calendar: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refused: Span | None = None  # when the province took beats and no exchange
    reports: list[tuple[float, int]] = field(default_factory=list)  # when people said so, and at which school

    @property
    def victims(self) -> list[int]:
        return sorted(self.sites)


def site(chance: random.Random, *, plain: bool = False) -> Site:
    """A school as they are: some gateways and providers answer no ping, some clocks are wrong by years."""
    return Site(
        gateway_is_mute=not plain and chance.random() < 0.2,
        dns_at_gateway=chance.random() < 0.5,
        keeps_route=chance.random() < 0.5,
        wall_error=chance.choice((0.0, 0.0, 0.0, -3.2e8, 7_200.0, -86_400.0 * 365, 4.0)),
        router_boot=chance.uniform(60.0, 150.0),
        router_link=chance.uniform(4.0, 20.0),
        firmware=chance.uniform(6.0, 18.0),
        startup=chance.uniform(9.0, 20.0),
    )


def times(chance: random.Random, shortest: float = 6 * MINUTE, longest: float = 35 * MINUTE) -> tuple[float, float]:
    start = BEGIN + chance.uniform(0.0, 60.0)
    return start, start + chance.uniform(shortest, longest)


def case(family: str, cause: str, start: float, end: float, sites: dict[int, Site], **more: object) -> Case:
    return Case(family, cause, start, end, sites, until=end + 11 * MINUTE, **more)  # type: ignore[arg-type]
