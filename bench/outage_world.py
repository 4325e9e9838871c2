"""A school whose parts fail by script, and the box in it: what it would see, keep and send. No real time passes.

The box is the real one as far as deciding goes: ``agent.probes.reach.reading`` makes samples of what answered,
``agent.watch`` and ``agent.state`` make changes of them, ``agent.backoff`` spaces the calls. Only the network and the
clocks are played: looks each 30 s, three tries 0.2 s apart with 2 s to answer, a life line each 30 s, a beat each 30 s,
an exchange after a change of state, firmware and start-up before a box that got its power back says anything.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.backoff import Backoff
from agent.courier import BEAT_EVERY, EXCHANGE_FIRST, LONGEST_BEAT, RETURN_SPLAY, URGENT_GAP
from agent.lifeline import ALIVE_EVERY
from agent.probes.reach import GAP, OUTSIDE, TIMEOUT, TRIES, reading
from agent.probes.reach_line import Line
from agent.probes.reach_ways import Connect, Hop, Ping, Question
from agent.surroundings import Surroundings
from agent.watch import Watch
from agent.windows import Windows
from agent.wire import Result, Stamp, StateChange
from monitoring.status import silent_after

LOOK_EVERY = 30.0
CONNECT_SECONDS = 15.0  # until the courier gives up a call that nobody answers
ARP_SECONDS = 8.0  # until the kernel gives up a neighbour: 5 s of delay, three probes a second apart
Span = tuple[float, float]
GATEWAY, PROVIDER_DNS = "192.168.1.1", "203.113.131.1"
TARGETS = (("domestic", "vnix", "203.119.8.1"), ("international", "one", "1.1.1.1"))


@dataclass(slots=True)
class Site:
    """When each part of one school was broken, and what kind of place it is."""

    broken: dict[str, list[Span]] = field(default_factory=dict)
    has_battery: bool = False  # the box lives on when the mains go …
    knows_mains: bool = False  # … and sees that they went
    router_has_battery: bool = False
    gateway_is_mute: bool = False  # answers no ping, forwards all the same
    hop_is_mute: bool = False  # the provider filters ICMP
    dns_at_gateway: bool = False
    keeps_route: bool = True  # ifupdown keeps the route of a dead cable, networkd drops it
    wall_error: float = 0.0  # seconds that the box's clock is wrong
    router_boot: float = 90.0
    router_link: float = 10.0  # until its switch has carrier again
    firmware: float = 12.0
    startup: float = 15.0

    def is_broken(self, part: str, at: float) -> bool:
        return any(start <= at < end for start, end in self.broken.get(part, ()))

    def add(self, part: str, start: float, end: float) -> None:
        self.broken.setdefault(part, []).append((start, end))

    def has_router(self, at: float) -> bool:
        if self.is_broken("router", at):
            return False
        if self.router_has_battery:
            return True
        return not any(start <= at < end + self.router_boot for start, end in self.broken.get("mains", ()))

    def has_link(self, at: float) -> bool:
        if self.is_broken("cable", at) or self.is_broken("router-link", at):
            return False
        if self.router_has_battery:
            return True
        return not any(start <= at < end + self.router_link for start, end in self.broken.get("mains", ()))

    def reaches(self, part: str, at: float) -> bool:
        """gateway, hop, core, domestic, international, dns, controller."""
        if not (self.has_link(at) and self.has_router(at)):
            return False
        if part == "gateway":
            return True
        if self.is_broken("isp", at) or (self.is_broken("mains", at) and self.is_broken("ont", at)):
            return False
        if part == "hop":
            return True
        if part == "dns":
            return not self.is_broken("dns", at)
        if self.is_broken("core", at):
            return False
        if part == "international":
            return not self.is_broken("international", at)
        if part == "controller":
            return not self.is_broken("controller", at)
        return True

    def power_losses(self) -> list[tuple[Span, bool]]:
        """When the box was without power, and whether it was shut down cleanly before."""
        found = [(span, False) for span in self.broken.get("box", ())]
        found += [(span, True) for span in self.broken.get("shutdown", ())]
        if not self.has_battery:
            found += [(span, False) for span in self.broken.get("mains", ())]
        return sorted(found)


@dataclass(slots=True)
class Box:
    """One life after another of the agent at a site, driven second by second."""

    site: Site
    chance: random.Random
    number: int
    pending: list[StateChange] = field(default_factory=list)  # its spool
    alive: dict[str, Any] = field(default_factory=dict)  # its life line, on disk
    boots: int = 0
    booted: float = 0.0
    runs: bool = False
    starts_at: float | None = None
    watch: Watch | None = None
    next_look: float = 0.0
    looks_until: float = 0.0
    look: tuple[Result, float] | None = None
    next_alive: float = 0.0
    next_beat: float = 0.0
    next_exchange: float = 0.0
    last_exchange: float = float("-inf")
    heard_at: float = float("inf")  # the last call that arrived
    busy_until: float = 0.0
    is_urgent: bool = False
    urgent_at: float | None = None
    is_cut: bool = False
    has_token: bool = False
    beats: Backoff = field(default_factory=Backoff)
    exchanges: Backoff = field(default_factory=Backoff)
    router_lost: float | None = None

    def stamp(self, at: float) -> Stamp:
        return Stamp(wall=at + self.site.wall_error, mono=at - self.booted, boot=f"boot-{self.number}-{self.boots}")

    def power_on(self, at: float) -> None:
        self.boots += 1
        self.booted = at + self.chance.uniform(0.6, 1.4) * self.site.firmware
        self.starts_at = self.booted + self.chance.uniform(0.7, 1.5) * self.site.startup

    def power_off(self, at: float, *, is_clean: bool) -> None:
        if self.runs and is_clean:
            self._note_alive(at, is_clean=True)
            self.pending.append(StateChange(at=self.stamp(at), subject="box", before="up", after="down"))
        self.runs, self.starts_at, self.watch, self.look = False, None, None, None

    def _start(self, at: float) -> None:
        facts: dict[str, Any] = {"up_seconds": at - self.booted}
        if self.alive:
            stamp = {name: self.alive[name] for name in ("wall", "mono", "boot")}
            facts |= {
                "clean": self.alive["clean"],
                "same_boot": self.alive["boot"] == self.stamp(at).boot,
                "last_alive": stamp,
            }
        self.pending.append(StateChange(at=self.stamp(at), subject="box", before="down", after="up", facts=facts))
        self.runs, self.watch = True, Watch(Windows(self.stamp(at), 60.0))
        self.starts_at, self.look = None, None
        self._note_alive(at)
        self.next_look = at + 2.0
        self.next_exchange, self.next_beat, self.has_token = at, at, False
        self.last_exchange, self.busy_until = float("-inf"), 0.0
        self.beats = Backoff(first=BEAT_EVERY, longest=LONGEST_BEAT, random=self.chance)
        self.exchanges = Backoff(first=EXCHANGE_FIRST, random=self.chance)

    def _note_alive(self, at: float, *, is_clean: bool = False) -> None:
        stamp = self.stamp(at)
        self.alive = {"wall": stamp.wall, "mono": stamp.mono, "boot": stamp.boot, "clean": is_clean}
        self.next_alive = at + ALIVE_EVERY

    def second(self, at: float) -> Iterable[tuple[float, list[StateChange] | None]]:
        """What reaches the province in this second: (when, what was told); None: a beat."""
        if self.starts_at is not None and at >= self.starts_at and self._has_network(at):
            self._start(at)
        if not self.runs or self.site.is_broken("frozen", at):
            return
        if self.site.is_broken("agent", at):
            self.runs, self.watch, self.look = False, None, None
            self.starts_at = next(end for start, end in self.site.broken["agent"] if start <= at < end)
            return
        self._measure(at)
        if at >= self.next_alive:
            self._note_alive(at)
        yield from self._call(at)

    def _has_network(self, at: float) -> bool:
        """network-online.target: the agent waits for an address, two minutes at most."""
        return self.site.has_router(at) or (self.starts_at is not None and at - self.starts_at > 105.0)

    # -- what it sees -------------------------------------------------------------------------------------------------

    def _measure(self, at: float) -> None:
        if self.look is not None and at >= self.look[1] and self.watch is not None:
            result, _ = self.look
            self.look = None
            around = self._around(at)
            told, changed = self.watch.take(result, around.links, around)
            self.pending += [body for kind, _, body in told if isinstance(body, StateChange)]
            self.is_urgent = self.is_urgent or changed
        if at >= self.next_look and self.look is None:
            self.look = self._reach(at)
            self.next_look = at + LOOK_EVERY

    def _reach(self, at: float) -> tuple[Result, float]:
        lines = [line for line in self._lines(at) if self._asked(line, at)]
        last = max((self._ended(line) for line in lines), default=0.0)
        found = reading(lines, (*OUTSIDE, "controller"), ping=True, unknown=[])
        result = Result(
            probe="reach", outcome="ok", started=self.stamp(at), duration=last, samples=found.samples, facts={}
        )
        return result, at + last

    def _lines(self, at: float) -> list[Line]:
        has_route = self.site.keeps_route or self.site.has_link(at)
        server = GATEWAY if self.site.dns_at_gateway else PROVIDER_DNS
        lines: list[Line] = [Ping("gateway", GATEWAY)] if has_route else []
        lines += [Question("dns", server, "vnnic.vn")] if has_route else []
        lines += [Ping(f"{kind}:{name}", address) for kind, name, address in TARGETS]
        lines.append(Connect("controller", "203.0.113.10", port=443))
        if has_route:
            lines.append(Hop("isp-hop", "", towards=TARGETS[0][2]))
        return lines

    def _asked(self, line: Line, at: float) -> bool:
        """Ask it as the loop does; each try meets the network as it is then."""
        for number in range(line.tries or TRIES):
            moment = at + number * GAP
            line.sent[number] = moment
            if self._answers(line.target, moment):
                line.answered[number] = self.chance.uniform(0.002, 0.04)
                if isinstance(line, Hop):
                    line.address = "100.64.0.1"
        return True

    def _answers(self, target: str, at: float) -> bool:
        if target == "gateway":
            return self.site.reaches("gateway", at) and not self.site.gateway_is_mute
        if target == "isp-hop":
            return self.site.reaches("hop", at) and not self.site.hop_is_mute and self.chance.random() > 0.05
        if self.chance.random() < 0.002:
            return False
        return self.site.reaches(target.partition(":")[0], at)

    def _ended(self, line: Line) -> float:
        return (len(line.sent) - 1) * GAP + (TIMEOUT if line.lost else 0.04)

    def _around(self, at: float) -> Surroundings:
        site = self.site
        neighbours: Mapping[str, str] = {}
        if site.has_link(at):
            is_gone = not site.has_router(at)
            self.router_lost = (self.router_lost or at) if is_gone else None
            known = self.router_lost is not None and at - self.router_lost > ARP_SECONDS
            neighbours = {GATEWAY: "failed" if known else "reachable"}
        mains = {"AC": "down" if site.is_broken("mains", at) else "up"} if site.knows_mains else {}
        return Surroundings(links={"eth0": "up" if site.has_link(at) else "down"}, mains=mains, neighbours=neighbours)

    # -- what it sends ------------------------------------------------------------------------------------------------

    def _call(self, at: float) -> Iterable[tuple[float, list[StateChange] | None]]:
        if at < self.busy_until:
            return
        due = self.next_exchange
        if self.is_urgent:
            if self.urgent_at is None:
                self.urgent_at = at
                if self.is_cut:
                    self.urgent_at, self.next_beat = self._splayed(at), min(self.next_beat, at)
            due = min(due, max(self.urgent_at, self.last_exchange + URGENT_GAP))
        if at >= due:
            self.is_urgent, self.urgent_at, self.last_exchange = False, None, at
            if self.site.reaches("controller", at):
                told, self.pending = self.pending, []
                self.exchanges.succeeded()
                self.beats.succeeded()
                self.has_token, self.is_cut, self.heard_at = True, False, at
                self.next_beat, self.next_exchange = at + BEAT_EVERY, at + 900.0 * self.chance.uniform(0.95, 1.05)
                yield at, told
            else:
                self.next_exchange = self._failed(at, self.exchanges)
        elif at >= self.next_beat:
            if not self.has_token:
                self.next_beat = at + BEAT_EVERY
            elif self.site.reaches("controller", at):
                if self.beats.failures:
                    self.beats.succeeded()
                    self.is_cut = self.is_urgent = True
                    self.urgent_at = self.urgent_at or self._splayed(at)
                if at - self.heard_at > silent_after(BEAT_EVERY):  # the answer says: come now
                    self.is_urgent, self.urgent_at = True, at
                self.next_beat, self.heard_at = at + BEAT_EVERY, at
                yield at, None
            else:
                self.next_beat = self._failed(at, self.beats)

    def _splayed(self, at: float) -> float:
        return at + self.chance.uniform(0.0, RETURN_SPLAY)

    def _failed(self, at: float, backoff: Backoff) -> float:
        self.is_cut = True
        took = 0.0 if not self.site.has_link(at) else CONNECT_SECONDS
        self.busy_until = at + took
        return at + took + backoff.failed()


def play(site: Site, number: int, chance: random.Random, start: float, end: float) -> list[Heard]:
    """All that the province hears of one school from ``start`` to ``end``, in order."""
    box = Box(site, chance, number)
    box.power_on(start - 3_600.0 - chance.uniform(0, 30))
    box.starts_at = start - chance.uniform(0, LOOK_EVERY)
    heard: list[Heard] = []
    losses: Sequence[tuple[Span, bool]] = site.power_losses()
    at = start
    while at < end:
        for (off, on), is_clean in losses:
            if off <= at < off + 1.0:
                box.power_off(at, is_clean=is_clean)
            if on <= at < on + 1.0:
                box.power_on(at)
        heard += [Heard(when, box.stamp(when), told) for when, told in box.second(at)]
        at += 1.0
    return heard


@dataclass(frozen=True, slots=True)
class Heard:
    """A beat (``told`` is None) or an exchange at ``at``, with the box's clocks then."""

    at: float
    head: Stamp
    told: list[StateChange] | None
