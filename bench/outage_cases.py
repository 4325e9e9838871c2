"""Scripted outages: what broke where and when, and the truth about it. Written from how parts fail, not from how
they are judged; the last families are there to confuse.

The province: four communes, six schools each, four on one provider and two on another. School 0 is the one looked at.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bench.outage_world import Site

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


def _case(family: str, cause: str, start: float, end: float, sites: dict[int, Site], **more: object) -> Case:
    return Case(family, cause, start, end, sites, until=end + 11 * MINUTE, **more)  # type: ignore[arg-type]


def power_alone(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("mains", start, end)
    return _case("power, one school", "power", start, end + one.router_boot, {0: one})


def power_area(chance: random.Random) -> Case:
    """A feeder goes: all of the commune within seconds; it comes back street by street."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(EACH)}
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return _case("power, a commune", "power", start, end + sites[0].router_boot, sites)


def power_area_one_provider(chance: random.Random) -> Case:
    """The same where the schools that lose power are all on one provider."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(ON_FIRST)}
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return _case("power, one provider's", "power", start, end + sites[0].router_boot, sites)


def power_on_battery(chance: random.Random) -> Case:
    """The box is a laptop or on a UPS with a cable, the router is not."""
    start, end = times(chance)
    one = site(chance)
    one.has_battery = one.knows_mains = True
    one.add("mains", start, end)
    return _case("power, box on battery", "power", start, end + one.router_boot, {0: one})


def power_all_on_ups(chance: random.Random) -> Case:
    """Box and router live on, the provider's terminal has no battery: nothing but the mains differs from a cut line."""
    start, end = times(chance)
    one = site(chance)
    one.has_battery = one.knows_mains = one.router_has_battery = True
    one.add("mains", start, end)
    one.add("ont", start, end)
    return _case("power, terminal dark", "power", start, end, {0: one})


def power_dumb_ups(chance: random.Random) -> Case:
    """A UPS that says nothing keeps the box alive while the commune is dark: only the neighbours tell."""
    start, end = times(chance)
    sites = {number: site(chance, plain=number == 0) for number in range(EACH)}
    sites[0].has_battery = True
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return _case("power, silent UPS", "power", start, end + sites[0].router_boot, sites)


def power_with_line(chance: random.Random) -> Case:
    """A storm takes the power and the fibre at once; the fibre is mended later."""
    start, end = times(chance)
    mended = end + chance.uniform(8, 20) * MINUTE
    one = site(chance)
    one.add("mains", start, end)
    one.add("isp", start - chance.uniform(-15, 15), mended)
    return _case("power and line at once", "power", start, mended, {0: one})


def cable(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("cable", start, end)
    return _case("lan, cable out", "lan", start, end, {0: one})


def switch(chance: random.Random) -> Case:
    """A switch between box and router dies; it forwards some seconds after it has carrier again."""
    start, end = times(chance)
    one = site(chance)
    one.add("cable", start, end)
    forwards = end + chance.uniform(2, 12)
    one.add("router", end, forwards)
    return _case("lan, switch dead", "lan", start, forwards, {0: one})


def router_hangs(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("router", start, end)
    return _case("router hangs", "router", start, end, {0: one})


def router_off(chance: random.Random) -> Case:
    """Somebody pulls the router's plug; its ports are dark until it starts, and it starts slowly."""
    start, end = times(chance)
    one = site(chance)
    one.add("router-link", start, end + one.router_link)
    one.add("router", start, end + one.router_boot)
    return _case("router unplugged", "router", start, end + one.router_boot, {0: one})


def line(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.hop_is_mute = chance.random() < 0.25
    one.add("isp", start, end)
    return _case("isp access, one school", "isp-access", start, end, {0: one})


def lines(chance: random.Random) -> Case:
    """A splitter or an exchange of one provider: its schools of one commune, the others' go on."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(ON_FIRST)}
    mute = chance.random() < 0.25
    for one in sites.values():
        one.hop_is_mute = mute
        one.add("isp", start, end)
    return _case("isp access, a commune", "isp-access", start, end, sites)


def core(chance: random.Random) -> Case:
    """One school's routes inside the provider are gone; its first hop answers, save where it never does."""
    start, end = times(chance)
    one = site(chance)
    one.hop_is_mute = chance.random() < 0.2
    one.add("core", start, end)
    notes = ("hop mute",) if one.hop_is_mute else ()
    return _case("isp core, one school", "isp-core", start, end, {0: one}, notes=notes)


def core_wide(chance: random.Random) -> Case:
    """The provider's core is gone for its schools in the whole province."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(SCHOOLS) if provider_of(number) == "Viettel"}
    for one in sites.values():
        one.hop_is_mute = chance.random() < 0.25
        one.add("core", start, end)
    return _case("isp core, everywhere", "isp-core", start, end, sites)


def abroad(chance: random.Random) -> Case:
    """A sea cable. The province still hears the school, so the school tells as it goes."""
    start, end = times(chance)
    one = site(chance)
    one.add("international", start, end)
    return _case("international", "international", start, end, {0: one})


def names(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("dns", start, end)
    return _case("dns", "dns", start, end, {0: one})


def way_to_us(chance: random.Random) -> Case:
    """One school's way to the province alone: a filter, a route."""
    start, end = times(chance)
    one = site(chance)
    one.add("controller", start, end)
    return _case("controller, one school", "controller", start, end, {0: one})


def our_line(chance: random.Random) -> Case:
    """The province's own line: nobody is heard, and no school is at fault."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(SCHOOLS)}
    for one in sites.values():
        one.add("controller", start, end)
    return _case("controller, our line", "controller", start, end, sites, uplink=[(start, end)])


def shut_down(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("shutdown", start, end)
    return _case("box shut down", "box", start, end, {0: one})


def unplugged(chance: random.Random) -> Case:
    """Somebody needs the socket; the router stays on."""
    start, end = times(chance)
    one = site(chance)
    one.add("box", start, end)
    return _case("box unplugged", "box", start, end, {0: one})


def agent_stopped(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("agent", start, end)
    return _case("box, agent dead", "box", start, end, {0: one})


def frozen(chance: random.Random) -> Case:
    """It hangs until somebody pulls its plug and puts it back."""
    start, end = times(chance)
    one = site(chance)
    one.add("frozen", start, end - 5)
    one.add("box", end - 5, end)
    return _case("box hangs", "box", start, end, {0: one})


def rebooted(chance: random.Random) -> Case:
    """By hand, for an update: gone for a minute or two."""
    start = BEGIN + chance.uniform(0, 60)
    end = start + chance.uniform(3, 100)
    one = site(chance)
    one.add("shutdown", start, end)
    return _case("box rebooted", "box", start, end, {0: one}, incidents=-1)  # short ones are none


def flapping(chance: random.Random) -> Case:
    """A bad splice: minutes on, minutes off."""
    start = at = BEGIN + chance.uniform(0, 60)
    one = site(chance)
    one.hop_is_mute = False
    for _ in range(5):
        end = at + chance.uniform(150, 260)
        one.add("isp", at, end)
        at = end + chance.uniform(100, 230)
    made = _case("flapping line", "isp-access", start, end, {0: one})
    made.until = end + 25 * MINUTE
    return made


def line_then_power(chance: random.Random) -> Case:
    """The line is cut; a while later the power goes too, and comes back first."""
    start, end = times(chance, 25 * MINUTE, 35 * MINUTE)
    one = site(chance)
    one.hop_is_mute = False
    one.add("isp", start, end)
    one.add("mains", start + chance.uniform(5, 8) * MINUTE, start + chance.uniform(10, 14) * MINUTE)
    return _case("line, then power", "isp-access", start, end, {0: one})


def at_night(chance: random.Random) -> Case:
    """Switched off at the mains after school by its calendar: nobody is alarmed."""
    start = BEGIN + chance.uniform(5, 60)
    one = site(chance)
    one.add("mains", start, start + 90 * MINUTE)
    hours = {"hours": {"tue": ["06:30", "12:09"]}}
    return Case("night", "", start, start, {0: one}, start + 40 * MINUTE, incidents=0, calendar=hours)


FAMILIES: Mapping[Callable[[random.Random], Case], int] = {
    power_alone: 20, power_area: 15, power_area_one_provider: 10, power_on_battery: 12, power_all_on_ups: 10,
    power_dumb_ups: 8, power_with_line: 12, cable: 15, switch: 10, router_hangs: 18, router_off: 12, line: 20,
    lines: 12, core: 18, core_wide: 6, abroad: 16, names: 16, way_to_us: 12, our_line: 5, shut_down: 10,
    unplugged: 12, agent_stopped: 8, frozen: 8, rebooted: 10, flapping: 8, line_then_power: 8, at_night: 6,
}  # fmt: skip


def cases(seed: int = 82) -> Iterator[tuple[Case, random.Random]]:
    for family, count in FAMILIES.items():
        for number in range(count):
            chance = random.Random(f"{seed} {family.__name__} {number}")
            yield family(chance), chance
