"""Scripted outages by family. Written from how parts fail, not from how they are judged; the last families are there to
confuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

from bench.outage_case import BEGIN, EACH, MINUTE, ON_FIRST, SCHOOLS, Case, case, provider_of, site, times


def power_alone(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("mains", start, end)
    return case("power, one school", "power", start, end + one.router_boot, {0: one})


def power_area(chance: random.Random) -> Case:
    """A feeder goes: all of the commune within seconds; it comes back street by street."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(EACH)}
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return case("power, a commune", "power", start, end + sites[0].router_boot, sites)


def power_area_one_provider(chance: random.Random) -> Case:
    """The same where the schools that lose power are all on one provider."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(ON_FIRST)}
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return case("power, one provider's", "power", start, end + sites[0].router_boot, sites)


def power_on_battery(chance: random.Random) -> Case:
    """The box is a laptop or on a UPS with a cable, the router is not."""
    start, end = times(chance)
    one = site(chance)
    one.has_battery = one.knows_mains = True
    one.add("mains", start, end)
    return case("power, box on battery", "power", start, end + one.router_boot, {0: one})


def power_all_on_ups(chance: random.Random) -> Case:
    """Box and router live on, the provider's terminal has no battery: nothing but the mains differs from a cut line."""
    start, end = times(chance)
    one = site(chance)
    one.has_battery = one.knows_mains = one.router_has_battery = True
    one.add("mains", start, end)
    one.add("ont", start, end)
    return case("power, terminal dark", "power", start, end, {0: one})


def power_dumb_ups(chance: random.Random) -> Case:
    """A UPS that says nothing keeps the box alive while the commune is dark: only the neighbours tell."""
    start, end = times(chance)
    sites = {number: site(chance, plain=number == 0) for number in range(EACH)}
    sites[0].has_battery = True
    for number, one in sites.items():
        one.add("mains", start + chance.uniform(0, 2), end + (chance.uniform(0, 40) if number else 0.0))
    return case("power, silent UPS", "power", start, end + sites[0].router_boot, sites)


def power_with_line(chance: random.Random) -> Case:
    """A storm takes the power and the fibre at once; the fibre is mended later."""
    start, end = times(chance)
    mended = end + chance.uniform(8, 20) * MINUTE
    one = site(chance)
    one.add("mains", start, end)
    one.add("isp", start - chance.uniform(-15, 15), mended)
    return case("power and line at once", "power", start, mended, {0: one})


def cable(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("cable", start, end)
    return case("lan, cable out", "lan", start, end, {0: one})


def switch(chance: random.Random) -> Case:
    """A switch between box and router dies; it forwards some seconds after it has carrier again."""
    start, end = times(chance)
    one = site(chance)
    one.add("cable", start, end)
    forwards = end + chance.uniform(2, 12)
    one.add("router", end, forwards)
    return case("lan, switch dead", "lan", start, forwards, {0: one})


def router_hangs(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("router", start, end)
    return case("router hangs", "router", start, end, {0: one})


def router_off(chance: random.Random) -> Case:
    """Somebody pulls the router's plug; its ports are dark until it starts, and it starts slowly."""
    start, end = times(chance)
    one = site(chance)
    one.add("router-link", start, end + one.router_link)
    one.add("router", start, end + one.router_boot)
    return case("router unplugged", "router", start, end + one.router_boot, {0: one})


def line(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.hop_is_mute = chance.random() < 0.25
    one.add("isp", start, end)
    return case("isp access, one school", "isp-access", start, end, {0: one})


def lines(chance: random.Random) -> Case:
    """A splitter or an exchange of one provider: its schools of one commune, the others' go on."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(ON_FIRST)}
    mute = chance.random() < 0.25
    for one in sites.values():
        one.hop_is_mute = mute
        one.add("isp", start, end)
    return case("isp access, a commune", "isp-access", start, end, sites)


def core(chance: random.Random) -> Case:
    """One school's routes inside the provider are gone; its first hop answers, save where it never does."""
    start, end = times(chance)
    one = site(chance)
    one.hop_is_mute = chance.random() < 0.2
    one.add("core", start, end)
    notes = ("hop mute",) if one.hop_is_mute else ()
    return case("isp core, one school", "isp-core", start, end, {0: one}, notes=notes)


def core_wide(chance: random.Random) -> Case:
    """The provider's core is gone for its schools in the whole province."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(SCHOOLS) if provider_of(number) == "Viettel"}
    for one in sites.values():
        one.hop_is_mute = chance.random() < 0.25
        one.add("core", start, end)
    return case("isp core, everywhere", "isp-core", start, end, sites)


def abroad(chance: random.Random) -> Case:
    """A sea cable. The province still hears the school, so the school tells as it goes."""
    start, end = times(chance)
    one = site(chance)
    one.add("international", start, end)
    return case("international", "international", start, end, {0: one})


def names(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("dns", start, end)
    return case("dns", "dns", start, end, {0: one})


def way_to_us(chance: random.Random) -> Case:
    """One school's way to the province alone: a filter, a route."""
    start, end = times(chance)
    one = site(chance)
    one.add("controller", start, end)
    return case("controller, one school", "controller", start, end, {0: one})


def our_line(chance: random.Random) -> Case:
    """The province's own line: nobody is heard, and no school is at fault."""
    start, end = times(chance)
    sites = {number: site(chance) for number in range(SCHOOLS)}
    for one in sites.values():
        one.add("controller", start, end)
    return case("controller, our line", "controller", start, end, sites, uplink=[(start, end)])


def shut_down(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("shutdown", start, end)
    return case("box shut down", "box", start, end, {0: one})


def unplugged(chance: random.Random) -> Case:
    """Somebody needs the socket; the router stays on."""
    start, end = times(chance)
    one = site(chance)
    one.add("box", start, end)
    return case("box unplugged", "box", start, end, {0: one})


def agent_stopped(chance: random.Random) -> Case:
    start, end = times(chance)
    one = site(chance)
    one.add("agent", start, end)
    return case("box, agent dead", "box", start, end, {0: one})


def frozen(chance: random.Random) -> Case:
    """It hangs until somebody pulls its plug and puts it back."""
    start, end = times(chance)
    one = site(chance)
    one.add("frozen", start, end - 5)
    one.add("box", end - 5, end)
    return case("box hangs", "box", start, end, {0: one})


def rebooted(chance: random.Random) -> Case:
    """By hand, for an update: gone for a minute or two."""
    start = BEGIN + chance.uniform(0, 60)
    end = start + chance.uniform(3, 100)
    one = site(chance)
    one.add("shutdown", start, end)
    return case("box rebooted", "box", start, end, {0: one}, incidents=-1)  # short ones are none


def flapping(chance: random.Random) -> Case:
    """A bad splice: minutes on, minutes off."""
    start = at = BEGIN + chance.uniform(0, 60)
    one = site(chance)
    one.hop_is_mute = False
    for _ in range(5):
        end = at + chance.uniform(150, 260)
        one.add("isp", at, end)
        at = end + chance.uniform(100, 230)
    made = case("flapping line", "isp-access", start, end, {0: one})
    made.until = end + 25 * MINUTE
    return made


def line_then_power(chance: random.Random) -> Case:
    """The line is cut; a while later the power goes too, and comes back first."""
    start, end = times(chance, 25 * MINUTE, 35 * MINUTE)
    one = site(chance)
    one.hop_is_mute = False
    one.add("isp", start, end)
    one.add("mains", start + chance.uniform(5, 8) * MINUTE, start + chance.uniform(10, 14) * MINUTE)
    return case("line, then power", "isp-access", start, end, {0: one})


def told_late(chance: random.Random) -> Case:
    """A commune's line is back, its boxes are heard, and what they tell is taken only after all is over and closed."""
    made = lines(chance)
    made.family = "told after closing"
    taken = made.end + chance.uniform(9, 15) * MINUTE
    made.refused, made.until = (made.start, taken), taken + 17 * MINUTE
    return made


def power_told_late(chance: random.Random) -> Case:
    """The same of a commune without power."""
    made = power_area(chance)
    made.family = "told after closing, power"
    taken = made.end + chance.uniform(9, 15) * MINUTE
    made.refused, made.until = (made.start, taken), taken + 17 * MINUTE
    return made


def reported_first(chance: random.Random) -> Case:
    """Somebody calls before the school's silence is noticed: it stays one incident, and its box tells of it."""
    made = line(chance)
    made.family, made.reports = "reported by people", [(made.start + chance.uniform(15, 60), 0)]
    return made


def reported_alone(chance: random.Random) -> Case:
    """Somebody says that it is slow, and all that is measured is well: one incident, which nobody judges."""
    start = BEGIN + chance.uniform(5, 60)
    one = site(chance)
    return Case("reported, all measured well", "", start, start, {0: one}, start + 25 * MINUTE, reports=[(start, 0)])


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
    told_late: 8, power_told_late: 8, reported_first: 10, reported_alone: 6,
}  # fmt: skip


def cases(seed: int = 82) -> Iterator[tuple[Case, random.Random]]:
    for family, count in FAMILIES.items():
        for number in range(count):
            chance = random.Random(f"{seed} {family.__name__} {number}")
            yield family(chance), chance
